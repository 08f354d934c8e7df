"""Tests of `gatekeeper_admin.pages.overview`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper_admin.pages.overview import duration_text


class DurationTextTests(SynchronousTestCase):
    """Times as people say them."""

    def test_the_two_largest_units_are_said(self) -> None:
        """Nobody wants the seconds of three days."""
        table = {0: "0 s", 59.9: "59 s", 61: "1 min 1 s", 3600: "1 h", 270061: "3 d 3 h"}
        for seconds, text in table.items():
            with self.subTest(seconds):
                self.assertEqual(duration_text(seconds), text)
