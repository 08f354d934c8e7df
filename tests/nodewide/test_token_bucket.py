"""The arithmetic of one bucket."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.token_bucket import take

SECOND = 1_000_000_000
TWO_PER_SECOND = Refill(capacity=2, interval_ns=SECOND // 2, stock=2)


class TestTake(SynchronousTestCase):
    def passed(self, tokens: int, last_ns: int, now_ns: int, tries: int) -> int:
        """Count how many of some requests at one moment pass."""
        count = 0
        for _ in range(tries):
            allowed, tokens, last_ns = take(TWO_PER_SECOND, tokens, last_ns, now_ns)
            count += allowed
        return count

    def test_full(self) -> None:
        """A full bucket gives its stock and no more."""
        self.assertEqual(self.passed(2, 0, 0, 9), 2)

    def test_long_pause(self) -> None:
        """After a long pause twice the capacity and one pass, as in KrakenD."""
        self.assertEqual(self.passed(2, 0, 3 * SECOND, 9), 5)

    def test_fraction_is_kept(self) -> None:
        """What is left of an interval counts towards the next token."""
        allowed, tokens, last_ns = take(TWO_PER_SECOND, 0, 0, SECOND * 3 // 4)
        self.assertEqual((allowed, tokens, last_ns), (True, 0, SECOND // 2))
        self.assertEqual(take(TWO_PER_SECOND, tokens, last_ns, SECOND)[0], True)

    def test_refused(self) -> None:
        """A refused request changes nothing."""
        self.assertEqual(take(TWO_PER_SECOND, 0, 0, 1), (False, 0, 0))
