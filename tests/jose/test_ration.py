"""Tests of `gatekeeper.jose.ration`."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.ration import Ration


class RationTests(SynchronousTestCase):
    """So many at once, and later one each period."""

    def spent(self, ration: Ration) -> int:
        """Spend what is left."""
        count = 0
        while ration.is_left:
            ration.spend()
            count += 1
        return count

    def test_burst_and_return(self) -> None:
        """Three at first, one for each ten seconds, never more than three."""
        clock = Clock()
        ration = Ration(clock.seconds, 3, 10)
        self.assertEqual(self.spent(ration), 3)
        clock.advance(9.9)
        self.assertEqual(self.spent(ration), 0)
        clock.advance(0.1)
        self.assertEqual(self.spent(ration), 1)
        clock.advance(20)
        self.assertEqual(self.spent(ration), 2)
        clock.advance(1e6)
        self.assertEqual(self.spent(ration), 3)

    def test_one(self) -> None:
        """A cool-down: one, and then nothing until it is over."""
        clock = Clock()
        clock.advance(1e9)
        ration = Ration(clock.seconds, 1, 2)
        self.assertEqual(self.spent(ration), 1)
        clock.advance(2)
        self.assertEqual(self.spent(ration), 1)
