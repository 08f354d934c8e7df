"""How a line looks."""

from __future__ import annotations

import json
import os
import re

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.pattern import DEFAULT, PLAIN, compile_pattern, logstash

NOW = 1767366245.25


def masked(line: str) -> str:
    """Hide the digits of the time, as the conformance runner does."""
    return re.sub(r"\d", "9", line)


class PatternTests(SynchronousTestCase):
    """Lines as in the conformance case logging/formats."""

    def test_the_default_format(self) -> None:
        """Colours are always written, and INFO has none."""
        write = compile_pattern(DEFAULT)
        table = {
            "DEBUG": " 9999/99/99 - 99:99:99.999 \x1b[99m▶ DEBUG\x1b[9m x\n",
            "INFO": " 9999/99/99 - 99:99:99.999 ▶ INFO\x1b[9m x\n",
        }
        for level, expected in table.items():
            self.assertEqual(expected, masked(write(level, "x", NOW)))
        colours = {"CRITICAL": 35, "ERROR": 31, "WARNING": 33, "NOTICE": 32, "DEBUG": 36}
        for level, colour in colours.items():
            self.assertIn(f"\x1b[{colour}m▶ {level}\x1b[0m x", write(level, "x", NOW))

    def test_the_plain_format(self) -> None:
        """What is written when no logger is configured."""
        line = compile_pattern(PLAIN)("INFO", "Starting", NOW)
        self.assertEqual("9999/99/99 99:99:99 KRAKEND INFO: Starting\n", masked(line))

    def test_verbs(self) -> None:
        """Flags are those of Go's printf."""
        table = {
            "%{level:.4s}|%{message}": "WARN|x\n",
            "[%{level:-8s}] %{message} 100%": "[WARNING ] x 100%\n",
            "%{level:9s}|": "  WARNING|\n",
            "%{module} %{program} %{module:.3s}": "KRAKEND gatekeeper KRA\n",
            "%{id:03d} %{id}": "001 1\n",
            "%{pid:d}": f"{os.getpid()}\n",
            "%{color}a%{color:reset}": "\x1b[33ma\x1b[0m\n",
            "%{color:bold}": "\x1b[1;33m\n",
            "%{message}\n": "x\n",
            "%{message:v}!": "x!\n",
            "%{message:s>}": "x>\n",
            "%{shortfile} %{callpath:3}": "log.py:1 gatekeeper.log\n",
        }
        for pattern, expected in table.items():
            with self.subTest(pattern=pattern):
                self.assertEqual(expected, compile_pattern(pattern)("WARNING", "x", NOW))

    def test_unusable_patterns(self) -> None:
        """They are refused, as in the conformance case logging/refused."""
        table = {
            "hello": "invalid log format: hello",
            "": "invalid log format: ",
            "%{colour} %{message}": "unknown variable: colour",
            "%{level:d}": "invalid layout: d",
            "%{id:s}": "invalid layout: s",
            "%{message:%}": "invalid layout: %",
        }
        for pattern, text in table.items():
            with self.subTest(pattern=pattern):
                with self.assertRaises(ValueError) as raised:
                    compile_pattern(pattern)
                self.assertEqual(text, str(raised.exception))


class LogstashTests(SynchronousTestCase):
    """One line of JSON."""

    def test_a_line(self) -> None:
        """Members, their order, and the time in UTC."""
        self.assertEqual(
            '{"@timestamp":"2026-01-02T15:04:05.250+00:00", "@version": 1, "level": "INFO", '
            '"message": "Starting", "module": "KRAKEND"}\n',
            logstash("INFO", "Starting", NOW),
        )

    def test_quotes(self) -> None:
        """They do not break the JSON, unlike in the original."""
        line = logstash("INFO", 'a "b" \\ c', NOW)
        self.assertEqual('a "b" \\ c', json.loads(line)["message"])
