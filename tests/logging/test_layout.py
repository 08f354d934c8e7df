"""Times as Go writes them."""

from __future__ import annotations

import os
import time

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.layout import layout

NOW = 1767366245.004005  # 2026-01-02 15:04:05.004005 UTC, a Friday


class LayoutTests(SynchronousTestCase):
    """Each layout was tried with Go's time.Format."""

    def test_layouts(self) -> None:
        """Every token, and what looks like one but is none."""
        table = {
            "2006/01/02 - 15:04:05.000": "2026/01/02 - 15:04:05.004",
            "2006-01-02T15:04:05.000Z07:00": "2026-01-02T15:04:05.004Z",
            "06 1 2 _2 3 4 5": "26 1 2  2 3 4 5",
            "Jan January Mon Monday": "Jan January Fri Friday",
            "03:04 PM pm": "03:04 PM pm",
            "15:04:05,000000": "15:04:05,004005",
            ".000000000": ".004005000",
            "05.999 05.9": "05.004 05",
            "MST -0700 -07:00 -07 Z0700": "GMT +0000 +00:00 +00 Z",
            "-070000 Z07:00:00": "+000000 Z",
            "002 __2": "002   2",
            "_2006 .005 8 Janet": "_2026 .005 8 Janet",
            "": "",
            "plain text": "plain text",
        }
        for example, expected in table.items():
            with self.subTest(example=example):
                self.assertEqual(expected, layout(example, time.gmtime)(NOW))

    def test_hours(self) -> None:
        """Midnight and noon are twelve."""
        write = layout("3 PM", time.gmtime)
        self.assertEqual(
            ["12 AM", "11 AM", "12 PM", "1 PM"], [write(hour * 3600) for hour in (0, 11, 12, 13)]
        )

    def test_the_second_is_kept(self) -> None:
        """Fractions change within it, everything else with it."""
        write = layout("05.000", time.gmtime)
        self.assertEqual(
            ["01.000", "01.999", "02.001", "01.500"], [write(t) for t in (1, 1.9995, 2.001, 1.5)]
        )

    def test_zones(self) -> None:
        """Offsets of local time, east and west."""
        before = os.environ.get("TZ")

        def restore() -> None:
            os.environ.pop("TZ", None)
            if before is not None:
                os.environ["TZ"] = before
            time.tzset()

        self.addCleanup(restore)
        example = "15:04 -07:00 -0700 Z07:00 MST"
        table = {
            "XYZ-5:30": "20:34 +05:30 +0530 +05:30 XYZ",
            "ABC3": "12:04 -03:00 -0300 -03:00 ABC",
        }
        for zone, expected in table.items():
            with self.subTest(zone=zone):
                os.environ["TZ"] = zone
                time.tzset()
                self.assertEqual(expected, layout(example)(NOW))
