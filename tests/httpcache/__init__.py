"""Tests of the cache of HTTP answers."""
