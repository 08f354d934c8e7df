"""Tests of `gatekeeper.jose.client`: what is fetched, from whom, and what is refused."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS
from gatekeeper.jose import client
from gatekeeper.jose.client import MAX_BYTES, Document, Trust, fetch, key_client
from gatekeeper.testing import FakeBackend, FakeStream, run
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.wire.client import Origin
from gatekeeper.wire.deadlines import Deadlines
from tests.jose.fakes import edges
from tests.tls.wires import AUTHORITY, Folder, Wire

INSECURE = Trust(insecure=True)
JSON_TYPE = ("Content-Type", "application/json")


class FetchTests(SynchronousTestCase):
    """Fetching over plain HTTP, where that is allowed."""

    def setUp(self) -> None:
        self.backend = FakeBackend()
        self.edges = edges(Clock(), self.backend)

    def fetch(self, url: str = "http://id.example/keys", trust: Trust = INSECURE) -> Deferred[Any]:
        return run(fetch(url, key_client(trust, self.edges)))

    def document(self, url: str = "http://id.example/keys") -> Document:
        document: Document = self.successResultOf(self.fetch(url))
        return document

    def test_document(self) -> None:
        """Type and body, whatever the status; the type may be missing."""
        self.backend.on("/keys", 500, b"{}", [JSON_TYPE])
        self.backend.on("/keys", 200, FakeStream(b"a", b"b"))
        self.assertEqual(self.document(), Document("application/json", b"{}"))
        self.assertEqual(self.document(), Document("", b"ab"))

    def test_request(self) -> None:
        """We say who we are, ask for nothing compressed, and send no cookies."""
        self.document("http://id.example:8080/keys?x=1")
        [call] = self.backend.calls
        self.assertEqual(call.origin, Origin("http", "id.example", 8080))
        self.assertEqual((call.method, call.target), ("GET", "/keys?x=1"))
        self.assertTrue(call.headers["User-Agent"][0].startswith("Gatekeeper"))
        self.assertNotIn("accept-encoding", {name.lower() for name in call.headers})

    def test_user_in_the_url(self) -> None:
        """User and password become a header, which does not follow to other hosts."""
        self.backend.on("/keys", 302, b"", [("Location", "http://other.example/moved")])
        self.document("http://us%40er:pw@id.example/keys")
        first, second = self.backend.calls
        basic = base64.b64encode(b"us@er:pw").decode()
        self.assertEqual(first.headers["Authorization"], [f"Basic {basic}"])
        self.assertNotIn("Authorization", second.headers)

    def test_redirects(self) -> None:
        """Up to ten are followed."""
        self.backend.on("/a", 302, b"", [("Location", "/b")])
        self.backend.on("/b", 307, b"", [("Location", "http://other.example/c")])
        self.backend.on("/c", 200, b"found", [JSON_TYPE])
        self.assertEqual(self.document("http://id.example/a").body, b"found")
        self.backend.on("/loop", 302, b"", [("Location", "/loop")])
        self.failureResultOf(self.fetch("http://id.example/loop"))
        self.assertLessEqual(len(self.backend.calls), 3 + 11)

    def test_plain_http(self) -> None:
        """It is refused, also after a redirect, unless security is switched off."""
        failure = self.failureResultOf(self.fetch(trust=Trust()), ConnectionError)
        self.assertIn("without encryption", str(failure.value))
        self.assertEqual(self.backend.calls, [])

    def test_compressed(self) -> None:
        """A compressed answer was not asked for, and could be a bomb."""
        gzip = ("Content-Encoding", "gzip")
        stream = FakeStream(b"x")
        self.backend.on("/keys", 200, b"x", [JSON_TYPE, gzip])
        self.backend.on("/keys", 200, stream, [JSON_TYPE, gzip])
        self.failureResultOf(self.fetch())
        self.failureResultOf(self.fetch())
        self.assertTrue(stream.closed)

    def test_long(self) -> None:
        """More than a megabyte is not a key set, and is not kept either."""
        piece = b"x" * (MAX_BYTES // 2)
        self.backend.on("/keys", 200, FakeStream(piece, piece), [JSON_TYPE])
        self.backend.on("/keys", 200, FakeStream(piece, piece, b"x"), [JSON_TYPE])
        self.assertEqual(len(self.document().body), MAX_BYTES)
        self.failureResultOf(self.fetch(), ValueError)

    def test_broken(self) -> None:
        """Half a document is none; other schemes are none."""
        stream = FakeStream(b"{", ended=False)
        self.backend.on("/keys", 200, stream, [JSON_TYPE])
        fetching = self.fetch()
        stream.break_off()
        self.failureResultOf(fetching)
        self.failureResultOf(self.fetch("ftp://id.example/keys"))
        self.failureResultOf(self.fetch("nonsense"))

    def test_cancelled(self) -> None:
        """Giving up reaches the connection."""
        self.backend.hangs("/keys")
        fetching = self.fetch()
        fetching.cancel()
        self.failureResultOf(fetching)
        self.assertTrue(self.backend.calls[0].cancelled)


class _Server(Protocol):
    """Answers every request with a key set."""

    def dataReceived(self, data: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
        transport: Any = self.transport
        transport.write(head + b"{}")


class TLSTests(SynchronousTestCase):
    """Key servers that prove who they are."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        issued = AUTHORITY.server(["id.example"])
        self.tls = TLS(keys=[self.folder.pair("server", issued)])
        self.ca = self.folder.ca()
        self.leaf = self.pin(issued.certificate)

    def pin(self, certificate: bytes) -> bytes:
        key = x509.load_pem_x509_certificates(certificate)[0].public_key()
        form = PublicFormat.SubjectPublicKeyInfo
        return sha256(key.public_bytes(Encoding.DER, form)).digest()

    def fetch(self, trust: Trust, tls: TLS | None = None) -> str:
        """Fetch, and give the body or the reason."""
        clock = Clock()
        inner: Any = Factory.forProtocol(_Server)
        context = server_context(tls or self.tls, protocols=[b"http/1.1"])
        wire = Wire(TLSFactory(context, inner, Deadlines(clock)))
        self.patch(client, "client_endpoint", lambda *_: wire)
        fetching = run(fetch("https://id.example/keys", key_client(trust, edges(clock))))
        told = fetching.addCallbacks(lambda it: it.body.decode(), lambda why: str(why.value))
        wire.flush()
        said: str = self.successResultOf(told)
        return said

    def test_authorities(self) -> None:
        """An unknown authority is refused, a configured one is not, nor anybody if insecure."""
        self.assertIn("unknown authority", self.fetch(Trust()))
        self.assertEqual("{}", self.fetch(Trust(local_ca=self.ca)))
        self.assertEqual("{}", self.fetch(INSECURE))

    def test_pins(self) -> None:
        """One of the configured keys must be shown, in addition to everything else."""
        other = bytes(32)
        self.assertEqual("{}", self.fetch(Trust(False, self.ca, (), (other, self.leaf))))
        self.assertIn("pinned key", self.fetch(Trust(False, self.ca, (), (other,))))
        self.assertIn("pinned key", self.fetch(Trust(True, "", (), (other,))))
        self.assertEqual("{}", self.fetch(Trust(True, "", (), (self.leaf,))))
        self.assertIn("unknown authority", self.fetch(Trust(False, "", (), (self.leaf,))))

    def test_ciphers(self) -> None:
        """The configured suites are offered up to TLS 1.2; TLS 1.1 is too old."""
        suites = (0xC02B, 0xC02C)
        tls = TLS(self.tls.keys, "TLS12", "TLS12", ciphers=suites[:1])
        self.assertEqual("{}", self.fetch(Trust(True, "", suites[:1]), tls))
        self.assertNotEqual("{}", self.fetch(Trust(True, "", suites[1:]), tls))
        old = TLS(self.tls.keys, "TLS10", "TLS11", ciphers=(0xC009,))
        self.assertNotEqual("{}", self.fetch(INSECURE, old))
