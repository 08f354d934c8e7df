"""Tests of `gatekeeper.httpcache.http_date`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.http_date import timestamp


class HTTPDateTests(SynchronousTestCase):
    """Dates as Go reads them."""

    def test_dates(self) -> None:
        """Names in any letter case, any name of a zone; the weekday is not checked."""
        for text in (
            "Tue, 14 Nov 2023 22:13:20 GMT",
            "Tue, 14 Nov 2023 22:13:20 UTC",
            "tue, 14 nov 2023 22:13:20 GMT",
            "Mon, 14 Nov 2023 22:13:20 CEST",
        ):
            with self.subTest(text):
                self.assertEqual(timestamp(text), 1_700_000_000.0)

    def test_no_dates(self) -> None:
        """Anything else is no date, and nothing is raised."""
        for text in (
            "",
            "0",
            "-1",
            "Tuesday, 14-Nov-23 22:13:20 GMT",
            "Tue Nov 14 22:13:20 2023",
            "Tue, 14 Nov 2023 22:13:20 +0000",
            "Tue, 4 Nov 2023 22:13:20 GMT",
            "Tue, 31 Feb 2023 22:13:20 GMT",
            "Tue, 14 Nov 2023 25:13:20 GMT",
            "Tue, 14 Nov 0000 22:13:20 GMT",
            "Tue, 14 Nov 2023 22:13:20 GMT, and more",
            "Tue, 1\u0664 Nov 2023 22:13:20 GMT",
        ):
            with self.subTest(text):
                self.assertIsNone(timestamp(text))
