"""Which version of HTTP a connection speaks."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ISSLTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.h2_choice import read_upgrade
from gatekeeper.wire.h2_engine import HTTP2
from gatekeeper.wire.h2_guard import PREFACE
from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from gatekeeper.wire.limits import Limits
from tests.wire.channels import Client, Transport
from tests.wire.h2_clients import (
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    SETTINGS,
    WINDOW_UPDATE,
    H2Client,
    frame,
    frames,
    settings,
)
from tests.wire.test_h1_channel import GET, OK

SETTINGS_VALUE = "AAMAAABkAAQAAP__"

UPGRADE = (
    b"GET /a HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nX-Tenant: a\r\n\r\n"
)
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"


@implementer(ISSLTransport)
class TLSTransport(Transport):
    """A connection whose handshake is over."""

    negotiatedProtocol: bytes | None = None

    def getPeerCertificate(self) -> None:
        return None


class PriorKnowledgeTests(SynchronousTestCase):
    """The preface, on a port that speaks both."""

    def client(self, **more: Any) -> H2Client:
        return H2Client(begin=b"", **more)

    def test_ping(self) -> None:
        """A ping is answered, behind everything else that we have to say first."""
        client = self.client()
        ping = frame(PING, 0, 0, b"pingpong")
        came = client.send(PREFACE + settings() + ping)
        self.assertEqual(
            [(one.kind, one.flags) for one in came],
            [(SETTINGS, 0), (WINDOW_UPDATE, 0), (SETTINGS, 1), (PING, 1)],
        )
        self.assertEqual(came[-1].payload, b"pingpong")

    def test_settings(self) -> None:
        """We tell our limits."""
        client = self.client()
        came = client.send(PREFACE)
        told = {
            int.from_bytes(came[0].payload[at : at + 2], "big"): int.from_bytes(
                came[0].payload[at + 2 : at + 6], "big"
            )
            for at in range(0, len(came[0].payload), 6)
        }
        self.assertEqual(told, {3: 100, 4: 128 << 10, 6: 32 << 10})

    def test_byte_by_byte(self) -> None:
        """Nothing is said before the preface is complete."""
        client = self.client()
        for byte in PREFACE[:-1]:
            self.assertEqual(client.send(bytes((byte,))), [])
        self.assertNotEqual(client.send(PREFACE[-1:]), [])
        client.send(settings())
        client.ask(1)
        self.assertEqual(client.status(), "200")

    def test_http1(self) -> None:
        """HTTP/1.1 is served beside it, however its first bytes come."""
        for step in (1, 2, 4, len(GET)):
            client = self.client()
            for at in range(0, len(GET), step):
                client.channel.dataReceived(GET[at : at + step])
            self.assertEqual(client.transport.value(), OK)
            client.channel.dataReceived(GET)
            self.assertEqual(client.transport.value(), OK * 2)

    def test_almost(self) -> None:
        """What only begins like the preface is HTTP/1.1, and refused there."""
        client = self.client()
        client.channel.dataReceived(b"PRI * HTTP/2.0\r\n\r\n")
        client.channel.dataReceived(b"XX")
        self.assertTrue(client.transport.value().startswith(b"HTTP/1.1 505 "))

    def test_not_wanted(self) -> None:
        """Without ``use_h2c`` a preface is a request of a version that we do not speak."""
        client = Client()
        client.send(PREFACE)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 505 "))
        self.assertTrue(client.closed)

    def test_ended_early(self) -> None:
        """A client that leaves before it has said enough leaves nothing behind."""
        client = self.client()
        client.channel.dataReceived(b"PRI *")
        client.channel.readConnectionLost()
        self.assertTrue(client.closed)
        client.channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(client.factory.connections, set())

    def test_counts(self) -> None:
        """It is one connection, whatever it speaks."""
        client = self.client()
        self.assertEqual((client.factory.accepted, len(client.factory.connections)), (1, 1))
        client.send(PREFACE + settings())
        self.assertEqual((client.factory.accepted, len(client.factory.connections)), (1, 1))
        client.channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(client.factory.connections, set())


class UpgradeTests(SynchronousTestCase):
    """``Upgrade: h2c``."""

    engine: Any = NGHTTP2Engine

    def client(self, clear: bool = True) -> H2Client:
        return H2Client(begin=b"", engine=self.engine)

    def test_switched(self) -> None:
        """The request is answered on stream 1, and the connection goes on as HTTP/2."""
        client = self.client()
        client.channel.dataReceived(UPGRADE)
        client.clock.advance(0)
        sent = client.transport.value()
        self.assertTrue(sent.startswith(SWITCHING))
        client.transport.clear()
        client.transport.write(sent[len(SWITCHING) :])
        self.assertEqual(client.hear()[0].kind, SETTINGS)
        self.assertEqual((client.status(1), client.bodies[1]), ("200", b"hello"))
        exchange = client.exchanges[0]
        self.assertEqual(
            (exchange.method, exchange.target, exchange.host, exchange.headers, exchange.version),
            ("GET", "/a", "shop.example", {"X-Tenant": ["a"]}, "HTTP/2"),
        )
        client.send(PREFACE + settings())
        client.ask(3)
        self.assertEqual(client.status(3), "200")

    def test_head(self) -> None:
        """A HEAD has no body there, either."""
        client = self.client()
        client.channel.dataReceived(UPGRADE.replace(b"GET", b"HEAD"))
        client.clock.advance(0)
        sent = client.transport.value()[len(SWITCHING) :]
        self.assertNotIn(DATA, [one.kind for one in frames(sent)])
        self.assertIn(HEADERS, [one.kind for one in frames(sent)])

    def test_client_settings(self) -> None:
        """What the client says of itself holds for the first answer."""
        client = self.client()
        shut = UPGRADE.replace(b"AAMAAABkAAQAAP__", b"AAQAAAAC")  # a window of two bytes
        client.channel.dataReceived(shut)
        client.clock.advance(0)
        sent = frames(client.transport.value()[len(SWITCHING) :])
        self.assertEqual([one.payload for one in sent if one.kind == DATA], [b"he"])

    def test_settings_that_are_none(self) -> None:
        """Then the request is answered as HTTP/1.1."""
        client = self.client()
        client.channel.dataReceived(UPGRADE.replace(b"AAMAAABkAAQAAP__", b"AAMAAA"))
        self.assertEqual(client.transport.value(), OK)
        client.channel.dataReceived(GET)
        self.assertEqual(client.transport.value(), OK * 2)

    def test_later_request(self) -> None:
        """Only the first request of a connection can change it."""
        client = self.client()
        client.channel.dataReceived(GET)
        client.channel.dataReceived(UPGRADE)
        self.assertEqual(client.transport.value(), OK * 2)

    def test_not_wanted(self) -> None:
        """Without ``use_h2c`` the request is answered, and the offer is not passed on."""
        client = Client()
        self.assertEqual(client.send(UPGRADE), OK)
        self.assertNotIn("Upgrade", client.exchanges[0].headers)


class HyperUpgradeTests(UpgradeTests):
    """The same with h2."""

    engine = HyperEngine


class ReadUpgradeTests(SynchronousTestCase):
    """When a request may be answered as HTTP/2."""

    def test_good(self) -> None:
        """It asks for it in full."""
        upgrade = read_upgrade(UPGRADE + b"more", Limits())
        assert upgrade is not None
        self.assertEqual(upgrade.settings.hex(), "00030000006400040000ffff")
        self.assertEqual(upgrade.after, len(UPGRADE))

    def test_others(self) -> None:
        """Everything else is HTTP/1.1 and stays it."""
        for before, after in (
            (b"\r\n\r\n", b"\r\n"),
            (b"Upgrade: h2c", b"Upgrade: websocket"),
            (b"Upgrade: h2c", b"Upgrade: h2"),
            (b"Upgrade, HTTP2-Settings", b"Upgrade"),
            (b"Upgrade, HTTP2-Settings", b"HTTP2-Settings"),
            (b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n", b""),
            (b"X-Tenant: a", b"HTTP2-Settings: AAMAAABk"),
            (b"AAMAAABkAAQAAP__", b"A"),
            (b"X-Tenant: a", b"Content-Length: 3"),
            (b"X-Tenant: a", b"Transfer-Encoding: chunked"),
            (b"X-Tenant: a", b"Bad Name: a"),
            (b"HTTP/1.1", b"HTTP/1.0"),
            (b"GET /a", b"OPTIONS *"),
            (b"Host: shop.example\r\n", b""),
        ):
            self.assertIn(before, UPGRADE)
            self.assertIsNone(read_upgrade(UPGRADE.replace(before, after, 1), Limits()), after)


class ALPNTests(SynchronousTestCase):
    """TLS: the handshake decides, and nothing else."""

    def connect(self, protocol: bytes | None) -> tuple[Any, Any]:
        factory = Client().factory
        factory = HTTPFactory(
            factory.application,
            Limits(),
            Deadlines(Client().clock),
            http2=HTTP2(NGHTTP2Engine, clear=True),
        )
        transport = TLSTransport()
        transport.negotiatedProtocol = protocol
        channel: Any = factory.buildProtocol(None)
        channel.makeConnection(transport)
        return channel, transport

    def test_h2(self) -> None:
        """HTTP/2 begins with its preface."""
        channel, transport = self.connect(b"h2")
        channel.dataReceived(PREFACE + settings())
        self.assertEqual(frames(transport.value())[0].kind, SETTINGS)

    def test_h2_without_preface(self) -> None:
        """Whoever agreed on HTTP/2 cannot speak anything else."""
        channel, transport = self.connect(b"h2")
        channel.dataReceived(GET)
        self.assertEqual(frames(transport.value())[-1].kind, GOAWAY)
        self.assertTrue(transport.disconnecting)

    def test_http1(self) -> None:
        """Without agreement it is HTTP/1.1, and a preface is refused."""
        for protocol in (b"http/1.1", None):
            channel, transport = self.connect(protocol)
            channel.dataReceived(PREFACE)
            self.assertTrue(transport.value().startswith(b"HTTP/1.1 505 "))

    def test_no_upgrade(self) -> None:
        """``Upgrade: h2c`` is for clear text only."""
        channel, transport = self.connect(b"http/1.1")
        channel.dataReceived(UPGRADE)
        self.assertTrue(transport.value().startswith(b"HTTP/1.1 200 "))
