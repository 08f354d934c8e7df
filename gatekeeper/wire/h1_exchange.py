"""One request on an HTTP/1.1 connection, and the ways to answer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from gatekeeper.wire.exchange import BodyStream, Lines
from gatekeeper.wire.h1_request import Head
from gatekeeper.wire.h1_write import Unsendable, answer_head, may_have_body

if TYPE_CHECKING:
    from gatekeeper.wire.h1_channel import HTTPChannel

__all__ = ["H1Exchange", "H1Sink"]

_log = Logger()

_TOGETHER = 16 << 10
"""Up to here copying a body behind its head is cheaper than a second write."""

_PIECE = 128 << 10
"""Larger bodies are handed over in pieces, so that we see whether the client takes them."""


class H1Exchange:
    """See `gatekeeper.wire.exchange.Exchange`."""

    __slots__ = (
        "_rest", "_waiting", "begun", "body", "certificate", "channel", "gone", "headers",
        "host", "keep_alive", "last", "method", "peer", "secure", "target", "version",
    )  # fmt: skip

    def __init__(self, channel: HTTPChannel, head: Head, keep_alive: bool) -> None:
        (self.method, self.target, self.version, self.host, self.headers, lives, _, _) = head
        self.peer = channel.peer
        self.secure = channel.secure
        self.certificate = channel.certificate
        self.body: bytes | BodyStream = b""
        self.gone: Callable[[], None] | None = None
        self.last = not lives
        self.keep_alive = keep_alive
        self.begun = False
        self.channel = channel
        self._rest: memoryview | None = None
        self._waiting: list[Deferred[None]] | None = None

    def respond(self, status: int, headers: Lines, body: bytes) -> None:
        """Answer at once.  A second answer, or one for a client that left, is nothing."""
        channel = self.channel
        if self.begun or channel.exchange is not self:
            return
        length = len(body)
        head = self._head(status, headers, length)
        if head is None:
            return
        if not length or self.method == "HEAD" or status in {204, 304}:
            channel.write(head)
        elif length <= _TOGETHER:
            channel.write(head + body)
        else:
            channel.write(head)
            self._rest = memoryview(body)
            self._hand_over()
            return
        channel.answered(self)

    def start(self, status: int, headers: Lines, length: int | None) -> H1Sink:
        """Begin a long answer.  Its head is sent with the first bytes."""
        if self.begun or self.channel.exchange is not self:
            return H1Sink(self, b"")
        if length is None and self.version != "HTTP/1.1":
            self.keep_alive = False  # only the end of the connection can tell the end
        head = self._head(status, headers, length)
        if head is None:
            return H1Sink(self, b"")
        if not may_have_body(self.method, status):
            return H1Sink(self, head, silent=True)
        return H1Sink(self, head, length, chunked=length is None and self.version == "HTTP/1.1")

    def abort(self) -> None:
        """Close the connection, so that what was sent looks incomplete."""
        if self.channel.exchange is self:
            self.begun = True
            self.gone = None
            self.channel.cut()

    def resumed(self) -> None:
        """The client takes more."""
        if self._rest is not None:
            self._hand_over()
        waiting, self._waiting = self._waiting, None
        for one in waiting or ():
            if not one.called:
                one.callback(None)

    def left(self, error: ConnectionError) -> None:
        """The client is gone: nobody needs to go on."""
        gone, self.gone = self.gone, None
        self._rest = None
        if gone is not None:
            gone()
        if not isinstance(self.body, bytes):
            self.channel.body_failed(error)
        waiting, self._waiting = self._waiting, None
        for one in waiting or ():
            if not one.called:
                one.errback(error)

    def wait(self) -> Deferred[None]:
        """Give a Deferred for when the client takes more."""
        waiting: Deferred[None] = Deferred()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(waiting)
        return waiting

    def _hand_over(self) -> None:
        channel = self.channel
        while self._rest is not None and not channel.full and channel.exchange is self:
            piece, self._rest = self._rest[:_PIECE], self._rest[_PIECE:]
            channel.write(bytes(piece))
            if not self._rest:
                self._rest = None
                channel.answered(self)

    def _head(self, status: int, headers: Lines, length: int | None) -> bytes | None:
        """Give the head; None when the answer cannot be sent, and a 500 was sent instead."""
        self.begun = True
        channel, version = self.channel, self.version
        self.keep_alive = keep_alive = self.keep_alive and channel.continues()
        date = channel.factory.date
        if status in {204, 304}:
            framing = ""
        elif length is not None:
            framing = f"Content-Length: {length}\r\n"
        else:
            framing = "Transfer-Encoding: chunked\r\n" if version == "HTTP/1.1" else ""
        try:
            return answer_head(version, status, headers, framing, keep_alive=keep_alive, date=date)
        except Unsendable as error:
            _log.error(
                "an answer was replaced by a 500: it cannot be sent: {what}", what=str(error)
            )
        line = "Content-Length: 0\r\n"
        channel.write(answer_head(self.version, 500, (), line, keep_alive=keep_alive, date=date))
        channel.answered(self)
        return None


class H1Sink:
    """
    Where the body of a long answer goes; see `gatekeeper.wire.exchange.Sink`.

    Without `length`, `chunked` and `silent` the end of the connection is the end.

    Args:
        head: Not sent yet; b"" when there is no answer to write to any more.
        length: What was promised; more or less is a broken answer.
        chunked: Send bytes in chunks.
        silent: Send no bytes: the answer has no body.
    """

    __slots__ = ("_channel", "_chunked", "_exchange", "_head", "_left", "_open", "_silent")

    def __init__(
        self,
        exchange: H1Exchange,
        head: bytes,
        length: int | None = None,
        *,
        chunked: bool = False,
        silent: bool = False,
    ) -> None:
        self._exchange = exchange
        self._channel = exchange.channel
        self._head = head
        self._left = length
        self._chunked = chunked
        self._silent = silent
        self._open = head != b""

    def write(self, data: bytes) -> None:
        """Send some bytes, the head in front of the first."""
        if not data or not self._open or self._silent:
            return
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self.abort()
                return
        if self._channel.exchange is not self._exchange:
            return
        head, self._head = self._head, b""
        write = self._channel.write
        if self._chunked:
            write(b"%s%x\r\n%s\r\n" % (head, len(data), data))
        else:
            # In one piece also where copying is dear: a client that is woken by the head
            # alone costs more (measured: a sixth of a 1 MB answer).
            write(head + data if head else data)

    @property
    def is_full(self) -> bool:
        """Tell whether the client does not keep up, or is gone."""
        channel = self._channel
        return channel.full or not self._open or channel.exchange is not self._exchange

    def ready(self) -> Deferred[None] | None:
        """Wait for a client that does not keep up."""
        if not self._open or self._channel.exchange is not self._exchange:
            return fail(ConnectionError("the client is gone"))
        return self._exchange.wait() if self._channel.full else None

    def finish(self) -> None:
        """Complete the answer, or abort it when bytes are missing."""
        if not self._open:
            return
        if self._left:
            self.abort()
            return
        self._open = False
        end = self._head + (b"0\r\n\r\n" if self._chunked else b"")
        if end and self._channel.exchange is self._exchange:
            self._channel.write(end)
        self._channel.answered(self._exchange)

    def abort(self) -> None:
        """Cut the connection."""
        self._open = False
        self._exchange.abort()
