"""Which certificate a backend is shown, proved by handshakes."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS, ClientTLS
from gatekeeper.tls.authority import Authority, Issued
from gatekeeper.tls.files import read_pair
from gatekeeper.tls.identity import accepts
from tests.tls.wires import AUTHORITY, Folder, Meeting

PARTNER = Authority("Partner CA")
STRANGER = Authority("Stranger")


class IdentityTests(SynchronousTestCase):
    """Two certificates of ours, for two kinds of backends."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.first = self.folder.pair("first", AUTHORITY.client("first"))
        self.second = self.folder.pair("second", PARTNER.client("second"))
        self.settings = ClientTLS(
            ca_certs=[self.folder.ca()], client_certs=[self.first, self.second]
        )

    def backend(self, *authorities: Authority) -> TLS:
        """Make a backend that asks for a certificate of one of these."""
        files = [
            self.folder.write(f"{at}.pem", one.certificate) for at, one in enumerate(authorities)
        ]
        return TLS(
            keys=[self.folder.pair("server", AUTHORITY.server(["shop.example"]))],
            enable_mtls=True,
            client_cas=files,
            disable_system_ca_pool=True,
        )

    def shown(self, tls: TLS, settings: ClientTLS | None = None) -> str:
        """Give the name that the backend sees; "" when it lets us not in."""
        meeting = Meeting(tls, settings or self.settings)
        if meeting.client is None or meeting.say(b"hi") != b"hi":
            return ""
        transport: Any = meeting.server.transport
        certificate = transport.getHandle().get_peer_certificate(as_cryptography=True)
        return "" if certificate is None else str(certificate.subject.rfc4514_string())

    def test_what_the_backend_accepts(self) -> None:
        """Decides; with both, the order of the configuration does."""
        for version in ("TLS12", "TLS13"):
            for authorities, expected in [
                ([AUTHORITY], "CN=first"),
                ([PARTNER], "CN=second"),
                ([PARTNER, AUTHORITY], "CN=first"),
                ([STRANGER, PARTNER], "CN=second"),
                ([STRANGER], ""),
            ]:
                with self.subTest(version=version, expected=expected):
                    tls = evolve(
                        self.backend(*authorities), min_version=version, max_version=version
                    )
                    settings = evolve(self.settings, min_version="TLS12")
                    self.assertEqual(expected, self.shown(tls, settings))

    def test_a_backend_that_names_nobody(self) -> None:
        """Gets the first; whether it likes that is its business."""
        for authority, expected in [(AUTHORITY, "CN=first"), (PARTNER, "")]:
            tls = evolve(self.backend(authority), disable_system_ca_pool=False)
            self.assertEqual(expected, self.shown(tls))

    def test_a_backend_that_does_not_ask(self) -> None:
        """Sees nothing."""
        self.assertEqual("", self.shown(evolve(self.backend(), enable_mtls=False)))

    def test_the_backend_is_verified_all_the_same(self) -> None:
        """Choosing does not switch anything off."""
        for host, settings in [
            ("other.example", self.settings),
            ("shop.example", evolve(self.settings, ca_certs=[], disable_system_ca_pool=True)),
        ]:
            meeting = Meeting(self.backend(AUTHORITY), settings, host)
            self.assertIn("failed to verify certificate", str(meeting.error))

    def test_chains(self) -> None:
        """The issuer of any certificate in our file counts, and the whole file is sent."""
        issued = PARTNER.client("third")
        chain = issued.certificate + AUTHORITY.certificate
        pair = read_pair(self.folder.pair("chain", Issued(chain, issued.key)))
        for authority, expected in [(PARTNER, True), (AUTHORITY, True), (STRANGER, False)]:
            name = x509.load_pem_x509_certificate(authority.certificate).subject.public_bytes()
            self.assertEqual(expected, accepts([name], pair))
        self.assertTrue(accepts([], pair))
        settings = evolve(
            self.settings, client_certs=[self.folder.pair("chain", Issued(chain, issued.key))]
        )
        meeting = Meeting(self.backend(PARTNER), settings)
        self.assertEqual(b"hi", meeting.say(b"hi"))
        transport: Any = meeting.server.transport
        sent = transport.getHandle().get_peer_cert_chain(as_cryptography=True)
        self.assertEqual(["CN=Test CA"], [one.subject.rfc4514_string() for one in sent])
