"""Settings of `telemetry/gelf`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.components.telemetry.gelf import GELF
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems


class GELFTests(SynchronousTestCase):
    """As in the conformance case logging/refused."""

    def test_settings(self) -> None:
        """An address may be missing, but what is there must have its type."""
        table = [
            ({}, GELF("", False), 0),
            ({"address": "a:1", "enable_tcp": True}, GELF("a:1", True), 0),
            ({"address": 12201}, GELF("", False), 1),
            ({"address": "a:1", "enable_tcp": "yes"}, GELF("a:1", False), 1),
        ]
        for json, expected, wrong in table:
            with self.subTest(json=json):
                problems = Problems()
                self.assertEqual(expected, GELF.read(Reader(json, "/g", problems)))
                self.assertEqual(wrong, len(problems.fatal))
