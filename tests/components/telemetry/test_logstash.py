"""Messages as JSON for Logstash."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.components.telemetry.logstash import component, messages
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems


class MessageTests(SynchronousTestCase):
    """As in the conformance case logging/logstash."""

    def test_a_message(self) -> None:
        """Members are sorted, the time has microseconds and an offset."""
        text = messages("svc", "here", lambda: 1767366245.25)("ERROR", 'a "b"')
        self.assertRegex(
            text,
            r'^{"@timestamp":"2026-01-0\dT\d\d:\d\d:05\.250000[+-]\d\d:\d\d","@version":1,'
            r'"host":"here","level":"ERROR","message":"a \\"b\\"","module":"svc"}$',
        )

    def test_defaults(self) -> None:
        """Without a prefix the module is KRAKEND; the host is known."""
        message = json.loads(messages("")("INFO", "x"))
        self.assertEqual("KRAKEND", message["module"])
        self.assertTrue(message["host"])

    def test_nothing_is_read(self) -> None:
        """Presence is what counts."""
        problems = Problems()
        component.settings(Reader({"enabled": False}, "/l", problems))
        self.assertEqual([], problems.found)
