"""Tests of `gatekeeper.jose.ration`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.ration import Ration


class RationTests(SynchronousTestCase):
    """So many at once, and later one each period."""

    def setUp(self) -> None:
        self.full_at = 0.0

    def spent(self, ration: Ration, now: float) -> int:
        """Spend what is left."""
        count = 0
        while ration.is_left(self.full_at, now):
            self.full_at = ration.spent(self.full_at, now)
            count += 1
        return count

    def test_burst_and_return(self) -> None:
        """Three at first, one for each ten seconds, never more than three."""
        ration = Ration("x", 3, 10)
        for now, expected in ((0, 3), (9.9, 0), (10, 1), (30, 2), (1e6, 3)):
            with self.subTest(now):
                self.assertEqual(self.spent(ration, now), expected)

    def test_one(self) -> None:
        """A cool-down: one, and then nothing until it is over."""
        ration = Ration("x", 1, 2)
        self.assertEqual(self.spent(ration, 1e9), 1)
        self.assertEqual(self.spent(ration, 1e9 + 1.9), 0)
        self.assertEqual(self.spent(ration, 1e9 + 2), 1)
