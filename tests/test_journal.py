"""Which logs a configuration opens: the conformance cases below ``logging``."""

from __future__ import annotations

import json
import re
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import journal as journals
from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.errors import Problems
from gatekeeper.journal import Journal, open_journal
from gatekeeper.logging.gelf import GELFUnreachable
from gatekeeper.logging.observer import TwistedLines
from gatekeeper.logging.syslog import SyslogUnreachable

PLAIN = r"9999/99/99 99:99:99 KRAKEND "
STAMP = r"9999/99/99 - 99:99:99.999 "


class Recorded:
    """Standard output that remembers; also Graylog, which only has another method."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.running = False

    def write(self, line: str) -> None:
        self.lines.append(re.sub(r"\d", "9", line))

    def send(self, text: str) -> None:
        self.lines.append(text)

    def begin(self, reactor: Any) -> None:
        self.running = True

    def end(self) -> None:
        self.running = False


class JournalTests(SynchronousTestCase):
    """Both logs."""

    def setUp(self) -> None:
        self.out = Recorded()
        self.graylog = Recorded()
        self.patch(journals, "UDP", lambda address: self.graylog)
        self.problems = Problems()

    def open(self, **namespaces: Any) -> Journal:
        """Open the logs; ``telemetry/`` is left out of the names."""
        extra = {
            f"telemetry/{name}": Settings(value, f"/{name}") for name, value in namespaces.items()
        }
        return open_journal(ServiceConfig(extra_config=extra), self.out, self.problems)

    def said(self, **namespaces: Any) -> list[str]:
        """Open the logs and say something at three levels."""
        log = self.open(**namespaces).log
        log.debug("fine")
        log.info("hello", True, 3)  # noqa: PLE1205 - ours joins parts by blanks
        log.error("bad\nline")
        return self.out.lines

    def test_no_settings(self) -> None:
        """The plain logger, also for settings that are no object."""
        expected = [f"{PLAIN}DEBUG: fine\n", f"{PLAIN}INFO: hello true 9\n"]
        expected.append(f"{PLAIN}ERROR: bad\\nline\n")
        self.assertEqual(expected, self.said())
        self.out.lines.clear()
        self.assertEqual(expected, self.said(logging="on"))

    def test_the_default_format(self) -> None:
        """With prefix and level."""
        self.assertEqual(
            [
                f"[GW] {STAMP}▶ INFO\x1b[9m hello true 9\n",
                f"[GW] {STAMP}\x1b[99m▶ ERROR\x1b[9m bad\\nline\n",
            ],
            self.said(logging={"level": "INFO", "stdout": True, "prefix": "[GW]"}),
        )

    def test_the_first_message(self) -> None:
        """At DEBUG the log tells that it has begun."""
        self.said(logging={"level": "debug", "stdout": True})
        self.assertIn("[SERVICE: telemetry/logging] Improved logging started.", self.out.lines[0])

    def test_a_level_that_does_not_exist(self) -> None:
        """The plain logger, with the reason."""
        self.assertEqual(
            f"{PLAIN}ERROR: [SERVICE: Logging] Unable to create the logger: "
            "logger: invalid log level\n",
            self.said(logging={"level": "verbose", "stdout": True})[0],
        )

    def test_nowhere(self) -> None:
        """Neither stdout nor syslog: only the access log, whatever the level says."""
        for level in ("DEBUG", "verbose"):
            self.assertEqual([], self.said(logging={"level": level}))
        self.open(logging={"level": "DEBUG"}).access("[GIN] x")
        self.assertEqual(["[GIN] x\n"], self.out.lines)

    def test_no_syslog_daemon(self) -> None:
        """The plain logger, with the reason."""

        def missing(*_: Any) -> Any:
            raise SyslogUnreachable("Unix syslog delivery error")

        self.patch(journals, "Syslog", missing)
        self.assertIn(
            "Unable to create the logger: Unix syslog delivery error",
            self.said(logging={"level": "INFO", "syslog": True})[0],
        )

    def test_syslog_and_stdout(self) -> None:
        """Both get every message; the tag is the prefix, whatever the format."""
        sent: list[tuple[str, str]] = []
        tags: list[str] = []

        class Daemon:
            def __init__(self, level: str, number: int, tag: str) -> None:
                tags.append(tag)

            def write(self, level: str, text: str) -> None:
                sent.append((level, text))

            def reopen(self) -> None:
                sent.append(("", "reopened"))

        self.patch(journals, "Syslog", Daemon)
        settings = {"level": "ERROR", "syslog": True, "stdout": True, "prefix": "gw"}
        self.said(logging={**settings, "format": "logstash"})
        self.assertEqual([("ERROR", "bad\\nline")], sent)
        self.assertEqual(["gw"], tags)
        self.assertEqual(1, len(self.out.lines))

    def test_refused_settings(self) -> None:
        """They are problems; nothing of them is used."""
        self.open(logging={"level": "INFO", "stdout": "yes"}, gelf={"address": 3})
        self.assertEqual(
            ["/logging/stdout", "/gelf/address"], [p.pointer for p in self.problems.fatal]
        )

    def test_logstash(self) -> None:
        """JSON inside the default format, alone in custom ones and in its own."""
        last = r'{"@timestamp":.*"message":"bad\\\\nline","module":"svc"}' + "\n$"
        table: list[tuple[dict[str, str], str]] = [
            ({}, f"^ {STAMP}\x1b\\[99m▶ ERROR\x1b\\[9m {last}"),
            ({"format": "custom", "custom_format": "%{message}"}, f"^{last}"),
            ({"format": "logstash"}, f"^{last}"),
        ]
        for keys, expected in table:
            settings = {"level": "INFO", "stdout": True, "prefix": "svc", **keys}
            with self.subTest(keys=keys):
                said = self.said(logging=settings, logstash={"enabled": False})
                self.assertRegex(said[-1], expected)

    def test_logstash_needs_logging(self) -> None:
        """Alone it changes nothing."""
        self.assertTrue(self.said(logstash=None)[0].startswith(PLAIN))

    def test_graylog(self) -> None:
        """It gets both logs; standard output then has the default format only."""
        settings = {"level": "INFO", "stdout": True, "prefix": "GW ", "format": "default"}
        journal = self.open(logging=settings, gelf={"address": "a:1"})
        journal.log.info("hello")
        journal.access("[GIN] x")
        self.assertEqual(["GW hello", "[GIN] x"], self.graylog.lines)
        self.assertEqual([f"GW  {STAMP}▶ INFO\x1b[9m hello\n"], self.out.lines)

    def test_graylog_without_logging(self) -> None:
        """It gets the access log, the plain logger the rest."""
        journal = self.open(gelf={"address": "a:1"})
        journal.log.info("hello")
        journal.access("[GIN] x")
        self.assertEqual(["[GIN] x"], self.graylog.lines)
        self.assertEqual([f"{PLAIN}INFO: hello\n"], self.out.lines)

    def test_graylog_and_logstash(self) -> None:
        """Lines of pure JSON on standard output, and only the access log for Graylog."""
        settings = {"level": "INFO", "stdout": True}
        journal = self.open(logging=settings, logstash={}, gelf={"address": "a:1"})
        journal.log.info("hello")
        self.assertEqual([], self.graylog.lines)
        self.assertEqual("hello", json.loads(self.out.lines[0])["message"])

    def test_graylog_cannot_be_used(self) -> None:
        """It is said, and everything else works."""

        def missing(address: str) -> Any:
            raise GELFUnreachable(f"dial udp: lookup {address}: no such host")

        self.patch(journals, "UDP", missing)
        start = f"{PLAIN}ERROR: [SERVICE: Logging][GELF] Unable to create the writer: "
        self.open(gelf={})
        self.open(gelf={"address": "a"}).access("[GIN] x")
        self.assertEqual(
            [
                f"{start}missing addr to send gelf logs\n",
                f"{start}dial udp: lookup a: no such host\n",
                "[GIN] x\n",
            ],
            self.out.lines,
        )

    def test_lines_of_one_request(self) -> None:
        """While the reactor runs they are one message for Graylog."""
        journal = self.open(gelf={"address": "a:1"})
        clock = Clock()
        journal.begin(clock)
        journal.access("[GIN] a")
        journal.access("Error #01: x")
        journal.access("[GIN] b")
        self.assertEqual(["[GIN] a\nError #01: x"], self.graylog.lines)
        clock.advance(0)
        journal.access("[GIN] c")
        journal.end()
        self.assertEqual(["[GIN] b", "[GIN] c"], self.graylog.lines[1:])

    def test_the_reactor(self) -> None:
        """Whatever collects lines is told when the reactor runs and stops."""
        journal = self.open(gelf={"address": "a:1"})
        journal.begin(Clock())
        self.assertEqual((True, True), (self.out.running, self.graylog.running))
        journal.end()
        self.assertEqual((False, False), (self.out.running, self.graylog.running))

    def test_twisteds_log(self) -> None:
        """When that stands for standard output, messages have their level and no stamp."""
        said: list[tuple[str, str]] = []
        self.patch(journals, "to_twisted", lambda: lambda *message: said.append(message))
        journal = open_journal(ServiceConfig(), TwistedLines(), self.problems)
        journal.log.error("bad")
        self.assertEqual([("ERROR", "bad")], said)
