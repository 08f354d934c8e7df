"""Certificates of clients and of the gateway, end to end on loopback."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from gatekeeper.config.model import TLS, KeyPair
from gatekeeper.tls.authority import Authority, Issued
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.wire.deadlines import Deadlines
from tests.loopback import Gateway, start
from tests.tls.wires import AUTHORITY, Folder

PARTNER = Authority("Partner CA")
STRANGER = Authority("Stranger")
LATER = Authority("Partner CA", datetime.now(UTC) + timedelta(days=30))

Steps = Generator[Deferred[Any], Any, None]


class Shop(Resource):
    """Tells who asks: the name in the client's certificate, and the token."""

    isLeaf = True

    def render(self, request: Request) -> bytes:
        if request.path == b"/token":
            request.setHeader(b"content-type", b"application/json")
            return b'{"access_token": "t", "expires_in": 60}'
        certificate = request.transport.getPeerCertificate()  # type: ignore[union-attr]
        name = certificate.get_subject().CN if certificate else ""
        token = request.getHeader(b"authorization") or b""
        request.setHeader(b"content-type", b"application/json")
        return b'{"peer": "%s", "token": "%s"}' % (name.encode(), token)


class ServerTests(TestCase):
    """The block ``tls`` with ``enable_mtls``."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())

    def gateway(self, **tls: Any) -> Gateway:
        pairs = [
            self.folder.pair(name, AUTHORITY.server([name, "127.0.0.1"]))
            for name in ("shop.example", "www.example")
        ]
        keys = [{"public_key": one.certificate, "private_key": one.private_key} for one in pairs]
        block = {
            "keys": keys,
            "enable_mtls": True,
            "disable_system_ca_pool": True,
            "ca_certs": [
                self.folder.write("one.pem", AUTHORITY.certificate),
                self.folder.write("two.pem", PARTNER.certificate),
            ],
            **tls,
        }
        return start(self, {"tls": block})

    def client(self, issued: Issued | None = None) -> ssl.SSLContext:
        """Make a client that trusts our authority, and may have a certificate."""
        context = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())
        if issued is not None:
            pair = self.folder.pair("mine", issued)
            context.load_cert_chain(pair.certificate, pair.private_key)
        return context

    @inlineCallbacks
    def test_accepted(self) -> Steps:
        """A certificate of any of the authorities, on every path."""
        gateway = self.gateway()
        for authority in (AUTHORITY, PARTNER):
            tls = self.client(authority.client("app"))
            got = yield gateway.get("/__health", tls=tls)
            self.assertEqual(200, got.status)
            got = yield gateway.get("/nothing", tls=tls)
            self.assertEqual(404, got.status)

    @inlineCallbacks
    def test_refused(self) -> Steps:
        """No certificate, a stranger's, an old one, one of the future, one for servers."""
        gateway = self.gateway()
        for name, issued in {
            "none": None,
            "a stranger's": STRANGER.client("app"),
            "another one's of the same name": Authority("Partner CA").client("app"),
            "old": PARTNER.client("app", days=-1),
            "of the future": LATER.client("app"),
            "for servers": PARTNER.server(["app"]),
        }.items():
            with self.subTest(name):
                yield self.assertFailure(
                    gateway.get("/__health", tls=self.client(issued)), ssl.SSLError, OSError
                )

    @inlineCallbacks
    def test_names(self) -> Steps:
        """Each name has its certificate, and each asks for one."""
        gateway = self.gateway()
        for name in ("shop.example", "www.example"):
            tls = self.client(PARTNER.client("app"))
            got = yield gateway.get("/__health", tls=tls, name=name)
            self.assertEqual(200, got.status)
            yield self.assertFailure(
                gateway.get("/__health", tls=self.client(), name=name), ssl.SSLError, OSError
            )

    @inlineCallbacks
    def test_without_mutual_tls(self) -> Steps:
        """Nobody is asked, whatever authorities are listed."""
        got = yield self.gateway(enable_mtls=False).get("/__health", tls=self.client())
        self.assertEqual(200, got.status)


class ClientTests(TestCase):
    """The block ``client_tls``: backends and token servers that ask who we are."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.ca = self.folder.ca()

    def backend(self, issued: Issued) -> str:
        """Start a server that lets in clients of `PARTNER` only; gives its URL."""
        tls = TLS(
            keys=[self.folder.pair("backend", issued)],
            enable_mtls=True,
            client_cas=[self.folder.write("partner.pem", PARTNER.certificate)],
            disable_system_ca_pool=True,
        )
        deadlines = Deadlines(reactor)  # type: ignore[arg-type]
        identity: Any = server_context(tls)
        factory = TLSFactory(identity, Site(Shop()), deadlines)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        return f"https://127.0.0.1:{port.getHost().port}"

    def gateway(self, backend: str, *mine: KeyPair) -> Gateway:
        certificates = [
            {"certificate": one.certificate, "private_key": one.private_key} for one in mine
        ]
        credentials = {"client_id": "a", "client_secret": "b", "token_url": f"{backend}/token"}
        return start(
            self,
            {
                "client_tls": {
                    "ca_certs": [self.ca],
                    "disable_system_ca_pool": True,
                    "client_certs": certificates,
                },
                "endpoints": [
                    {
                        "endpoint": "/who",
                        "backend": [
                            {
                                "host": [backend],
                                "url_pattern": "/",
                                "extra_config": {"auth/client-credentials": credentials},
                            }
                        ],
                    }
                ],
            },
        )

    @inlineCallbacks
    def test_accepted(self) -> Steps:
        """The pair that the backend accepts is shown to it, and to its token server."""
        wrong = self.folder.pair("wrong", STRANGER.client("wrong"))
        mine = self.folder.pair("mine", PARTNER.client("gateway"))
        gateway = self.gateway(self.backend(AUTHORITY.server(["127.0.0.1"])), wrong, mine)
        got = yield gateway.get("/who")
        self.assertEqual({"peer": "gateway", "token": "Bearer t"}, got.json())

    @inlineCallbacks
    def test_refused(self) -> Steps:
        """Whoever we cannot convince, or who cannot convince us, is not talked to."""
        good = AUTHORITY.server(["127.0.0.1"])
        mine = self.folder.pair("mine", PARTNER.client("gateway"))
        wrong = self.folder.pair("wrong", STRANGER.client("gateway"))
        for name, issued, pairs in [
            ("no certificate of ours", good, []),
            ("a wrong one of ours", good, [wrong]),
            ("a backend of another authority", STRANGER.server(["127.0.0.1"]), [mine]),
            ("a backend of another name", AUTHORITY.server(["shop.example"]), [mine]),
            ("an old backend", AUTHORITY.server(["127.0.0.1"], days=-1), [mine]),
        ]:
            with self.subTest(name):
                got = yield self.gateway(self.backend(issued), *pairs).get("/who")
                self.assertEqual((500, b""), (got.status, got.body))
