"""Tests of `gatekeeper.jose`."""
