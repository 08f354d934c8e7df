"""Tests of what gets installed."""
