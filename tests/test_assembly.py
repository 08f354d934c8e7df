"""Everything that serves clients, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import IResource

from gatekeeper.assembly import assemble, gateway, limits, pool_limits
from gatekeeper.config.load import load
from gatekeeper.config.model import HTTPClient, Server
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.journal import open_journal
from gatekeeper.loading import checked, load_checked
from gatekeeper.logging.stdout import Stdout
from gatekeeper.tls.front import TLSFactory
from gatekeeper.wire.channel import HTTPFactory
from tests.tls.wires import AUTHORITY, Folder


class AssemblyTests(SynchronousTestCase):
    """From a file to something that listens."""

    def config(self, text: str) -> str:
        path = Path(self.mktemp() + ".json")
        path.write_text(text)
        return str(path)

    def build(self, text: str) -> Any:
        service, problems = load(self.config(text)), Problems()
        journal = open_journal(service, Stdout(None), problems)
        return assemble(service, MemoryReactorClock(), journal, problems)

    def test_plain(self) -> None:
        """Without a `tls` block the port speaks HTTP."""
        self.assertIsInstance(self.build('{"version": 3}').factory, HTTPFactory)

    def test_tls(self) -> None:
        """With one it speaks HTTPS only."""
        pair = Folder(self.mktemp()).pair("server", AUTHORITY.server(["a"]))
        files = f'{{"public_key": "{pair.certificate}", "private_key": "{pair.private_key}"}}'
        made = self.build(f'{{"version": 3, "tls": {{"keys": [{files}]}}}}')
        self.assertIsInstance(made.factory, TLSFactory)

    def test_a_missing_certificate(self) -> None:
        """It stops the start, as in the conformance case refuse-listener; `check` agrees."""
        text = (
            '{"version": 3, "tls": {"keys": [{"public_key": "/a.pem", "private_key": "/a.key"}]}}'
        )
        for do in (self.build, lambda text: checked(load(self.config(text)))):
            with self.assertRaises(ConfigError) as raised:
                do(text)
            self.assertIn("open /a.pem: no such file or directory", str(raised.exception))

    def test_logs_are_checked(self) -> None:
        """What the start refuses, `check` refuses."""
        text = '{"version": 3, "extra_config": {"telemetry/logging": {"stdout": "yes"}}}'
        with self.assertRaises(ConfigError):
            checked(load(self.config(text)))

    def test_our_own_namespaces_are_checked(self) -> None:
        """Mistakes in what the node and the admin site read stop the start, with their place."""
        text = """{"version": 3, "extra_config": {
            "gatekeeper/node": {"pre_stop_delay": "soon"},
            "gatekeeper/admin": {"token_file": "/none"}}}"""
        with self.assertRaises(ConfigError) as raised:
            load_checked(self.config(text))
        self.assertEqual([2, 3], [problem.line for problem in raised.exception.problems])

    def test_what_building_says(self) -> None:
        """It is remembered, so that it can be told once for all workers."""
        text = """{"version": 3, "endpoints": [{"endpoint": "/a", "method": "TRACE",
            "backend": [{"host": ["http://one"], "url_pattern": "/"}]}]}"""
        loaded = checked(load(self.config(text)))
        self.assertIn("Unsupported method", str(loaded.heard))

    def test_mountable(self) -> None:
        """A gateway has a resource for a site, and nothing listens or connects."""
        reactor = MemoryReactorClock()
        made = gateway(load(self.config('{"version": 3}')), reactor)
        self.assertTrue(IResource.providedBy(made.resource))
        self.assertEqual([], reactor.tcpServers + reactor.tcpClients)

    def test_mountable_mistakes(self) -> None:
        """What cannot work is refused as it is when a port is listened on."""
        twice = '{"endpoint": "/a", "backend": [{"host": "http://b"}]}'
        text = f'{{"version": 3, "endpoints": [{twice}, {twice}]}}'
        self.assertRaises(ConfigError, gateway, load(self.config(text)), MemoryReactorClock())


class LimitsTests(SynchronousTestCase):
    """Settings of the service reach the wire."""

    def test_clients(self) -> None:
        """Timeouts and sizes of the port."""
        made = limits(Server(read_header_timeout_s=1.5, max_header_bytes=1000))
        self.assertEqual((1.5, 5096), (made.head_s, made.head_bytes))

    def test_backends(self) -> None:
        """Numbers of the pool."""
        made = pool_limits(
            HTTPClient(max_idle_connections=3, dialer_timeout_s=0.5, disable_keep_alives=True)
        )
        self.assertEqual(
            (3, 0.5, True),
            (made.max_idle_total, made.connect_timeout_s, made.disable_keep_alives),
        )
