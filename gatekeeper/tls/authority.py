"""
A small certificate authority of our own.

For trials, tests and closed networks: one root, and certificates for servers and clients
that it signs.  Not for the public internet, and nothing here is kept: whoever wants to keep
something writes `Issued.certificate` and `Issued.key` to files of mode 0600.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "Issued"]

_AUTHORITY_DAYS = 3650
_DAYS = 397
"""As long as browsers accept.  Source: CA/Browser Forum, Baseline Requirements, 6.3.2."""


@frozen
class Issued:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """
    Somebody who vouches for others.

    Args:
        name: What its certificate is called.
        now: The time at which everything is issued; now, unless a test wants another.
    """

    def __init__(self, name: str = "Gatekeeper internal CA", now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _common_name(name)
        builder = self._builder(self._name, self._key, _AUTHORITY_DAYS)
        builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
        builder = builder.add_extension(_usage(authority=True), critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())

    @property
    def certificate(self) -> bytes:
        """What others must trust, PEM."""
        return _pem(self._certificate)

    @property
    def issued(self) -> Issued:
        """The authority itself, with its key."""
        return Issued(self.certificate, _key_pem(self._key))

    def server(self, names: Sequence[str], days: int = _DAYS) -> Issued:
        """
        Vouch for a server.

        Args:
            names: DNS names (``*.example.com`` too) and IP addresses, the first names it.
            days: How long; negative makes one that has expired.
        """
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        return self._issue(names[0], days, ExtendedKeyUsageOID.SERVER_AUTH, alternatives)

    def client(self, name: str, days: int = _DAYS) -> Issued:
        """Vouch for a client."""
        return self._issue(name, days, ExtendedKeyUsageOID.CLIENT_AUTH, None)

    def _issue(
        self,
        name: str,
        days: int,
        usage: x509.ObjectIdentifier,
        alternatives: x509.SubjectAlternativeName | None,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_common_name(name), key, days)
        builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
        builder = builder.add_extension(_usage(authority=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
            critical=False,
        )
        if alternatives is not None:
            builder = builder.add_extension(alternatives, critical=False)
        return Issued(_pem(builder.sign(self._key, hashes.SHA256())), _key_pem(key))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
    ) -> x509.CertificateBuilder:
        ends = self.now + timedelta(days=days)
        begins = min(self.now, ends) - timedelta(days=1)  # clocks differ
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(begins).not_valid_after(ends)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return builder.add_extension(identifier, critical=False)


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii") if not name.isascii() else name)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
