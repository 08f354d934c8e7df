"""
Answer requests of a stock `twisted.web.server.Site`.

A `twisted.web` request is dressed up as an exchange; what answers it is the same as for our
own channel.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from zope.interface import implementer

from gatekeeper.message import canonical
from gatekeeper.wire.exchange import BodyStream, Exchange, Lines, Sink

__all__ = ["NOT_DONE_YET", "GatewayResource", "StockExchange"]

NOT_DONE_YET = 1
"""As in `twisted.web.server`, which is not imported: a gateway on its own has no use for it."""

General: TypeAlias = Callable[[Exchange, str, str], None]
"""Answers an exchange; takes also the target below the mount, and the mount."""

_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})
_NOT_PASSED = frozenset({"Host", "Trailer", "Transfer-Encoding"})


class StockExchange:
    """An `Exchange` over a `twisted.web` request."""

    def __init__(self, request: Any) -> None:
        self._request = request
        self.method = request.method.decode("latin-1")
        self.target = request.uri.decode("latin-1")
        self.version = request.clientproto.decode("latin-1")
        self.headers: dict[str, list[str]] = {}
        self.host = ""
        for raw, values in request.requestHeaders.getAllRawHeaders():
            name = canonical(raw.decode("latin-1"))
            if name not in _NOT_PASSED:
                self.headers[name] = [value.decode("latin-1") for value in values]
            elif name == "Host":
                self.host = values[0].decode("latin-1")
        self.peer = str(getattr(request.getClientAddress(), "host", ""))
        self.secure = bool(request.isSecure())
        self.certificate: bytes | None = None
        self.body: bytes | BodyStream = request.content.read() if request.content else b""
        self.gone: Callable[[], None] | None = None
        self._is_over = False
        request.notifyFinish().addErrback(self._left)

    def respond(self, status: int, headers: Lines, body: bytes) -> None:
        """Answer at once."""
        self._head(status, headers, len(body))
        if body:
            self._request.write(body)
        self._finish()

    def start(self, status: int, headers: Lines, length: int | None) -> Sink:
        """Begin a long answer."""
        self._head(status, headers, length)
        return _StockSink(self._request, self._finish, self.abort)

    def abort(self) -> None:
        """Break the connection."""
        if not self._is_over:
            self._is_over = True
            self._request.loseConnection()

    def _head(self, status: int, headers: Lines, length: int | None) -> None:
        request = self._request
        request.setResponseCode(status)
        request.defaultContentType = None
        for name, value in headers:
            self._line(name, value)
        if length is not None and status not in (204, 304):
            request.responseHeaders.setRawHeaders(b"Content-Length", [b"%d" % length])

    def _line(self, name: str, value: str) -> None:
        """Add a line; framing is the site's, and a date of a backend replaces its own."""
        lines = self._request.responseHeaders
        if name.lower() == "date":
            lines.setRawHeaders(b"Date", [value.encode("latin-1")])
        elif name.lower() not in _FRAMING:
            lines.addRawHeader(name.encode("latin-1"), value.encode("latin-1"))

    def _finish(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._request.finish()

    def _left(self, reason: Failure) -> None:
        if not self._is_over:
            self._is_over = True
            if self.gone is not None:
                self.gone()


@implementer(IPushProducer)
class _StockSink:
    """A `Sink` that stops when the transport is full."""

    def __init__(self, request: Any, finish: Callable[[], None], abort: Callable[[], None]) -> None:
        self._request = request
        self._finish = finish
        self.abort = abort
        self._paused: Deferred[None] | None = None
        request.registerProducer(self, True)

    def write(self, data: bytes) -> None:
        """Send some bytes."""
        if data:
            self._request.write(data)

    @property
    def is_full(self) -> bool:
        """Tell whether the transport is full."""
        return self._paused is not None

    def ready(self) -> Deferred[None] | None:
        """Give a Deferred while the transport is full."""
        return self._paused

    def finish(self) -> None:
        """The answer is complete."""
        self._request.unregisterProducer()
        self._finish()

    def pauseProducing(self) -> None:
        """The transport is full."""
        if self._paused is None:
            self._paused = Deferred()

    def resumeProducing(self) -> None:
        """The transport has room again."""
        paused, self._paused = self._paused, None
        if paused is not None and not paused.called:
            paused.callback(None)

    def stopProducing(self) -> None:
        """The connection is lost."""
        paused, self._paused = self._paused, None
        if paused is not None and not paused.called:
            paused.errback(ConnectionError("the client left"))


@implementer(IResource)
class GatewayResource:
    """Everything below one place of a site: a leaf, which looks at the whole path itself."""

    isLeaf = True

    def __init__(self, general: General) -> None:
        self._general = general

    def getChildWithDefault(self, name: bytes, request: Any) -> IResource:
        """Never called: this is a leaf."""
        raise NotImplementedError("the gateway's routes come from its configuration")

    def putChild(self, path: bytes, child: IResource) -> None:
        """Refuse, too."""
        raise NotImplementedError("the gateway's routes come from its configuration")

    def render(self, request: Any) -> int:
        """Answer a request for any path."""
        exchange = StockExchange(request)
        path, mark, query = exchange.target.partition("?")
        if not path.startswith("/"):
            self._general(exchange, exchange.target, "")
            return NOT_DONE_YET
        pieces = path.split("/")
        above = 1 + len(request.prepath)
        below = "/" + "/".join(pieces[above:])
        self._general(exchange, below + mark + query, "/".join(pieces[:above]))
        return NOT_DONE_YET
