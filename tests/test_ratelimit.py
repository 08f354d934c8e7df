"""Rates, and the buckets they become."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import JSON
from gatekeeper.nodewide.interface import Refill
from gatekeeper.ratelimit import (
    default_capacity,
    per_second,
    read_capacity,
    read_every,
    read_rate,
    refill,
    steady_refill,
)

SECOND = 1_000_000_000


class ReadTests(SynchronousTestCase):
    """What may stand in a file."""

    def setUp(self) -> None:
        self.problems = Problems()

    def json(self, key: str, value: JSON) -> Reader:
        return Reader({key: value}, "/x", self.problems)

    def test_rates(self) -> None:
        """Whole numbers and fractions; 0 and nothing are no limit."""
        for written, rate in ((5, 5.0), (0.5, 0.5), (0, 0.0), (None, 0.0), (1e18, 1e18)):
            self.assertEqual(read_rate(self.json("max_rate", written), "max_rate"), rate)
        self.assertEqual(self.problems.found, [])

    def test_capacities(self) -> None:
        """Fractions are cut off."""
        for written, capacity in ((2.9, 2), (5, 5), (0, 0), (None, 0)):
            self.assertEqual(read_capacity(self.json("capacity", written), "capacity"), capacity)
        self.assertEqual(self.problems.found, [])

    def test_refused(self) -> None:
        """Whatever would lift a limit by mistake is a problem, with its place."""
        for value in (-1, -0.5, "5", True, [], {}, float("inf"), float("nan"), 1e19):
            for key, read in (("max_rate", read_rate), ("capacity", read_capacity)):
                with self.subTest(key=key, value=value):
                    self.problems.found.clear()
                    self.assertEqual(read(self.json(key, value), key), 0)
                    self.assertEqual([p.pointer for p in self.problems.fatal], [f"/x/{key}"])

    def test_every(self) -> None:
        """A duration, or nothing."""
        for written, seconds in (("10m", 600.0), ("100ms", 0.1), ("0s", 0.0), (None, 0.0)):
            self.assertEqual(read_every(self.json("every", written)), seconds)
        self.assertEqual(self.problems.found, [])

    def test_every_refused(self) -> None:
        """A typo would turn "per hour" into "per second"."""
        for value in ("hour", "60", 60, "-1s", True, ""):
            with self.subTest(value):
                self.problems.found.clear()
                self.assertGreaterEqual(read_every(self.json("every", value)), 0)
                self.assertEqual([p.pointer for p in self.problems.fatal], ["/x/every"])


class ShapeTests(SynchronousTestCase):
    """Buckets."""

    def test_per_second(self) -> None:
        """A rate in any time; no time is a second."""
        table = [(2, 3.0, 2 / 3), (50, 600.0, 50 / 600), (5, 0.1, 50.0), (7, 0.0, 7.0), (7, 1, 7.0)]
        for rate, every_s, expected in table:
            self.assertAlmostEqual(per_second(rate, every_s), expected, 12)

    def test_default_capacity(self) -> None:
        """The rate per second, without fraction, and at least one."""
        for rate, capacity in ((0.08, 1), (0.99, 1), (1.0, 1), (2.9, 2), (500.0, 500)):
            self.assertEqual(default_capacity(rate), capacity)

    def test_refill(self) -> None:
        """Intervals are whole nanoseconds, at least one."""
        table = [
            (2.0, 5, Refill(5, SECOND // 2, 5)),
            (3.0, 1, Refill(1, 333_333_333, 1)),
            (0.5, 0, Refill(1, 2 * SECOND, 0)),
            (1e12, 1, Refill(1, 1, 1)),
            (1e-12, 1, Refill(1, 10**18, 1)),
        ]
        for rate, capacity, expected in table:
            self.assertEqual(refill(rate, capacity), expected)

    def test_steady_refill(self) -> None:
        """Version 1: one token at a time, unless that would miss the rate by a hundredth."""
        for rate in (1, 3, 100, 999_999, 0.4):
            shape = steady_refill(rate, 7)
            expected = Refill(7, int(SECOND / rate), 7, is_steady=True)
            self.assertEqual(shape, expected)
        for rate in (6e8, 3.7e8, 1e12):
            shape = steady_refill(rate, 7)
            self.assertGreater(shape.per_interval, 1)
            real = shape.per_interval * SECOND / shape.interval_ns
            self.assertLessEqual(abs(real - rate), rate / 100)
