"""Tests of `gatekeeper.components.security.bot_detector`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.security.bot_detector import BotDetector, component, detector
from gatekeeper.config.legacy import old_setting_names
from gatekeeper.config.model import Endpoint, ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import Reply
from gatekeeper.testing import RecordedLog, client_request, runtime
from tests.web.fakes import FakeExchange

VALUE = {
    "allow": ["curl/8", "gööd"],
    "deny": ["bad", "curl/8"],
    "patterns": ["^curl/", "(?i)crawler", r"bot_(\d+)\.(\d+)"],
    "empty_user_agent_is_bot": True,
}


def read(value: Any) -> BotDetector:
    problems = Problems()
    settings: BotDetector = component.settings(Reader(value, "/x", problems))
    assert not problems.found, problems.found
    return settings


class DetectorTests(SynchronousTestCase):
    """Who is a bot."""

    def test_verdicts(self) -> None:
        """Allowed texts pass, denied ones do not, then patterns are searched."""
        is_bot = detector(read(VALUE))
        for agent, expected in [
            ("Firefox", False),
            ("bad", True),
            ("Bad", False),
            ("bad ", False),
            ("curl/8", False),
            ("curl/9", True),
            ("libcurl/9", False),
            ("MyCRAWLER", True),
            ("x bot_1.2", True),
            ("g\xc3\xb6\xc3\xb6d", False),
            ("\xff\xfe crawler", True),
            ("", True),
        ]:
            with self.subTest(agent):
                self.assertIs(is_bot(agent), expected)

    def test_nobody_configured(self) -> None:
        """An empty object takes nobody for a bot, not even who says nothing."""
        is_bot = detector(read({}))
        self.assertFalse(is_bot("bad") or is_bot(""))

    def test_memory(self) -> None:
        """Verdicts may be remembered, so many and no more, and stay right."""
        asked: list[bytes] = []
        settings = BotDetector(
            patterns=[lambda text: asked.append(text) or b"bot" in text], cache_size=1
        )
        is_bot = detector(settings)
        verdicts = [is_bot(agent) for agent in ("bot", "bot", "fox", "bot", "")]
        self.assertEqual(verdicts, [True, True, False, True, False])
        self.assertEqual(asked, [b"bot", b"fox", b"bot"])

    def test_memory_without_a_number(self) -> None:
        """Some are remembered anyhow, but no long texts, which clients could send to fill it."""
        asked: list[bytes] = []
        is_bot = detector(BotDetector(patterns=[lambda text: asked.append(text) or False]))
        for agent in ("fox", "fox", "x" * 513, "x" * 513):
            self.assertFalse(is_bot(agent))
        self.assertEqual([len(text) for text in asked], [3, 513, 513])


class PlacesTests(SynchronousTestCase):
    """Around all routes, and around one endpoint."""

    def setUp(self) -> None:
        self.runtime = runtime()
        self.placement = Placement(ServiceConfig(), Endpoint("/a", "/a", ()))

    def logged(self, level: str) -> list[str]:
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        return [text for name, text in log.lines if name == level]

    def test_router(self) -> None:
        """A bot gets 403 and nothing else, the operator a line; the first User-Agent counts."""
        assert component.router is not None
        guard = component.router(read(VALUE), self.placement, self.runtime)
        for agents, passes in [(["Firefox"], True), (["Firefox", "bad"], True), (["bad"], False)]:
            with self.subTest(agents=agents):
                exchange = FakeExchange(headers={"User-Agent": agents})
                self.assertEqual(guard(exchange), exchange if passes else Reply(403))
        self.assertEqual(guard(FakeExchange()), Reply(403))
        self.assertEqual(self.logged("ERROR"), ["[SERVICE: Gin][Botdetector] bot rejected"] * 2)
        self.assertEqual(len(self.logged("DEBUG")), 1)

    def test_endpoint(self) -> None:
        """The same at the gate of an endpoint."""
        assert component.gate is not None
        gate = component.gate(read(VALUE), self.placement, self.runtime)
        assert gate is not None
        good = client_request(headers={"User-Agent": ["Firefox"]})
        self.assertIs(gate(good), good)
        self.assertEqual(gate(client_request(headers={"User-Agent": ["bad"]})), Reply(403))
        self.assertEqual(self.logged("ERROR"), ["[SERVICE: Gin][Botdetector] bot rejected"])

    def test_version_2(self) -> None:
        """Old names of keys are known; who says nothing is never a bot there."""
        old = {"denylist": ["bad"], "allowlist": ["ok"], "cacheSize": 5}
        written = {component.namespace: Settings({**old, "empty_user_agent_is_bot": True}, "/x")}
        settings = read(old_setting_names(written, Problems())[component.namespace].value)
        self.assertEqual((settings.deny, settings.allow), (frozenset({"bad"}), frozenset({"ok"})))
        self.assertEqual(settings.cache_size, 5)
        assert component.router is not None
        guard = component.router(settings, Placement(ServiceConfig(version=2)), self.runtime)
        exchange = FakeExchange()
        self.assertIs(guard(exchange), exchange)


class SettingsTests(SynchronousTestCase):
    """What is refused at start."""

    def test_letter_case(self) -> None:
        """Names of keys may be in any."""
        self.assertEqual(read({"DENY": ["bad"]}).deny, frozenset({"bad"}))

    def test_mistakes(self) -> None:
        """A detector that could not work refuses to start."""
        for value, pointer in [
            ({"patterns": ["ok", "("]}, "/x/patterns/1"),
            ({"patterns": "bot"}, "/x/patterns"),
            ({"deny": [1]}, "/x/deny/0"),
            ({"cache_size": -1}, "/x/cache_size"),
            ({"cache_size": 1.5}, "/x/cache_size"),
            ({"Empty_User_Agent_Is_Bot": 1}, "/x/Empty_User_Agent_Is_Bot"),
            ("deny", "/x"),
        ]:
            with self.subTest(value=value):
                problems = Problems()
                component.settings(Reader(value, "/x", problems))
                self.assertEqual([problem.pointer for problem in problems.fatal], [pointer])
