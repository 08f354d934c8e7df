"""The internal certificate authority."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address

from cryptography import x509
from cryptography.x509 import verification
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.tls.authority import Authority


class AuthorityTests(SynchronousTestCase):
    """What it issues holds before a strict judge: the verifier of `cryptography`."""

    def setUp(self) -> None:
        self.authority = Authority("Test CA", now=datetime(2026, 11, 23, tzinfo=UTC))
        root = x509.load_pem_x509_certificate(self.authority.certificate)
        builder = verification.PolicyBuilder().store(verification.Store([root]))
        self.judge = builder.time(datetime(2026, 11, 24))

    def test_servers(self) -> None:
        """Every name and address is vouched for."""
        issued = self.authority.server(["shop.example", "*.apps.example", "127.0.0.1"])
        certificate = x509.load_pem_x509_certificate(issued.certificate)
        for name in ("shop.example", "a.apps.example"):
            self.judge.build_server_verifier(x509.DNSName(name)).verify(certificate, [])
        address = x509.IPAddress(IPv4Address("127.0.0.1"))
        self.judge.build_server_verifier(address).verify(certificate, [])

    def test_names_of_other_alphabets(self) -> None:
        """They are written as DNS wants them."""
        issued = self.authority.server(["bücher.example"])
        certificate = x509.load_pem_x509_certificate(issued.certificate)
        name = x509.DNSName("xn--bcher-kva.example")
        self.judge.build_server_verifier(name).verify(certificate, [])

    def test_dates(self) -> None:
        """A certificate ends when it should, and begins a day early."""
        issued = self.authority.server(["a"], days=10)
        certificate = x509.load_pem_x509_certificate(issued.certificate)
        self.assertEqual(datetime(2026, 12, 3, tzinfo=UTC), certificate.not_valid_after_utc)
        self.assertEqual(datetime(2026, 11, 22, tzinfo=UTC), certificate.not_valid_before_utc)
