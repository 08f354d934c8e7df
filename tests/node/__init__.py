"""Tests of the node: processes, reload, drain."""
