"""
Fetch a document from a key server.

The TLS settings of a key source are its own, not those of the backends, so each distinct
choice has a pool of connections.  What is refused here protects the keys: plain HTTP after a
redirect, unless security is switched off; compressed answers, which could be bombs; and
long ones.

Source: KrakenD documentation, "JWT validation" (``jwk_local_ca``, ``jwk_fingerprints``,
``cipher_suites``); conformance case ``https-key-sets``.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IStreamClientEndpoint

from gatekeeper import PRODUCT
from gatekeeper.config.model import ClientTLS
from gatekeeper.errors import Problems
from gatekeeper.jose.edges import Edges
from gatekeeper.tls.client import Objection, client_tls
from gatekeeper.tls.untyped import untyped
from gatekeeper.transport.endpoints import client_endpoint
from gatekeeper.wire.client import Answer, ConnectFailed, HTTPExchanges, MalformedAnswer, Origin
from gatekeeper.wire.exchange import BodyStream
from gatekeeper.wire.pool import Pool, PoolLimits

__all__ = ["MAX_BYTES", "Document", "Trust", "fetch", "key_client"]

MAX_BYTES = 1 << 20
MAX_REDIRECTS = 10

_LIMITS = PoolLimits(max_idle_total=10, idle_timeout_s=90.0, connect_timeout_s=30.0)


@frozen
class Trust:
    """
    How a key server proves who it is.

    Attributes:
        insecure: It need not, and plain HTTP will do.
        local_ca: A PEM file of authorities besides those of the system; "" is none.
        ciphers: IANA numbers up to TLS 1.2; empty is our default.
        fingerprints: SHA-256 of public keys (SPKI), of which one must be among the
            certificates that are sent; empty is any.  Checked even when insecure.
    """

    insecure: bool = False
    local_ca: str = ""
    ciphers: Sequence[int] = ()
    fingerprints: Sequence[bytes] = ()


@frozen
class Document:
    """What a key server said."""

    content_type: str
    body: bytes


def key_client(trust: Trust, edges: Edges) -> HTTPExchanges:
    """
    Make a client for key servers.

    Raises:
        ConfigError: A choice of ciphers leaves nothing.
    """
    settings = ClientTLS(
        allow_insecure_connections=trust.insecure,
        ca_certs=(trust.local_ca,) if trust.local_ca else (),
        ciphers=trust.ciphers,
    )
    wrap = client_tls(settings, edges.deadlines, Problems(), _pins(trust.fingerprints))

    def connect(origin: Origin) -> IStreamClientEndpoint:
        plain = client_endpoint(edges.clock, origin.host, origin.port)
        return wrap(plain, origin.host)

    plain = edges.http if trust.insecure else None
    return _Guarded(Pool(edges.deadlines, connect, _LIMITS), plain)


def _pins(fingerprints: Sequence[bytes]) -> Objection | None:
    if not fingerprints:
        return None

    def object_to(certificates: Sequence[x509.Certificate]) -> str:
        shown = {_fingerprint(certificate) for certificate in certificates}
        return "" if shown & set(fingerprints) else "JWK client did not find a pinned key"

    return object_to


def _fingerprint(certificate: x509.Certificate) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    key = certificate.public_key().public_bytes(serialization.Encoding.DER, form)
    return sha256(key).digest()


class _Guarded:
    """
    An `HTTPExchanges` with the rules of this module.

    Args:
        encrypted: For ``https``.
        plain: For ``http``; None refuses it.
    """

    def __init__(self, encrypted: HTTPExchanges, plain: HTTPExchanges | None) -> None:
        self._encrypted = encrypted
        self._plain = plain

    def request(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | BodyStream = b"",
    ) -> Deferred[Answer]:
        way = self._encrypted if origin.scheme == "https" else self._plain
        if way is None:
            return fail(ConnectFailed(f"redirected to {origin.netloc} without encryption"))
        lines = [line for line in headers if line[0].lower() != "accept-encoding"]
        return way.request(origin, method, target, lines, body).addCallback(_uncompressed)


def _uncompressed(answer: Answer) -> Answer:
    if any(name.lower() == "content-encoding" for name, _ in answer.headers):
        if not isinstance(answer.body, bytes):
            answer.body.close()
        raise MalformedAnswer("a compressed answer, which was not asked for")
    return answer


async def fetch(url: str, client: HTTPExchanges) -> Document:
    """
    Get a document.  The status is not looked at, as in the original.

    Raises:
        ConnectionError, ValueError: There is none, or it is too long.
        Exception: Whatever else treq has to say, such as too many redirects.
    """
    # Both take a while to import, and a gateway without key servers never needs them.
    import treq
    from treq.client import HTTPClient
    from twisted.web.client import RedirectAgent
    from twisted.web.http_headers import Headers

    from gatekeeper.wire.agent import PooledAgent

    agent: Any = RedirectAgent(untyped(PooledAgent(client)), MAX_REDIRECTS)
    headers = Headers({"User-Agent": [PRODUCT]})
    place, user = _without_user(url)
    response = await HTTPClient(agent).get(
        place, headers=headers, auth=user, allow_redirects=False, unbuffered=True
    )
    pieces = _Pieces()
    await treq.collect(response, pieces.add)
    if pieces.size > MAX_BYTES:
        raise ValueError(f"the document has more than {MAX_BYTES} bytes")
    types = response.headers.getRawHeaders("Content-Type", [""])
    return Document(types[0], b"".join(pieces.found))


class _Pieces:
    """The beginning of a body; what comes after too much is counted, not kept."""

    def __init__(self) -> None:
        self.found: list[bytes] = []
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= MAX_BYTES:
            self.found.append(piece)


def _without_user(url: str) -> tuple[str, Any]:
    """Take user and password out of a URL; they are sent as a header."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    host = parts.netloc.rpartition("@")[2]
    user = unquote(parts.username or ""), unquote(parts.password or "")
    return parts._replace(netloc=host).geturl(), user
