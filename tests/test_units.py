"""Durations and sizes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.units import duration, duration_text, nanoseconds, size

GOOD = {
    "0": 0,
    "+0": 0,
    "-0": 0,
    "90s": 90,
    "1h1.5m": 3690,
    ".5m": 30,
    "2.m": 120,
    "2500ms": 2.5,
    "3000000us": 3,
    "3000000µs": 3,
    "3000000μs": 3,
    "4000000000ns": 4,
    "1m30s500ms": 90.5,
    "+5s": 5,
    "-1.5s": -1.5,
    "1s1s": 2,
    "0.0000000001s": 0,
    "2562047h": 9223369200,
}

BAD = (
    "", "3", "3 s", "1d", "soon", "s", ".s", "-", "+", "1s ", " 1s", "1.2.3s", "1e3s", "--1s",
    "١s", "2562048h", "9" * 5000 + "s", "1\ns",
)  # fmt: skip


class DurationTests(SynchronousTestCase):
    """Go's spelling."""

    def test_good(self) -> None:
        """Every spelling that Go accepts is read."""
        for text, seconds in GOOD.items():
            self.assertEqual(duration(text), seconds, text)

    def test_bad(self) -> None:
        """Everything else is an error, never a guess."""
        for text in BAD:
            self.assertRaises(ValueError, duration, text)

    def test_exact(self) -> None:
        """Nanoseconds are exact, fractions are cut off."""
        self.assertEqual(nanoseconds("9007199254740993ns"), 9007199254740993)
        self.assertEqual(nanoseconds("1.0000000019s"), 1000000001)

    def test_written(self) -> None:
        """Seconds are written as Go prints them."""
        table = {
            0: "0s", 2: "2s", 90: "1m30s", 3600: "1h0m0s", 3690.5: "1h1m30.5s", 0.4: "400ms",
            3e-9: "3ns", 1.5e-6: "1.5µs", -2: "-2s", 0.0012: "1.2ms", 60: "1m0s", 1e-10: "0s",
        }  # fmt: skip
        for seconds, text in table.items():
            self.assertEqual(duration_text(seconds), text)


class SizeTests(SynchronousTestCase):
    """Bytes."""

    def test_good(self) -> None:
        """Decimal and binary units, in any letter case."""
        table = {
            "0": 0, "1000": 1000, "12 B": 12, "10MB": 10_000_000, "64 KiB": 65536, "1gib": 1 << 30,
        }  # fmt: skip
        for text, count in table.items():
            self.assertEqual(size(text), count)

    def test_bad(self) -> None:
        """Unknown units, signs and fractions are errors."""
        for text in ("", "MB", "-1", "1.5MB", "1 TB", "1  MB", "9" * 200):
            self.assertRaises(ValueError, size, text)
