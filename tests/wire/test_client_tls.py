"""Tests for the pool on Twisted's own TLS endpoints: real handshakes on loopback."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL.crypto import X509, PKey
from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import (
    SSL4ServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    wrapClientTLS,
)
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    KeyPair,
    PrivateCertificate,
    optionsForClientTLS,
    trustRootFromCertificates,
)
from twisted.trial.unittest import TestCase

from gatekeeper.wire.client import ExchangeError, Origin
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.pool import Pool
from tests.wire.backends import OK

NAME = "backend.example"
VERIFY = "tls: failed to verify certificate: x509: "


def certificate(names: list[str]) -> PrivateCertificate:
    """Make a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "backend")])
    now = datetime.now(UTC)
    alternatives: list[x509.GeneralName] = [
        x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        for name in names
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private: Any = key
    pair = KeyPair(PKey.from_cryptography_key(private))
    together: PrivateCertificate = PrivateCertificate.fromCertificateAndKeyPair(
        Certificate(X509.from_cryptography(made)), pair
    )
    return together


class Answering(Protocol):
    """Answer every request."""

    def dataReceived(self, data: bytes) -> None:
        transport: Any = self.transport
        transport.write(OK)


class Plain(Protocol):
    """Speak without TLS."""

    def dataReceived(self, data: bytes) -> None:
        transport: Any = self.transport
        transport.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class TLSTests(TestCase):
    """One request to a backend with a certificate."""

    trusted: PrivateCertificate

    def connect(self, origin: Origin) -> Any:
        options = optionsForClientTLS(NAME, trustRoot=trustRootFromCertificates([self.trusted]))
        plain: Any = TCP4ClientEndpoint(reactor, "127.0.0.1", origin.port)
        return wrapClientTLS(options, plain)

    @inlineCallbacks
    def ask(
        self, server: PrivateCertificate | type[Protocol]
    ) -> Generator[Deferred[Any], Any, str]:
        """Give what an exchange led to; nothing may be left open."""
        clock: Any = reactor
        pool = Pool(Deadlines(clock), self.connect)
        port = yield self.listen(server)
        origin = Origin("https", NAME, port.getHost().port)
        try:
            answer = yield pool.request(origin, "GET", "/", [])
        except ExchangeError as error:
            outcome = f"{type(error).__name__}: {error}"
        else:
            outcome = str(answer.body)
        pool.close()
        while pool.open:
            pause: Deferred[None] = Deferred()
            clock.callLater(0.01, pause.callback, None)
            yield pause
        yield port.stopListening()
        return outcome

    def listen(self, server: PrivateCertificate | type[Protocol]) -> Any:
        if isinstance(server, PrivateCertificate):
            options = CertificateOptions(
                privateKey=server.privateKey.original, certificate=server.original
            )
            endpoint: Any = SSL4ServerEndpoint(reactor, 0, options, interface="127.0.0.1")
            return endpoint.listen(quiet(Answering))
        return TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(quiet(server))

    @inlineCallbacks
    def check(
        self, server: PrivateCertificate | type[Protocol], expected: str
    ) -> Generator[Deferred[Any], Any, None]:
        outcome = yield self.ask(server)
        self.assertEqual(outcome, expected)

    def test_trusted(self) -> Deferred[None]:
        """A backend that is who it says is asked."""
        self.trusted = certificate([NAME])
        return self.check(self.trusted, "b'ok'")

    def test_unknown_authority(self) -> Deferred[None]:
        """A certificate that nobody vouches for."""
        self.trusted = certificate([NAME])
        return self.check(
            certificate([NAME]),
            f"ConnectFailed: {VERIFY}certificate signed by unknown authority",
        )

    def test_other_name(self) -> Deferred[None]:
        """A certificate of somebody else."""
        self.trusted = certificate(["other.example"])
        return self.check(
            self.trusted, f"ConnectFailed: {VERIFY}certificate is not valid for backend.example"
        )

    def test_plain(self) -> Deferred[None]:
        """A backend without TLS."""
        self.trusted = certificate([NAME])
        return self.check(
            Plain, "ConnectFailed: tls: first record does not look like a TLS handshake"
        )


def quiet(protocol: type[Protocol]) -> Any:
    """Make a factory that does not log."""
    factory = Factory.forProtocol(protocol)
    factory.noisy = False
    return factory
