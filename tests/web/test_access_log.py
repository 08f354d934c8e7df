"""Tests of `gatekeeper.web.access_log`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.web.access_log import AccessLog, duration


class AccessLogTests(SynchronousTestCase):
    """Lines."""

    def setUp(self) -> None:
        self.lines: list[str] = []

    def write(self, path: str = "/a", seconds: float = 0.0017, **other: object) -> str:
        """Write one line; give what stands behind the time."""
        version = other.pop("version", 3)
        assert isinstance(version, int)
        log = AccessLog(self.lines.append, version, now=lambda: 1_700_000_000.9)
        values: dict[str, object] = {"method": "GET", "query": "", "errors": (), **other}
        log.line(200, seconds, "172.20.0.1", path=path, **values)  # type: ignore[arg-type]
        return self.lines[-1].partition(" | ")[2]

    def test_line(self) -> None:
        """The columns stand where parsers look for them."""
        expected = '200 |    1.7ms |      172.20.0.1 | GET      "/a?b=1"'
        self.assertEqual(self.write(query="b=1"), expected)
        self.assertRegex(self.lines[-1], r"^\[GIN\] \d{4}/\d\d/\d\d - \d\d:\d\d:\d\d \| 200 \|")

    def test_latency(self) -> None:
        """Times are rounded as the original rounds them, in both versions."""
        for seconds, expected in (
            (0.0, "      0s"),
            (-1.0, "      0s"),
            (0.000068061, "68.061µs"),
            (0.0012345678, "  1.23ms"),
            (1.2345678, "   1.23s"),
            (75.5, "   1m10s"),
            (3700.0, "1h1m40s "),
        ):
            with self.subTest(seconds=seconds):
                found = self.write(seconds=seconds).split(" | ")[1]
                self.assertEqual(found.strip(), expected.strip())
        found = self.write(seconds=0.001234567, version=2).split(" | ")[1]
        self.assertEqual(found, "   1.234567ms")

    def test_durations(self) -> None:
        """All units of Go."""
        for nanoseconds, expected in (
            (0, "0s"),
            (5, "5ns"),
            (1500, "1.5µs"),
            (60_500_000_000, "1m0.5s"),
            (3_600_000_000_000, "1h0m0s"),
        ):
            self.assertEqual(duration(nanoseconds), expected)

    def test_errors(self) -> None:
        """Each error has a line of its own below."""
        self.write(errors=("first", "second\nthird"))
        self.assertEqual(self.lines[1:], ["Error #01: first", "Error #02: second\\nthird"])

    def test_hostile(self) -> None:
        """Nobody can begin a line, end a quote or control a terminal."""
        for path, method in (
            ("/a\r\n[GIN] forged", "GET"),
            ('/a" | 500', "GET"),
            ("/\x1b[31m\x00\x7f", "GET"),
            ("/\u202e\u2028\udcff", "GET"),
            ("/a", "GE\x1bT\n"),
        ):
            self.lines.clear()
            line = self.write(path, method=method)
            self.assertEqual(len(self.lines), 1)
            self.assertTrue(line.isprintable(), line)
            self.assertEqual(line.replace('\\"', "").count('"'), 2)
