"""The arithmetic of one bucket."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.token_bucket import take, take_steadily, taking

SECOND = 1_000_000_000
TWO_PER_SECOND = Refill(capacity=2, interval_ns=SECOND // 2, stock=2)
THREE = Refill(capacity=3, interval_ns=SECOND, stock=3)
STEADY = Refill(capacity=3, interval_ns=SECOND, stock=3, is_steady=True)


def passed(refill: Refill, schedule: list[tuple[float, int]]) -> list[int]:
    """Count what passes of some requests at some moments, in seconds since the beginning."""
    tokens, last_ns, counts = refill.stock, 0, []
    for seconds, tries in schedule:
        counts.append(0)
        for _ in range(tries):
            allowed, tokens, last_ns = taking(refill)(
                refill, tokens, last_ns, round(seconds * SECOND)
            )
            counts[-1] += allowed
    return counts


class TestTake(SynchronousTestCase):
    """As KrakenD 2 counts."""

    def test_full(self) -> None:
        """A full bucket gives its stock and no more."""
        self.assertEqual(passed(TWO_PER_SECOND, [(0, 9)]), [2])

    def test_long_pause(self) -> None:
        """After a long pause twice the capacity and one pass, as in KrakenD."""
        self.assertEqual(passed(TWO_PER_SECOND, [(3, 9)]), [5])

    def test_fraction_is_kept(self) -> None:
        """What is left of an interval counts towards the next token."""
        allowed, tokens, last_ns = take(TWO_PER_SECOND, 0, 0, SECOND * 3 // 4)
        self.assertEqual((allowed, tokens, last_ns), (True, 0, SECOND // 2))
        self.assertEqual(take(TWO_PER_SECOND, tokens, last_ns, SECOND)[0], True)

    def test_refused(self) -> None:
        """A refused request changes nothing."""
        self.assertEqual(take(TWO_PER_SECOND, 0, 0, 1), (False, 0, 0))

    def test_schedule(self) -> None:
        """One per second, three in stock: the table of the specification, rows 16 and 17."""
        one_by_one = [(0.0, 4), (0.999, 1), (1.0, 1), (1.5, 1), (2.0, 1), (10.0, 9)]
        self.assertEqual(passed(THREE, one_by_one), [3, 0, 1, 0, 1, 4])
        self.assertEqual(passed(THREE, [(0.0, 3), (3.0, 9)]), [3, 3])

    def test_no_stock(self) -> None:
        """A bucket that begins empty refuses until an interval is over."""
        empty = Refill(capacity=1, interval_ns=2 * SECOND, stock=0)
        self.assertEqual(passed(empty, [(0, 2), (1.9, 1), (2.1, 2)]), [0, 0, 1])


class TestTakeSteadily(SynchronousTestCase):
    """As KrakenD 1 counts."""

    def test_schedule(self) -> None:
        """Tokens come back all the time; after a pause there is never more than the capacity."""
        self.assertEqual(passed(STEADY, [(0, 4), (0.999, 1), (1, 2), (3.5, 9)]), [3, 0, 1, 2])
        self.assertEqual(passed(STEADY, [(10, 9)]), [3])

    def test_while_not_empty(self) -> None:
        """What was spent comes back although the bucket was not empty."""
        self.assertEqual(passed(STEADY, [(0, 1), (1, 9)]), [1, 3])

    def test_fraction_is_kept(self) -> None:
        """Intervals are counted from the beginning, not from the last request."""
        self.assertEqual(passed(STEADY, [(0, 3), (1.9, 9), (2.0, 9)]), [3, 1, 1])

    def test_several_at_once(self) -> None:
        """High rates bring several tokens per interval."""
        refill = Refill(capacity=9, interval_ns=SECOND, stock=0, per_interval=2, is_steady=True)
        self.assertEqual(passed(refill, [(1, 9), (4, 9), (100, 10)]), [2, 6, 9])

    def test_refused(self) -> None:
        """A refused request changes nothing."""
        self.assertEqual(take_steadily(STEADY, 0, 0, SECOND - 1), (False, 0, 0))
