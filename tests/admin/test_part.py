"""Tests of `gatekeeper_admin.settings` and `gatekeeper_admin.part`: where the site listens."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import succeed
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.errors import GatekeeperError, Problems
from gatekeeper.testing import RecordedLog
from gatekeeper.view import Counts, Picture, View
from gatekeeper_admin.part import AdminPart
from gatekeeper_admin.settings import NAMESPACE, AdminSettings


def read(value: Any = None) -> tuple[AdminSettings, list[str]]:
    """Read the namespace; give what came of it, and where it was wrong."""
    problems = Problems()
    extra = {} if value is None else {NAMESPACE: Settings(value, "/a")}
    settings = AdminSettings.of(ServiceConfig(extra_config=extra), problems)
    return settings, [problem.pointer for problem in problems.fatal]


class SettingsTests(SynchronousTestCase):
    """What the file may say."""

    def test_default(self) -> None:
        """Without a word it is this machine's only."""
        settings, wrong = read()
        self.assertEqual((settings.address, settings.port, wrong), ("127.0.0.1", 8091, []))
        self.assertEqual((settings.configured, settings.disabled), (False, False))

    def test_listen(self) -> None:
        """Addresses of both versions of IP."""
        for listen, address, port in (
            ("127.0.0.1:9000", "127.0.0.1", 9000),
            ("[::1]:9000", "::1", 9000),
            ("0.0.0.0:0", "0.0.0.0", 0),
        ):
            settings, wrong = read({"listen": listen})
            self.assertEqual((settings.address, settings.port, wrong), (address, port, []))
            self.assertTrue(settings.configured)

    def test_refused(self) -> None:
        """Names, ports that are none, and wrong types."""
        for value, pointer in (
            ({"listen": "localhost:9000"}, "/a/listen"),
            ({"listen": "127.0.0.1"}, "/a/listen"),
            ({"listen": "127.0.0.1:70000"}, "/a/listen"),
            ({"listen": "127.0.0.1:http"}, "/a/listen"),
            ({"listen": 9000}, "/a/listen"),
            ({"names": "gateway"}, "/a/names"),
            ({"disabled": "no"}, "/a/disabled"),
            ([], "/a"),
        ):
            with self.subTest(value=value):
                self.assertEqual(read(value)[1], [pointer])


class Busy(MemoryReactorClock):
    """A reactor whose ports are all taken."""

    def listenTCP(self, port: int, *args: Any, **kwargs: Any) -> Any:
        raise CannotListenError("127.0.0.1", port, OSError("in use"))


class PartTests(SynchronousTestCase):
    """Start and stop."""

    def part(self, reactor: Any, value: Any = None) -> AdminPart:
        self.log = RecordedLog()
        view = View.of(
            ServiceConfig(), lambda: 0.0, lambda: succeed(Picture(Counts(), ())), lambda: True
        )
        orders: Any = None  # nobody orders anything here
        return AdminPart(read(value)[0], lambda: view, orders, reactor, self.log)

    def test_listens(self) -> None:
        """It listens on its own port, and says so."""
        reactor = MemoryReactorClock()
        part = self.part(reactor)
        part.start()
        [(port, _, _, interface)] = reactor.tcpServers
        self.assertEqual((port, interface), (8091, "127.0.0.1"))
        self.assertIn("Listening on 127.0.0.1:8091", self.log.lines[0][1])
        part.stop()

    def test_busy(self) -> None:
        """A busy port is only a warning when nobody asked for it."""
        part = self.part(Busy())
        part.start()
        self.assertEqual(self.log.lines[0][0], "WARNING")
        self.assertIsNone(part.stop())

    def test_busy_and_configured(self) -> None:
        """Otherwise the start fails."""
        part = self.part(Busy(), {"listen": "127.0.0.1:9000"})
        error = self.assertRaises(GatekeeperError, part.start)
        self.assertIn("127.0.0.1:9000", str(error))
