"""Whom we trust as a client, proved by handshakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve
from OpenSSL import SSL
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS, ClientTLS, KeyPair
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.tls.authority import Authority
from gatekeeper.tls.client import HANDSHAKE_S, client_context, client_tls
from gatekeeper.tls.reasons import HandshakeFailed
from gatekeeper.wire.deadlines import Deadlines
from tests.tls.wires import AUTHORITY, Folder, Meeting, Talker, Wire

NAMES = ["shop.example", "*.shops.example", "127.0.0.1", "::1"]


class VerificationTests(SynchronousTestCase):
    """Only the backend that was meant is talked to."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.tls = TLS(keys=[self.folder.pair("server", AUTHORITY.server(NAMES))])
        self.settings = ClientTLS(ca_certs=[self.folder.ca()], disable_system_ca_pool=True)

    def refused(self, meeting: Meeting) -> str:
        """Give why the client refused; nothing may have reached the server."""
        self.assertIsInstance(meeting.error, HandshakeFailed)
        self.assertIsNone(meeting.client)
        self.assertEqual(b"", meeting.server.heard)
        return str(meeting.error)

    def test_a_trusted_backend_hears_us(self) -> None:
        """Names, wildcards and addresses of the certificate are accepted."""
        for host in ("shop.example", "SHOP.example", "a.shops.example", "127.0.0.1", "::1"):
            with self.subTest(host=host):
                self.assertEqual(b"hi", Meeting(self.tls, self.settings, host).say(b"hi"))

    def test_another_name_is_refused(self) -> None:
        """A trusted certificate of somebody else does not help."""
        wanted = {
            "other.example": "not other.example",
            "a.b.shops.example": "not a.b.shops.example",
            "127.0.0.2": "is valid for 127.0.0.1, ::1, not 127.0.0.2",
        }
        for host, text in wanted.items():
            with self.subTest(host=host):
                self.assertIn(text, self.refused(Meeting(self.tls, self.settings, host)))

    def test_a_certificate_without_addresses(self) -> None:
        """An address needs a certificate made out to addresses."""
        tls = TLS(keys=[self.folder.pair("names", AUTHORITY.server(["shop.example"]))])
        text = self.refused(Meeting(tls, self.settings, "127.0.0.1"))
        self.assertIn("doesn't contain any IP SANs", text)

    def test_a_certificate_without_names(self) -> None:
        """The common name does not count."""
        tls = TLS(keys=[self.folder.pair("nameless", AUTHORITY.server(["127.0.0.1"]))])
        text = self.refused(Meeting(tls, self.settings, "shop.example"))
        self.assertIn("not valid for any names", text)

    def test_an_unknown_authority_is_refused(self) -> None:
        """The text is the original's."""
        settings = ClientTLS(ca_certs=[self.folder.ca(Authority("Stranger"))])
        self.assertEqual(
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
            self.refused(Meeting(self.tls, settings)),
        )

    def test_an_expired_certificate_is_refused(self) -> None:
        """Even of a trusted authority."""
        tls = TLS(keys=[self.folder.pair("old", AUTHORITY.server(NAMES, days=-1))])
        self.assertIn("has expired", self.refused(Meeting(tls, self.settings)))

    def test_a_certificate_of_the_future_is_refused(self) -> None:
        """Dates are looked at from both ends."""
        later = Authority("Later", now=datetime.now(UTC) + timedelta(days=30))
        tls = TLS(keys=[self.folder.pair("soon", later.server(NAMES))])
        settings = evolve(self.settings, ca_certs=[self.folder.ca(later)])
        self.assertIn("not yet valid", self.refused(Meeting(tls, settings)))

    def test_a_client_certificate_is_no_server(self) -> None:
        """What a certificate may be used for counts."""
        tls = TLS(keys=[self.folder.pair("client", AUTHORITY.client("shop.example"))])
        self.assertIn("incompatible key usage", self.refused(Meeting(tls, self.settings)))

    def test_no_verification_only_when_configured(self) -> None:
        """`allow_insecure_connections` takes anybody."""
        settings = ClientTLS(allow_insecure_connections=True)
        self.assertEqual(b"hi", Meeting(self.tls, settings, "other.example").say(b"hi"))

    def test_an_intermediate_can_be_trusted(self) -> None:
        """A listed certificate is an anchor even if it signed nothing, as in the original."""
        pair = self.tls.keys[0]
        settings = ClientTLS(ca_certs=[pair.certificate], disable_system_ca_pool=True)
        self.assertEqual(b"hi", Meeting(self.tls, settings).say(b"hi"))


class VersionTests(SynchronousTestCase):
    """Which versions of TLS backends may speak."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.keys = [self.folder.pair("server", AUTHORITY.server(NAMES))]
        self.settings = ClientTLS(ca_certs=[self.folder.ca()])

    def test_an_old_backend(self) -> None:
        """TLS 1.2 is spoken when the minimum allows it, TLS 1.1 when it was asked for."""
        table = [
            ("TLS12", "TLS12", True),
            ("TLS12", "TLS13", False),
            ("TLS11", "TLS12", False),
            ("TLS11", "TLS11", True),
            ("TLS10", "TLS10", True),
        ]
        for backend, minimum, works in table:
            with self.subTest(backend=backend, minimum=minimum):
                # Suites with SHA-1 are the only ones that old versions know.
                ciphers = [0xC009, 0xC02B]
                tls = TLS(self.keys, "TLS10", backend, ciphers=ciphers)
                settings = evolve(self.settings, min_version=minimum, ciphers=ciphers)
                self.assertEqual(works, Meeting(tls, settings).error is None)

    def test_the_text_of_a_refusal(self) -> None:
        """What the backend says is passed on in the original's words."""
        tls = TLS(self.keys, "TLS13", "TLS13")
        meeting = Meeting(tls, evolve(self.settings, max_version="TLS12"))
        self.assertEqual("remote error: tls: protocol version not supported", str(meeting.error))

    def test_suites_and_curves_are_used(self) -> None:
        """The configured suite and curve are what the handshake ends with."""
        tls = TLS(self.keys, "TLS12", "TLS12")
        meeting = Meeting(tls, evolve(self.settings, ciphers=[49196], curves=[24, 23]))
        assert meeting.client is not None
        transport: Any = meeting.client.transport
        handle: SSL.Connection = transport.getHandle()
        self.assertEqual("ECDHE-ECDSA-AES256-GCM-SHA384", handle.get_cipher_name())

    def test_nothing_left(self) -> None:
        """Curves that do not exist stop the start; old suites leave TLS 1.3 with a warning."""
        problems = Problems()
        client_context(evolve(self.settings, curves=[9999], ciphers=[4865]), problems)
        self.assertEqual(["/client_tls/curve_preferences"], [p.pointer for p in problems.fatal])
        self.assertEqual(["/client_tls/cipher_suites"], [p.pointer for p in problems.warnings])
        with self.assertRaises(ConfigError):
            client_tls(evolve(self.settings, curves=[9999]), Deadlines(Clock()))


class CertificateTests(SynchronousTestCase):
    """Showing who we are."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.tls = TLS(
            keys=[self.folder.pair("server", AUTHORITY.server(NAMES))],
            enable_mtls=True,
            client_cas=[self.folder.ca()],
            disable_system_ca_pool=True,
        )
        self.settings = ClientTLS(ca_certs=[self.folder.ca()])

    def test_the_certificate_is_shown(self) -> None:
        """A backend that asks gets it."""
        mine = self.folder.pair("client", AUTHORITY.client("gateway"))
        meeting = Meeting(self.tls, evolve(self.settings, client_certs=[mine]))
        self.assertEqual(b"hi", meeting.say(b"hi"))

    def test_files_that_cannot_be_used(self) -> None:
        """They are warnings with their place, and do not stop the start."""
        mine = self.folder.pair("client", AUTHORITY.client("gateway"))
        broken = [KeyPair("/none.pem", "/none.key"), mine, mine]
        problems = Problems()
        client_context(evolve(self.settings, ca_certs=["/none.pem"], client_certs=broken), problems)
        self.assertEqual([], problems.fatal)
        self.assertEqual(
            [
                "/client_tls/ca_certs/0: ignored: open /none.pem: no such file or directory",
                "/client_tls/client_certs/0: ignored: open /none.pem: no such file or directory",
            ],
            [str(problem) for problem in problems.warnings],
        )


class _Silent:
    """An endpoint whose connection never says anything."""

    def __init__(self) -> None:
        self.plain: Deferred[Any] = Deferred()

    def connect(self, factory: object) -> Deferred[Any]:
        return self.plain


class EndpointTests(SynchronousTestCase):
    """The endpoint's promises besides verification."""

    def setUp(self) -> None:
        self.settings = ClientTLS(ca_certs=[Folder(self.mktemp()).ca()])

    def silent(self) -> tuple[Wire, Clock, Deferred[Any]]:
        """Connect to a server that does not answer."""
        clock = Clock()
        wire = Wire(Factory.forProtocol(Protocol))
        return wire, clock, self.connect(wire, clock)

    def connect(self, plain: Any, clock: Clock) -> Deferred[Any]:
        wrapped: Any = client_tls(self.settings, Deadlines(clock))(plain, "shop.example")
        connecting: Deferred[Any] = wrapped.connect(Factory.forProtocol(Talker))
        return connecting

    def test_ten_seconds(self) -> None:
        """A handshake that takes longer fails."""
        wire, clock, connecting = self.silent()
        clock.advance(HANDSHAKE_S - 0.1)
        wire.flush()
        self.assertNoResult(connecting)
        clock.advance(0.2)
        wire.flush()
        error = self.failureResultOf(connecting, HandshakeFailed).value
        self.assertEqual("net/http: TLS handshake timeout", str(error))

    def test_cancelled_during_the_handshake(self) -> None:
        """The caller's cancel looks like a cancel, and closes the connection."""
        wire, _, connecting = self.silent()
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)
        wire.flush()
        self.assertTrue(wire.closed)

    def test_cancelled_before_the_connection(self) -> None:
        """The plain connection attempt is cancelled too."""
        plain = _Silent()
        connecting = self.connect(plain, Clock())
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)
        self.assertTrue(plain.plain.called)

    def test_a_refused_connection(self) -> None:
        """What the plain endpoint says is passed on."""
        plain = _Silent()
        connecting = self.connect(plain, Clock())
        plain.plain.errback(ConnectionRefusedError("no"))
        self.failureResultOf(connecting, ConnectionRefusedError)
