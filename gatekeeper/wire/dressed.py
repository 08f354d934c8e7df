"""
An exchange whose answers carry header lines that were decided before anybody answered.

Whoever dresses an exchange need not know who will answer it, over which version of HTTP,
at once, with a stream or with an error: the lines come with every answer but those that
the wire gives by itself.  Nothing changes for exchanges that nobody dresses.
"""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.wire.exchange import Exchange, Lines, Sink

__all__ = ["Dressed", "dress"]


class Dressed:
    """
    See `gatekeeper.wire.exchange.Exchange`.

    Attributes:
        inner: The exchange as the wire made it.
        lines: What stands in front of the answer's own lines.
    """

    __slots__ = (
        "body", "certificate", "headers", "host", "inner", "lines", "method", "peer",
        "secure", "target", "version",
    )  # fmt: skip

    def __init__(self, inner: Exchange, lines: Lines) -> None:
        self.inner = inner
        self.lines = lines
        self.method = inner.method
        self.target = inner.target
        self.version = inner.version
        self.headers = inner.headers
        self.host = inner.host
        self.peer = inner.peer
        self.secure = inner.secure
        self.certificate = inner.certificate
        self.body = inner.body

    @property
    def gone(self) -> Callable[[], None] | None:
        """What the wire calls when the client leaves."""
        return self.inner.gone

    @gone.setter
    def gone(self, call: Callable[[], None] | None) -> None:
        self.inner.gone = call

    def respond(self, status: int, headers: Lines, body: bytes) -> None:
        """Answer at once."""
        self.inner.respond(status, (*self.lines, *headers), body)

    def start(self, status: int, headers: Lines, length: int | None) -> Sink:
        """Begin a long answer."""
        return self.inner.start(status, (*self.lines, *headers), length)

    def abort(self) -> None:
        """Give no answer."""
        self.inner.abort()


def dress(exchange: Exchange, lines: Lines) -> Exchange:
    """Give an exchange to go on with, whose answers carry these lines, too."""
    if type(exchange) is Dressed:
        exchange.lines = (*exchange.lines, *lines)
        return exchange
    return Dressed(exchange, lines)
