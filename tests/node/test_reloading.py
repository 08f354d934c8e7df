"""One attempt at a time to load the configuration again."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import ConfigError, Problem
from gatekeeper.node.reloading import CannotReload, Reloading, told
from gatekeeper.testing import RecordedLog


class ReloadingTests(SynchronousTestCase):
    """Attempts end when the test says so."""

    def setUp(self) -> None:
        self.log = RecordedLog()
        self.attempts: list[Deferred[None]] = []
        self.now = 0.0
        self.reloading = Reloading(self.attempt, self.log, lambda: self.now)

    async def attempt(self) -> None:
        self.attempts.append(Deferred())
        await self.attempts[-1]

    def test_it_goes_well(self) -> None:
        """It is counted, dated, and told to whoever asked."""
        asked = self.reloading.request("SIGHUP")
        self.assertTrue(self.reloading.is_under_way)
        self.assertNoResult(asked)
        self.now = 7.0
        self.attempts[0].callback(None)
        change = self.successResultOf(asked)
        self.assertEqual((True, 7.0, "SIGHUP"), (change.ok, change.at, change.by))
        self.assertEqual({"ok": 1, "failed": 0}, self.reloading.counts)
        self.assertFalse(self.reloading.is_under_way)

    def test_it_fails(self) -> None:
        """The reason is in the log, line by line, and so is what goes on."""
        asked = self.reloading.request("SIGHUP")
        self.attempts[0].errback(CannotReload("no\nway"))
        self.assertEqual("no\nway", self.successResultOf(asked).why)
        self.assertEqual({"ok": 0, "failed": 1}, self.reloading.counts)
        errors = [text for level, text in self.log.lines if level == "ERROR"]
        self.assertEqual(["[SERVICE: Node] no", "[SERVICE: Node] way"], errors[:2])
        self.assertIn("the old configuration goes on", errors[2])

    def test_requests_during_an_attempt(self) -> None:
        """They share one more, because the file may have changed after it was read."""
        first = self.reloading.request("SIGHUP")
        second, third = self.reloading.request("SIGHUP"), self.reloading.request("admin site")
        over = self.reloading.over()
        self.attempts[0].callback(None)
        self.successResultOf(first)
        self.assertNoResult(second)
        self.assertEqual(2, len(self.attempts))
        self.attempts[1].errback(CannotReload("x"))
        change = self.successResultOf(second)
        self.assertEqual("SIGHUP, admin site", change.by)
        self.assertIs(change, self.successResultOf(third))
        self.successResultOf(over)
        self.successResultOf(self.reloading.over())

    def test_after_a_failure(self) -> None:
        """The next attempt begins anew."""
        self.reloading.request("SIGHUP")
        self.attempts[0].errback(CannotReload("x"))
        asked = self.reloading.request("SIGHUP")
        self.attempts[1].callback(None)
        self.assertTrue(self.successResultOf(asked).ok)

    def test_what_is_told(self) -> None:
        """Configuration errors with their places, our own as they are, others by their kind."""
        problem = Problem("expected a text", "/name").at("krakend.json", 3, 5, "")
        self.assertEqual("krakend.json:3:5: name: expected a text", told(ConfigError([problem])))
        self.assertEqual("port in use", told(CannotReload("port in use")))
        self.assertEqual("ValueError: odd", told(ValueError("odd")))
