"""Tests of components of the namespace ``qos``."""
