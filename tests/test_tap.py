"""From a file to a service, in this process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.application.service import IServiceMaker
from twisted.internet.testing import MemoryReactorClock
from twisted.plugin import getPlugins
from twisted.python import usage
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import IResource

from gatekeeper import refusal, tap
from gatekeeper.config.load import load
from gatekeeper.config.model import HTTPClient, Server
from gatekeeper.errors import ConfigError
from gatekeeper.journal import open_journal
from gatekeeper.logging.stdout import Stdout
from gatekeeper.tap import MISSING_CONFIG, Options, build, check_routes, gateway
from gatekeeper.tls.front import TLSFactory
from gatekeeper.wire.channel import HTTPFactory
from tests.tls.wires import AUTHORITY, Folder


class Files(SynchronousTestCase):
    """Tests that write configurations."""

    def config(self, text: str) -> str:
        path = Path(self.mktemp() + ".json")
        path.write_text(text)
        return str(path)


class OptionsTests(Files):
    """The command line of ``twistd gatekeeper``."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.patch(refusal, "tell", self.told.append)
        self.patch(tap, "occupy", lambda: None)

    def test_a_file(self) -> None:
        """It is read at once, and the command line wins over it."""
        options = Options()
        options.parseOptions(["-c", self.config('{"version": 3, "port": 81}'), "-d", "-p", "82"])
        self.assertEqual(82, options.service.server.port)
        self.assertTrue(options.service.debug_endpoint)

    def test_no_file(self) -> None:
        """It is asked for in the original's words."""
        with self.assertRaises(usage.UsageError) as raised:
            Options().parseOptions([])
        self.assertEqual(MISSING_CONFIG, str(raised.exception))

    def test_an_unusable_file(self) -> None:
        """The process ends with a message while there is a terminal."""
        with self.assertRaises(SystemExit) as raised:
            Options().parseOptions(["-c", self.config("{}")])
        self.assertEqual(255, raised.exception.code)
        self.assertIn("unsupported version: 0 (want: 3)", self.told[0])

    def test_the_reactor(self) -> None:
        """One that the operator has chosen stays."""
        installed: list[bool] = []
        self.patch(tap, "install", lambda: installed.append(True))
        config = self.config('{"version": 3}')
        self.patch(sys, "modules", {**sys.modules, "twisted.internet.reactor": object()})
        Options().parseOptions(["-c", config])
        self.assertEqual([], installed)
        del sys.modules["twisted.internet.reactor"]
        Options().parseOptions(["-c", config])
        self.assertEqual([True], installed)


class PluginTests(SynchronousTestCase):
    """What ``twistd`` knows of us before it is asked to run us."""

    def test_found(self) -> None:
        """Twisted's plugin scan finds one maker, whose options are ours."""
        [maker] = [p for p in getPlugins(IServiceMaker) if p.tapname == "gatekeeper"]
        self.assertIs(Options, maker.options)


class GatewayTests(Files):
    """A gateway without a port of its own."""

    def test_mountable(self) -> None:
        """It has a resource for a site, and nothing listens or connects."""
        reactor = MemoryReactorClock()
        made = gateway(load(self.config('{"version": 3}')), reactor)
        self.assertTrue(IResource.providedBy(made.resource))
        self.assertEqual([], reactor.tcpServers + reactor.tcpClients)

    def test_mistakes(self) -> None:
        """What cannot work is refused as it is when a port is listened on."""
        twice = '{"endpoint": "/a", "backend": [{"host": "http://b"}]}'
        text = f'{{"version": 3, "endpoints": [{twice}, {twice}]}}'
        self.assertRaises(ConfigError, gateway, load(self.config(text)), MemoryReactorClock())


class BuildTests(Files):
    """The assembly."""

    def build(self, text: str) -> Any:
        service = load(self.config(text))
        journal = open_journal(service, Stdout(None), tap.Problems())
        return build(service, MemoryReactorClock(), journal)

    def test_plain(self) -> None:
        """Without a `tls` block the port speaks HTTP."""
        self.assertIsInstance(self.build('{"version": 3}')._factory, HTTPFactory)

    def test_tls(self) -> None:
        """With one it speaks HTTPS only."""
        pair = Folder(self.mktemp()).pair("server", AUTHORITY.server(["a"]))
        files = f'{{"public_key": "{pair.certificate}", "private_key": "{pair.private_key}"}}'
        made = self.build(f'{{"version": 3, "tls": {{"keys": [{files}]}}}}')
        self.assertIsInstance(made._factory, TLSFactory)

    def test_a_missing_certificate(self) -> None:
        """It stops the start, as in the conformance case refuse-listener; `check` agrees."""
        text = (
            '{"version": 3, "tls": {"keys": [{"public_key": "/a.pem", "private_key": "/a.key"}]}}'
        )
        for do in (self.build, lambda text: check_routes(load(self.config(text)))):
            with self.assertRaises(ConfigError) as raised:
                do(text)
            self.assertIn("open /a.pem: no such file or directory", str(raised.exception))

    def test_logs_are_checked(self) -> None:
        """What the start refuses, `check` refuses."""
        text = '{"version": 3, "extra_config": {"telemetry/logging": {"stdout": "yes"}}}'
        with self.assertRaises(ConfigError):
            check_routes(load(self.config(text)))


class LimitsTests(SynchronousTestCase):
    """Settings of the service reach the wire."""

    def test_clients(self) -> None:
        """Timeouts and sizes of the port."""
        limits = tap._limits(Server(read_header_timeout_s=1.5, max_header_bytes=1000))
        self.assertEqual((1.5, 5096), (limits.head_s, limits.head_bytes))

    def test_backends(self) -> None:
        """Numbers of the pool."""
        limits = tap._pool_limits(
            HTTPClient(max_idle_connections=3, dialer_timeout_s=0.5, disable_keep_alives=True)
        )
        self.assertEqual(
            (3, 0.5, True),
            (limits.max_idle_total, limits.connect_timeout_s, limits.disable_keep_alives),
        )
