"""
The interface of an HTTP client, as the hot path sees it.

`gatekeeper.wire.pool.Pool` is the real one; `gatekeeper.testing.FakeBackend` the fake.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from twisted.internet.defer import Deferred

from gatekeeper.wire.exchange import BodyStream, Lines

__all__ = [
    "Answer",
    "Asks",
    "ConnectFailed",
    "ConnectionBroken",
    "ExchangeError",
    "HTTPExchanges",
    "MalformedAnswer",
    "Origin",
    "Running",
]


class Origin(NamedTuple):
    """
    Where a request goes.  Connections are pooled by this value.

    Attributes:
        scheme: ``http`` or ``https``.
        host: A name or an address; IPv6 without brackets.
        port: Always set.
    """

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """What ``Host`` says: without the port when it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


class Answer(NamedTuple):
    """
    What a backend said.

    Attributes:
        headers: Lines as received, without framing and connection management
            (``Transfer-Encoding``, ``Connection: close``); names as spelled there.
        body: Whole when it arrived together with the head; otherwise a stream, which
            must be read to its end or closed.
        length: What ``Content-Length`` said, or None.
        encoded: False when there is certainly no ``Content-Encoding``.
    """

    status: int
    reason: str
    headers: Lines
    body: bytes | BodyStream
    length: int | None = None
    encoded: bool = True


class Running(Protocol):
    """An exchange that has begun."""

    def cancel(self) -> object:
        """Give it up; unless it has ended, its `failed` is told a `CancelledError`."""


class ExchangeError(ConnectionError):
    """An exchange failed; the text is the cause as Go would print it."""


class ConnectFailed(ExchangeError):
    """No connection: refused, unreachable, unresolvable, or its TLS was not acceptable."""


class ConnectionBroken(ExchangeError):
    """The backend closed or reset the connection before its answer was complete."""


class MalformedAnswer(ExchangeError):
    """What came is not an HTTP answer that can be trusted."""


class HTTPExchanges(Protocol):
    """Something that carries requests to origins."""

    def request(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | BodyStream = b"",
    ) -> Deferred[Answer]:
        """
        Send one request; fires when the answer's head is there.

        The caller gives every header line but framing: `Host` is added when it is
        missing; ``Content-Length`` (when the body is whole or its length is known) or
        ``Transfer-Encoding: chunked`` are the client's, and lines with these names are
        ignored.  Cancelling closes the connection.

        Raises (through the Deferred):
            ConnectFailed, ConnectionBroken, MalformedAnswer: See there.
            ValueError: Something would break the request line or a header line.
        """


class Asks(HTTPExchanges, Protocol):
    """The same with callbacks, for those who want no Deferred."""

    def ask(  # noqa: PLR0917 - `request`, and two functions
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | BodyStream,
        answered: Callable[[Answer], object],
        failed: Callable[[BaseException], object],
    ) -> Running:
        """
        Send one request; one of the functions is called, once, with what `request` gives.

        They must not raise.
        """
