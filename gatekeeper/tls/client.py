"""
Our side of TLS towards backends: whom we trust, and proving that it is really them.

A backend's certificate must come from an authority that we trust *and* be made out to the
name or address that the configuration says.  Both are checked inside the handshake, so
that nothing is sent to the wrong party.  Only ``allow_insecure_connections`` switches this
off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from cryptography import x509
from OpenSSL import SSL, crypto
from service_identity.cryptography import extract_patterns
from service_identity.exceptions import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import NoProtocol
from twisted.internet.interfaces import (
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IProtocol,
    IProtocolFactory,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.config.model import ClientTLS
from gatekeeper.errors import Problems
from gatekeeper.tls.context import context, trust
from gatekeeper.tls.files import UnusableFile, expiry_warning, read_pair, utc_now
from gatekeeper.tls.identity import Identities
from gatekeeper.tls.reasons import HandshakeFailed, chain_reason, explain, name_reason
from gatekeeper.tls.records import RecordProtocol
from gatekeeper.tls.untyped import untyped
from gatekeeper.wire.deadlines import Deadlines, Ticket

__all__ = ["HANDSHAKE_S", "Objection", "WrapTLS", "client_context", "client_tls"]

HANDSHAKE_S = 10.0
"""Fixed.  Source: KrakenD documentation has no setting for it."""

POINTER = "/client_tls"

WrapTLS: TypeAlias = Callable[[IStreamClientEndpoint, str], IStreamClientEndpoint]
"""Takes a plain endpoint and the host that must be there, gives the endpoint with TLS."""

Objection: TypeAlias = Callable[[Sequence[x509.Certificate]], str]
"""Takes the certificates that the other side sent; tells why we do not want it, or nothing."""


def client_tls(
    settings: ClientTLS,
    deadlines: Deadlines,
    problems: Problems | None = None,
    object_to: Objection | None = None,
) -> WrapTLS:
    """
    Read the files of a ``client_tls`` block and give a way to put TLS on endpoints.

    The connection is ready when the handshake is: `connect` fails with `HandshakeFailed`
    when the backend is not who it should be, does not speak TLS or takes ten seconds.

    Args:
        settings: The block, or its defaults.
        deadlines: For the time limit.
        problems: Gets warnings; everything fatal is raised together.
        object_to: A further check, made even when verification is off.

    Raises:
        ConfigError: A choice of ciphers or curves leaves nothing.
    """
    problems = problems if problems is not None else Problems()
    shared = client_context(settings, problems)
    problems.check()
    verified = not settings.allow_insecure_connections

    def wrap(plain: IStreamClientEndpoint, host: str) -> IStreamClientEndpoint:
        connections = _Connections(shared, host, verified)
        made = _TLSEndpoint(plain, connections, deadlines, object_to)
        endpoint: IStreamClientEndpoint = untyped(made)
        return endpoint

    return wrap


def client_context(settings: ClientTLS, problems: Problems) -> SSL.Context:
    """Make the one context that all connections to backends share."""
    versions = (settings.min_version, settings.max_version)
    made = context(versions, settings.ciphers, settings.curves, problems, POINTER)
    made.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    if settings.allow_insecure_connections:
        made.set_verify(SSL.VERIFY_NONE)
    else:
        made.set_verify(SSL.VERIFY_PEER)
        trust(
            made,
            settings.ca_certs,
            system_pool=not settings.disable_system_ca_pool,
            problems=problems,
            pointer=POINTER,
        )
    _show_certificates(made, settings, problems)
    return made


def _show_certificates(made: SSL.Context, settings: ClientTLS, problems: Problems) -> None:
    """
    Use the pairs that can be loaded; the others are skipped with a warning.

    A pair that cannot be loaded does not stop the start, as in the original: the backend
    decides whether it lets us in without.
    """
    identities = Identities()
    for index, files in enumerate(settings.client_certs):
        pointer = f"{POINTER}/client_certs/{index}"
        try:
            pair = read_pair(files)
            identities.add(pair)
        except UnusableFile as error:
            problems.add(pointer, f"ignored: {error}", fatal=False)
            continue
        warning = expiry_warning(files.certificate, pair.chain[0], utc_now())
        if warning:
            problems.add(pointer, warning, fatal=False)
    identities.show_to_servers_of(made)


@implementer(IOpenSSLClientConnectionCreator)
class _Connections:
    """Make OpenSSL connections towards one host."""

    def __init__(self, shared: SSL.Context, host: str, verified: bool) -> None:
        self.shared = shared
        self.verified = verified
        self.is_address = isIPAddress(host) or isIPv6Address(host)
        self.host = host if self.is_address else host.rstrip(".").encode("idna").decode("ascii")
        self.identity = (IPAddress_ID if self.is_address else DNS_ID)(self.host)

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Called by Twisted when a connection is there."""
        connection = SSL.Connection(self.shared, None)
        if not self.is_address:  # RFC 6066, section 3: no addresses
            connection.set_tlsext_host_name(self.host.encode("ascii"))
        if self.verified:
            connection.set_verify(SSL.VERIFY_PEER, self._verifier(tlsProtocol))
        return connection

    def _verifier(self, protocol: Any) -> Callable[..., bool]:
        def verify(
            connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int
        ) -> bool:
            del connection
            if not ok:
                protocol.refusal = chain_reason(code)
            elif depth == 0:
                protocol.refusal = self._stranger(certificate)
            return not protocol.refusal

        return verify

    def _stranger(self, certificate: crypto.X509) -> str:
        """Tell why this is not the host that we wanted, or nothing."""
        shown = certificate.to_cryptography()
        try:
            verify_service_identity(extract_patterns(shown), [self.identity], [])
        except (VerificationError, CertificateError, ValueError):
            return name_reason(shown, self.host, self.is_address)
        return ""


class _ClientProtocol(RecordProtocol):
    """
    One connection to a backend.

    Attributes:
        refusal: Why we do not want this backend, or nothing.
    """

    factory: _Factory
    refusal = ""
    _deadline: Ticket | None = None

    def makeConnection(self, transport: Any) -> None:
        """Limit the handshake."""
        self._deadline = self.factory.deadlines.start(HANDSHAKE_S, self._too_late)
        untyped(super()).makeConnection(transport)

    def _too_late(self) -> None:
        self.refusal = "net/http: TLS handshake timeout"
        untyped(self).abortConnection()

    def _checkHandshakeStatus(self) -> None:
        untyped(super())._checkHandshakeStatus()
        if not self._handshakeDone or self._deadline is None or self.refusal:
            return
        if self.factory.object_to is not None:
            self.refusal = self.factory.object_to(_sent(self._tlsConnection))
            if self.refusal:
                untyped(self).abortConnection()
                return
        self._deadline.stop()
        self._deadline = None
        self._begin()

    def _begin(self) -> None:
        """Make the protocol that sees clear text; until now there was a stand-in."""
        transport: Any = self.transport
        inner: Any = self.factory.application.buildProtocol(transport.getPeer())
        if inner is None:
            untyped(self).abortConnection()
            self.factory.fail(NoProtocol())
            return
        self.wrappedProtocol = inner
        inner.makeConnection(self)
        if IHandshakeListener.providedBy(inner):
            inner.handshakeCompleted()
        self.factory.succeed(inner)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell whoever waits for the handshake."""
        early = self._deadline is not None
        if self._deadline is not None:
            self._deadline.stop()
            self._deadline = None
        cause = self._reason or reason
        untyped(super()).connectionLost(reason)
        if early:
            self.factory.fail(
                HandshakeFailed(self.refusal or explain(cause.value or ConnectionError()))
            )


def _sent(connection: Any) -> Sequence[x509.Certificate]:
    return connection.get_peer_cert_chain(as_cryptography=True) or ()


class _Factory(TLSMemoryBIOFactory):
    """Makes one connection and remembers who waits for it."""

    protocol = _ClientProtocol

    def __init__(
        self,
        creator: IOpenSSLClientConnectionCreator,
        application: IProtocolFactory,
        deadlines: Deadlines,
        waiting: Deferred[IProtocol],
        object_to: Objection | None,
    ) -> None:
        stand_in: Any = Factory.forProtocol(Protocol)
        super().__init__(creator, True, stand_in, untyped(deadlines.clock))
        self.application: Any = application
        self.deadlines = deadlines
        self.waiting: Deferred[IProtocol] | None = waiting
        self.object_to = object_to

    def succeed(self, protocol: IProtocol) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.callback(protocol)

    def fail(self, reason: Failure | Exception) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.errback(reason)


@implementer(IStreamClientEndpoint)
class _TLSEndpoint:
    """An endpoint whose connections are ready when their handshake is."""

    def __init__(
        self,
        plain: IStreamClientEndpoint,
        creator: _Connections,
        deadlines: Deadlines,
        object_to: Objection | None,
    ) -> None:
        self.plain = plain
        self.creator = creator
        self.deadlines = deadlines
        self.object_to = object_to

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect, shake hands, and give the inner protocol."""
        connected: list[TLSMemoryBIOProtocol] = []

        def cancel(_: Deferred[IProtocol]) -> None:
            factory.waiting = None
            if connected:
                connected[0].abortConnection()
            else:
                connecting.cancel()

        waiting: Deferred[IProtocol] = Deferred(cancel)
        factory = _Factory(
            untyped(self.creator), protocolFactory, self.deadlines, waiting, self.object_to
        )
        connecting: Deferred[Any] = untyped(self.plain).connect(factory)
        connecting.addCallbacks(connected.append, factory.fail)
        return waiting
