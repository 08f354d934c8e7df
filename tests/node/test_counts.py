"""Counting where the supervisor can see it."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Endpoint, ServiceConfig
from gatekeeper.node.counts import SharedCounts

SERVICE = ServiceConfig(
    endpoints=(Endpoint("/a", "/a", ()), Endpoint("/b", "/b", (), method="POST"))
)


class SharedCountsTests(SynchronousTestCase):
    """Two workers of one configuration."""

    def setUp(self) -> None:
        self.counts = SharedCounts(SERVICE, 2)
        self.addCleanup(self.counts.close)

    def test_sums(self) -> None:
        """What all workers have counted, by endpoint and class; what never happened is left out."""
        one, other = self.counts.counters(0), self.counts.counters(1)
        one.by_endpoint[0][2] += 1
        other.by_endpoint[0][2] += 2
        other.by_endpoint[1][0] += 1
        one.others[4] += 1
        self.assertEqual(
            {
                ("GET", "/a"): {"2xx": 3},
                ("POST", "/b"): {"gone": 1},
                ("", ""): {"4xx": 1},
            },
            self.counts.read(),
        )

    def test_another_process(self) -> None:
        """Whoever has the descriptor counts in the same memory, after others had stopped."""
        self.counts.counters(1).others[2] += 1
        theirs = SharedCounts(SERVICE, 2, os.dup(self.counts.fileno()))
        theirs.counters(1).others[2] += 1
        theirs.close()
        self.assertEqual({"2xx": 2}, self.counts.read()["", ""])
