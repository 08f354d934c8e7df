"""
What flows through the gateway: frozen values, from the client's request to its reply.

A `ClientRequest` is what the wire read.  The endpoint makes a `Request` of it: only
what the configuration lets through.  The pipe gives back a `Response`, which is
`Decoded` (data that can be filtered and merged) or `Streamed` (bytes that pass
through).  Rendering makes a `Reply` of that, which the wire writes.

Text of headers and targets is latin-1: every byte of the wire is one character.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias, Union

from attrs import evolve, field, frozen

from gatekeeper.errors import BackendError

__all__ = [
    "JSON",
    "Body",
    "BodyStream",
    "ClientRequest",
    "Decoded",
    "Double",
    "Headers",
    "Lines",
    "Number",
    "Reply",
    "Request",
    "Response",
    "Streamed",
    "canonical",
]

JSON: TypeAlias = Any
"""
`None`, `bool`, `str`, `int`, `float`, `Number`, `Double`, `list` or `dict` of these.

`int`, `float` and `Number` are numbers that a backend wrote; the first two only where
printing them gives exactly the backend's spelling.  `Double` is a number of our own.
"""

Headers: TypeAlias = Mapping[str, Sequence[str]]
"""Canonical names (``X-Forwarded-For``) to their values, in order of arrival."""

Lines: TypeAlias = Sequence[tuple[str, str]]
"""Header lines as they stand on the wire: repeated names are repeated lines."""


class Number(str):
    """
    A number as a backend spelled it, such as ``1.10``, ``1E5`` or 20 digits.

    It is text so that nothing can change its digits; encoders write it without quotes.
    """

    __slots__ = ()


class Double(float):
    """
    A number from the configuration or a script: an IEEE double.

    Encoders write it as Go does (``1``, ``1e+21``), YAML without quotes.
    """

    __slots__ = ()


class BodyStream(Protocol):
    """
    Bytes that arrive while they are read; they can be read once.

    Attributes:
        length: How many there will be, or None when that is not known.
    """

    length: int | None

    async def read(self) -> bytes:
        """
        Give the next bytes, or ``b""`` at the end.

        Not reading is back-pressure: the sender is told to stop.

        Raises:
            ConnectionError: The other side left, or broke its framing, in the middle.
        """

    def close(self) -> None:
        """Say that nothing more will be read; the connection may be closed.  Idempotent."""


Body: TypeAlias = Union[bytes, BodyStream]
"""Whole bodies are `bytes`; ``b""`` is no body."""


_CANONICAL: dict[str, str] = {}
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def canonical(name: str) -> str:
    """
    Spell a header name as ``X-Forwarded-For``.

    A name with a byte that may not stand in one is left as it is.

    Source: specification of the core, section 2.10.
    """
    known = _CANONICAL.get(name)
    if known is None:
        known = name
        if _TOKEN.issuperset(name):
            known = "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
        if len(_CANONICAL) < 4096:  # names come from clients: never an endless table
            _CANONICAL[name] = known
    return known


@frozen
class ClientRequest:
    """
    A request as the client sent it.

    Attributes:
        method: As sent, e.g. ``GET``.
        target: As sent, e.g. ``/a%20b?x=1``.
        path: The percent-decoded path, without the query.
        query: The raw query, without ``?``; "" when there is none.
        version: ``HTTP/1.1``.
        headers: All of them but ``Host``.
        host: The value of ``Host``; "" when there was none.
        peer: The address of the other end of the connection, without port.
        secure: Whether the connection is encrypted.
        body: Small bodies are whole already; longer ones are a stream.
        params: What the route captured: names as the configuration spells them.
        client_ip: The client's address after proxies (specification, section 7.5).
        certificate: The client's certificate (DER) when mutual TLS verified one.
    """

    method: str
    target: str
    path: str
    query: str
    version: str
    headers: Headers
    host: str
    peer: str
    secure: bool
    body: Body
    params: Mapping[str, str] = {}
    client_ip: str = ""
    certificate: bytes | None = None

    def carrying(self, headers: Headers, params: Mapping[str, str]) -> ClientRequest:
        """Give the same request with other headers and parameters."""
        return evolve(self, headers=headers, params=params)


@frozen
class Request:
    """
    A request on its way to backends.

    Attributes:
        method: What the backend will be asked with.
        path: The endpoint's path for clients; from the request builder on, the
            backend's path with substituted parameters, and its own query if the
            pattern has one.
        params: Parameters with an upper-case first letter (``Id``, ``JWT.sub``,
            ``Resp0_id``).
        query: What may be forwarded: decoded names to values, in order of arrival.
        headers: What may be forwarded, by canonical name.
        body: The client's body.  A stream can be read by one backend only, so the
            pipe buffers it where several need it.
        url: From the balancer on: the whole URL.
    """

    method: str
    path: str
    params: Mapping[str, str]
    query: Headers
    headers: Headers
    body: Body = b""
    url: str = ""


@frozen
class Decoded:
    """
    Data from one or more backends.

    Attributes:
        data: An object, or None for a body that was ``null``.  Owned by who holds
            the response: stages may change it in place.
        complete: Whether nothing is missing.
        status: What a client gets; components may set it.
        headers: Headers that components add to the reply.
        error: What failed although there is data (one part of a merge).
    """

    data: dict[str, JSON] | None
    complete: bool = True
    status: int = 200
    headers: Headers = {}
    error: BackendError | None = None


@frozen
class Streamed:
    """
    A backend's answer that passes through unread.

    Attributes:
        status: The backend's.
        headers: The backend's lines, without those that belong to its connection.
        body: What is read is sent; who drops the response must `close` a stream.
        length: The body's length when the backend said so.
        complete: Shown as ``X-Krakend-Completed``; only static data makes it true.
    """

    status: int
    headers: Lines
    body: Body
    length: int | None = None
    complete: bool = False


Response: TypeAlias = Union[Decoded, Streamed]


@frozen
class Reply:
    """
    What a client gets.

    Attributes:
        status: From 200 to 599.
        headers: Lines without ``Date``, ``Connection``, ``Content-Length`` and
            ``Transfer-Encoding``; those are the wire's.
        body: A stream is sent as it comes.
        length: Length of a stream when it is known; otherwise it is sent in chunks.
        errors: Texts for the access log.
        source: The pipe's response, or its error, that an endpoint made this of; None for
            what a component made.  For those that answer with the same data otherwise.
    """

    status: int
    headers: Lines = ()
    body: Body = b""
    length: int | None = None
    errors: Sequence[str] = field(default=())
    source: Response | Exception | None = field(default=None, eq=False, repr=False)
