"""Tests of `gatekeeper.components.auth`."""
