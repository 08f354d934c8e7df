"""Settings of `telemetry/logging`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.components.telemetry.logging import Logging, component
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems


def read(**settings: Any) -> tuple[Logging, list[str]]:
    """Read settings, give them and what was wrong."""
    problems = Problems()
    return Logging.read(Reader(settings, "/l", problems)), [str(p) for p in problems.found]


class LoggingTests(SynchronousTestCase):
    """What is accepted, what is ignored, what is refused."""

    def test_levels(self) -> None:
        """Any letter case; what is no level is remembered as none and is no problem."""
        table = {"INFO": "INFO", "debug": "DEBUG", "Notice": "NOTICE", "FATAL": "", 3: "", None: ""}
        for written, level in table.items():
            settings, problems = read(level=written)
            self.assertEqual((level, []), (settings.level, problems))

    def test_switches_must_be_bools(self) -> None:
        """As in the conformance case logging/refused."""
        for name, value, found in (("stdout", "true", '"true"'), ("syslog", 1, "1")):
            _, problems = read(level="INFO", **{name: value})
            self.assertEqual([f"/l/{name}: expected true or false, found {found}"], problems)

    def test_formats(self) -> None:
        """Unknown names mean the default; only the default has the prefix."""
        table = [
            ({}, True, False, "[GW] "),
            ({"format": "json"}, True, False, "[GW] "),
            ({"format": "logstash"}, False, True, "{"),
            ({"format": "custom", "custom_format": "%{message}"}, False, False, "x\n"),
        ]
        for keys, has_prefix, is_json, begins in table:
            with self.subTest(keys=keys):
                settings, problems = read(level="INFO", prefix="[GW]", **keys)
                self.assertEqual([], problems)
                self.assertEqual((has_prefix, is_json), (settings.has_prefix, settings.is_json))
                self.assertTrue(settings.format("INFO", "x", 0.0).startswith(begins))

    def test_unusable_patterns(self) -> None:
        """They are refused with the key; a pattern that is no text counts as empty."""
        for pattern in ("hello", "%{colour}", "", 3):
            _, problems = read(format="custom", custom_format=pattern)
            self.assertEqual(1, len(problems))
            self.assertTrue(problems[0].startswith("/l/custom_format: expected text with verbs"))

    def test_the_rest_is_ignored(self) -> None:
        """Keys of the enterprise edition, and texts that are none."""
        settings, problems = read(level="INFO", access_log_format="json", prefix=7)
        self.assertEqual(("", []), (settings.prefix, problems))

    def test_the_component(self) -> None:
        """It has a namespace and settings, and nothing in the pipe."""
        self.assertEqual("telemetry/logging", component.namespace)
