"""The first bytes and seconds on a TLS port."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS, ClientTLS
from gatekeeper.tls.front import HANDSHAKE_S, TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.wire.deadlines import Deadlines
from tests.tls.wires import AUTHORITY, Folder, Meeting, Talker


class FrontTests(SynchronousTestCase):
    """One connection that was just accepted."""

    def setUp(self) -> None:
        pair = Folder(self.mktemp()).pair("server", AUTHORITY.server(["shop.example"]))
        self.tls = TLS(keys=[pair])
        self.clock = Clock()
        inner = Factory.forProtocol(Talker)
        clock: Any = self.clock
        connections: Any = server_context(self.tls)
        factory = TLSFactory(connections, inner, Deadlines(clock))
        self.protocol: Any = factory.buildProtocol(None)
        self.transport = StringTransport()
        self.protocol.makeConnection(self.transport)

    def test_plain_http(self) -> None:
        """It is answered in words, as in the conformance case tls-server."""
        self.protocol.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            self.transport.value(),
        )
        self.assertTrue(self.transport.disconnecting)
        self.protocol.dataReceived(b"more")
        self.assertEqual(b"", self.protocol.wrappedProtocol.heard)

    def test_nonsense(self) -> None:
        """Whatever is neither TLS nor HTTP is closed."""
        for rubbish in (b"\x00" * 50, b"\x80\x2e\x01\x00\x02", b"\x16\x03\x01\xff\xff" * 20000):
            with self.subTest(rubbish=rubbish[:5]):
                self.setUp()
                self.protocol.dataReceived(rubbish)
                self.clock.advance(HANDSHAKE_S)
                self.assertTrue(self.transport.disconnecting or self.transport.disconnected)

    def test_silence(self) -> None:
        """After ten seconds the connection is cut."""
        self.clock.advance(HANDSHAKE_S - 0.1)
        self.assertFalse(self.transport.disconnected)
        self.clock.advance(0.2)
        self.assertTrue(self.transport.disconnected)

    def test_a_trickle(self) -> None:
        """Bytes that come one by one do not make it longer."""
        hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 20
        for i in range(20):
            self.protocol.dataReceived(hello[i : i + 1])
            self.clock.advance(0.51)
        self.assertTrue(self.transport.disconnected)

    def test_a_client_that_leaves(self) -> None:
        """No timer is left behind."""
        from twisted.internet.error import ConnectionLost
        from twisted.python.failure import Failure

        self.protocol.connectionLost(Failure(ConnectionLost()))
        self.clock.advance(HANDSHAKE_S)
        self.assertFalse(self.transport.disconnected)

    def test_a_finished_handshake_has_no_limit(self) -> None:
        """Afterwards other deadlines apply."""
        meeting = Meeting(self.tls, ClientTLS(allow_insecure_connections=True))
        meeting.clock.advance(60)
        self.assertEqual(b"hi", meeting.say(b"hi"))
