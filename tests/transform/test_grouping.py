"""Tests for groups."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.transform.grouping import group


class GroupTests(SynchronousTestCase):
    """Data go under a key."""

    def test_always(self) -> None:
        """Also when they are empty or null; a dot in the name has no meaning."""
        self.assertEqual(group("g")({"a": 1}), {"g": {"a": 1}})
        self.assertEqual(group("a.b")({}), {"a.b": {}})
        self.assertEqual(group("g")(None), {"g": None})
