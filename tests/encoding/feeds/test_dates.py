"""Dates of feeds."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.feeds.dates import timestamp

READ = {
    "Mon, 01 Jan 2024 08:30:00 GMT": "2024-01-01T08:30:00Z",
    "Tue, 02 Jan 2024 00:00:00 +0100": "2024-01-01T23:00:00Z",
    "2024-01-01T08:30:00.5+01:00": "2024-01-01T07:30:00.5Z",
    "2024-01-01T08:30Z": "2024-01-01T08:30:00Z",
    "2024-01-01 08:30:00": "2024-01-01T08:30:00Z",
    "2024-01-01": "2024-01-01T00:00:00Z",
    "1 January 2024": "2024-01-01T00:00:00Z",
    "Mon Jan  2 15:04:05 2006": "2006-01-02T15:04:05Z",
    "Mon Jan 02 15:04:05 -0700 2006": "2006-01-02T22:04:05Z",
    "Monday, 02-Jan-06 15:04:05 MST": "2006-01-02T15:04:05Z",
    "January 2, 2006 3:04 PM": "2006-01-02T15:04:00Z",
    "13/02/2006": "2006-02-13T00:00:00Z",
    "02/13/2006": "2006-02-13T00:00:00Z",
    "1 Jan 70 12:00 am": "1970-01-01T00:00:00Z",
}
NOT_READ = [
    "",
    "nonsense",
    "Mon, 32 Jan 2024 08:30:00 GMT",
    "2024-02-30",
    "2024-01-01T25:00:00Z",
    "1 Foo 2024",
    "x" * 10_000,
    "1" * 10_000,
    "0001-01-01T00:00:00+23:59",
    "٢٠٢٤-01-01",
]


class TimestampTests(SynchronousTestCase):
    """From anything to RFC 3339."""

    def test_read(self) -> None:
        """All usual forms are read, and converted to UTC."""
        for text, expected in READ.items():
            self.assertEqual(timestamp(text), expected, text)

    def test_zone(self) -> None:
        """The zone can be kept."""
        kept = timestamp("2024-01-01T08:30:00+01:00", keep_zone=True)
        self.assertEqual(kept, "2024-01-01T08:30:00+01:00")

    def test_not_read(self) -> None:
        """What is no date has no timestamp."""
        for text in NOT_READ:
            self.assertEqual(timestamp(text), "", text[:40])
