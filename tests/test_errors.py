"""Tests of `gatekeeper.errors`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import Problems


class ProblemsTests(SynchronousTestCase):
    """What is collected while a configuration is read."""

    def test_once(self) -> None:
        """A mistake that two parts notice is told once; others at its place stay."""
        problems = Problems()
        for message in ("a", "a", "b"):
            problems.add("/x", message)
        problems.add("/y", "a")
        self.assertEqual(["/x: a", "/x: b", "/y: a"], list(map(str, problems.found)))
