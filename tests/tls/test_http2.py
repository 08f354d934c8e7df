"""HTTP/2 behind real TLS: agreed by ALPN, with the pair of the name that was asked for."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from OpenSSL import SSL, crypto
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS, KeyPair
from gatekeeper.tls.authority import Issued
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.exchange import Exchange
from gatekeeper.wire.h2_engine import HTTP2
from gatekeeper.wire.h2_guard import PREFACE
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from gatekeeper.wire.limits import Limits
from tests.tls.wires import AUTHORITY, Folder
from tests.wire.channels import Transport, hello
from tests.wire.h2_clients import GOAWAY, H2Client, frames, settings


class Browser:
    """
    A client that offers HTTP/2.

    Attributes:
        agreed: What ALPN chose.
        exchanges: What the application saw.
    """

    def __init__(self, tls: TLS, name: str, mine: Issued | None = None) -> None:
        self.exchanges: list[Exchange] = []
        self.clock = Clock()
        deadlines = Deadlines(self.clock)
        http = HTTPFactory(self._serve, Limits(), deadlines, http2=HTTP2(NGHTTP2Engine))
        connections: Any = server_context(tls)
        self.transport = Transport()
        self.server: Any = TLSFactory(connections, http, deadlines).buildProtocol(None)
        self.server.makeConnection(self.transport)
        context = SSL.Context(SSL.TLS_METHOD)
        if mine is not None:
            context.use_certificate(x509.load_pem_x509_certificate(mine.certificate))
            context.use_privatekey(crypto.load_privatekey(crypto.FILETYPE_PEM, mine.key))
        self.tls = SSL.Connection(context, None)
        self.tls.set_alpn_protos([b"h2", b"http/1.1"])
        self.tls.set_tlsext_host_name(name.encode())
        self.tls.set_connect_state()
        for _ in range(4):
            self._try(self.tls.do_handshake)
            self.exchange_bytes()

    def _serve(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        hello(exchange)

    def _try(self, call: Any, *arguments: Any) -> bytes:
        try:
            return call(*arguments) or b""
        except (SSL.WantReadError, SSL.ZeroReturnError):
            return b""

    def exchange_bytes(self) -> None:
        """Carry everything over, both ways."""
        if data := self._try(self.tls.bio_read, 1 << 20):
            self.server.dataReceived(data)
            self.clock.advance(0)
        if data := self.transport.value():
            self.transport.clear()
            self.tls.bio_write(data)

    def say(self, data: bytes) -> bytes:
        """Send, and give what came back."""
        self.tls.send(data)
        self.exchange_bytes()
        heard = b""
        while part := self._try(self.tls.recv, 1 << 20):
            heard += part
        return heard

    @property
    def agreed(self) -> bytes:
        return self.tls.get_alpn_proto_negotiated()


class HTTP2Tests(SynchronousTestCase):
    """One connection."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.request = H2Client().request(1)

    def pair(self, *names: str) -> KeyPair:
        return self.folder.pair(names[0], AUTHORITY.server(list(names)))

    def test_request(self) -> None:
        """A request is served, and known to have come encrypted."""
        browser = Browser(TLS(keys=[self.pair("shop.example")]), "shop.example")
        self.assertEqual(browser.agreed, b"h2")
        came = frames(browser.say(PREFACE + settings() + self.request))
        self.assertEqual(came[-1].payload, b"hello")
        exchange = browser.exchanges[0]
        self.assertEqual((exchange.secure, exchange.certificate), (True, None))

    def test_names(self) -> None:
        """The pair is chosen by name, and so is HTTP/2 with every pair."""
        tls = TLS(keys=[self.pair("shop.example"), self.pair("*.other.example")])
        for name in ("shop.example", "a.other.example"):
            browser = Browser(tls, name)
            self.assertEqual(browser.agreed, b"h2")
            shown: Any = browser.tls.get_peer_certificate()
            self.assertIn(name.partition(".")[2], shown.get_subject().CN)

    def test_client_certificate(self) -> None:
        """The application sees whose certificate it is; without one nobody gets so far."""
        tls = TLS(
            keys=[self.pair("shop.example")],
            enable_mtls=True,
            client_cas=[self.folder.ca()],
            disable_system_ca_pool=True,
        )
        mine = AUTHORITY.client("app")
        browser = Browser(tls, "shop.example", mine)
        browser.say(PREFACE + settings() + self.request)
        shown = x509.load_der_x509_certificate(browser.exchanges[0].certificate or b"")
        self.assertEqual(shown, x509.load_pem_x509_certificate(mine.certificate))

    def test_old_ciphers(self) -> None:
        """Suites that HTTP/2 forbids leave TLS 1.2 with HTTP/1.1 (RFC 9113, section 9.2.2)."""
        for suites, highest, agreed in (
            ([49161], "TLS12", b"http/1.1"),
            ([49161, 49195], "TLS12", b"h2"),
            ([49161], "TLS13", b"h2"),
            ([49195], "TLS12", b"h2"),
        ):
            tls = TLS(
                keys=[self.pair("shop.example")],
                min_version="TLS12",
                max_version=highest,
                ciphers=suites,
            )
            self.assertEqual(Browser(tls, "shop.example").agreed, agreed, (suites, highest))

    def test_end(self) -> None:
        """The last word comes before the connection is closed."""
        browser = Browser(TLS(keys=[self.pair("shop.example")]), "shop.example")
        came = frames(browser.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        self.assertEqual(came[-1].kind, GOAWAY)
