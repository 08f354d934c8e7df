"""
Carry one client connection that speaks HTTP/1.1.

At most one request is being served; later ones wait in the buffer, and reading stops when
that is full.  Whatever waits has an end: ``read_due`` for what the client owes us (the
rest of a head or body, the next request), ``send_due`` for what we owe it or it does not
take.  The factory's sweep compares both with the time now and then, so that a request
starts no timer; both are rounded up by one sweep and never early.

Who has gone?  A client that closes its connection and one that only ends its own half
look alike.  As in the original the first is assumed, and the request is cancelled, unless
the client had said that this request is its last (``Connection: close``, or HTTP/1.0
without keep-alive) or had sent others after it: then its answer is delivered.

Closing comes in three forms.  `_lose`: everything is sent, then the end.  `_linger`: the
same while input is unread; it is thrown away for a while, because closing over it would
reset the connection and with it our last words (RFC 9112, section 9.6).  `cut`: an answer
was begun and will not be complete; reset, so that the client notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from twisted.internet.interfaces import (
    IHalfCloseableProtocol,
    IPushProducer,
    ISSLTransport,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.wire.exchange import BodyStream
from gatekeeper.wire.h1_body import BodyBuffer, ChunkedDecoder, Decoder, LengthDecoder
from gatekeeper.wire.h1_exchange import H1Exchange
from gatekeeper.wire.h1_request import CHUNKED, Head, check_beginning, read_head
from gatekeeper.wire.h1_write import CONTINUE, refusal
from gatekeeper.wire.strict import Refusal

if TYPE_CHECKING:
    from gatekeeper.wire.channel import HTTPFactory

__all__ = ["HTTPChannel"]

NEVER = float("inf")

_log = Logger()


@implementer(IHalfCloseableProtocol, IPushProducer)
class HTTPChannel(Protocol):
    """
    The server's side of a connection.

    Attributes:
        exchange: The request that is being served.
        full: The client does not take what we have; nothing more should be written.
        read_due, send_due: When the connection is given up.
    """

    peer = ""
    secure = False
    certificate: bytes | None = None
    full = False
    exchange: H1Exchange | None = None

    def __init__(self, factory: HTTPFactory) -> None:
        self.factory: HTTPFactory = factory
        self.limits = factory.limits
        self.read_due = self.send_due = NEVER
        self._buffer = b""
        self._at = 0
        self._requests = 0
        self._running = False
        self._decoder: Decoder | None = None
        self._stream: BodyBuffer | None = None
        self._silent_since = 0.0
        self._silence = 0.0
        self._received = 0
        self._whole_due = self._answer_due = NEVER
        self._continue = False
        self._paused = False
        self._ended = False
        self._closing = False
        self._lingering = False
        self._discarded = 0

    # The life of a connection.

    def connectionMade(self) -> None:
        """Start the clock of the first head."""
        transport: Any = self.transport
        self.peer = getattr(transport.getPeer(), "host", "").removeprefix("::ffff:")
        self.secure = ISSLTransport.providedBy(transport)
        if ITCPTransport.providedBy(transport):
            transport.setTcpNoDelay(True)
        self.write = transport.write
        transport.registerProducer(self, True)
        self._await_head()
        self.factory.opened(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell whoever works for this client."""
        self.factory.closed(self)
        self._closing = True
        self._leave()

    def readConnectionLost(self) -> None:
        """The client says nothing more; see above for what that means."""
        self._ended = True
        exchange = self.exchange
        if self._closing or exchange is None:
            self._lose()
        elif self._decoder is not None or not (exchange.last or self._waiting()):
            self._drop()

    def writeConnectionLost(self) -> None:
        """We say nothing more; the client may still be talking."""

    def expire(self, now: float) -> None:
        """Give up what is overdue; called by the factory's sweep."""
        if self.read_due <= now or self.send_due <= now:
            if not self._closing:
                self._drop()
            elif self._lingering:
                self._lose()
            else:
                self.read_due = self.send_due = NEVER
                self._transport().abortConnection()

    # Reading.

    def dataReceived(self, data: bytes) -> None:
        """Take bytes, as they come."""
        if self._decoder is not None:
            self._body_bytes(data)
            return
        if self._closing:
            self._discard(data)
            return
        begins = self._at >= len(self._buffer)
        self._buffer = data if begins else self._buffer[self._at :] + data
        self._at = 0
        if self.exchange is None:
            served = self._requests
            self._run()
            if begins and self._requests == served and not self._closing:
                self._begin_request()
        elif len(self._buffer) > self.limits.buffer_bytes:
            self._pause()

    def _waiting(self) -> int:
        return len(self._buffer) - self._at

    def _run(self) -> None:
        """Serve what is in the buffer, one after the other."""
        if self._running:
            return
        self._running = True
        try:
            while self.exchange is None and self._at < len(self._buffer) and self._decoder is None:
                if self.full or self._closing or not self._next():
                    break
        except Refusal as error:
            self._refuse(error)
        finally:
            self._running = False
        if self.exchange is None and not self._closing:
            if self._paused and not self.full:
                self._resume()
            if self._ended and not self.full and self._decoder is None:
                self._lose()

    def _next(self) -> bool:
        """Serve one request; tell whether there was one."""
        buffer, start = self._buffer, self._at
        end = buffer.find(b"\r\n\r\n", start)
        if end < 0 or end - start > self.limits.head_bytes:
            check_beginning(buffer[start:], self.limits)
            return False
        head = read_head(buffer[start:end], self.limits)
        if head.target == "*":
            self._server_options(head, end + 4)
            return True
        self._requests += 1
        keep_alive = head.keep_alive and self._requests < self.limits.requests
        if self.secure and self._requests == 1:
            self.certificate = self.factory.certificate(self.transport)
        exchange = H1Exchange(self, head, keep_alive)
        self._at = end + 4
        self.read_due = NEVER
        if self.limits.answer_s:
            self._answer_due = self.send_due = self.factory.due(self.limits.answer_s)
        if head.length:
            exchange.body = self._body(head)
        self.exchange = exchange
        try:
            self.factory.application(exchange)
        except Exception:  # noqa: BLE001 - the last line: one bad request stops nobody else
            _log.failure("the application failed")
            exchange.respond(500, (), b"")
            if self.exchange is exchange:
                exchange.abort()
        return True

    def _server_options(self, head: Head, after: int) -> None:
        """``OPTIONS *`` asks the server as such, not the application."""
        self._requests += 1
        keep_alive = head.keep_alive and self._requests < self.limits.requests
        self._at = after
        exchange = H1Exchange(self, head, keep_alive)
        if head.length:
            exchange.body = self._body(head)
        self.exchange = exchange
        exchange.respond(200, (), b"")

    def _begin_request(self) -> None:
        """The first byte of a request is here."""
        if self.full:  # it waits behind answers that the client does not take
            self.read_due = NEVER
        elif self._requests:
            self._await_head()

    def _await_head(self) -> None:
        self.read_due = self.factory.due(self.limits.head_s)
        if self.limits.request_s:
            self._whole_due = self.factory.due(self.limits.request_s)

    # Bodies.

    def _body(self, head: Head) -> bytes | BodyStream:
        """Give the body, whole if it is here; otherwise begin to read it."""
        length, at = head.length, self._at
        if 0 < length <= len(self._buffer) - at:
            self._at = at + length
            return self._buffer[at : at + length]
        decoder: Decoder = (
            ChunkedDecoder(self.limits) if length == CHUNKED else LengthDecoder(length)
        )
        rest = self._buffer[at:] if at < len(self._buffer) else b""
        self._buffer, self._at = b"", 0
        data, behind = decoder.feed(rest)
        if behind is not None:
            self._buffer = behind
            return data
        self._decoder = decoder
        self._continue = head.expects and not rest
        self._silence = 0.0
        self._received = len(data)
        stream = BodyBuffer(
            None if length == CHUNKED else length, self._body_wanted, self._body_unwanted
        )
        stream.arrived(data)
        self._stream = stream
        self._await_body()
        return stream

    def _await_body(self) -> None:
        """Set how long the client may be silent now."""
        if self._continue or self._paused:
            self.read_due = NEVER
            return
        limits, now = self.limits, self.factory.now
        self._silent_since = now
        mib = 1 + (self._received >> 20)
        patience = min(limits.body_gap_s, mib * limits.body_s_per_mib - self._silence)
        self.read_due = min(self.factory.due(patience), self._whole_due)

    def _body_bytes(self, data: bytes) -> None:
        decoder = self._decoder
        assert decoder is not None
        self._silence += self.factory.now - self._silent_since
        try:
            part, behind = decoder.feed(data)
        except Refusal as error:
            self._decoder = None
            self._refuse(error)
            return
        self._received += len(part)
        stream = self._stream
        if behind is None:
            self._await_body()
            if stream is None:
                self._discard(part)
            else:
                stream.arrived(part)
                if stream.size > self.limits.buffer_bytes:
                    self._pause()
            if self._paused and self.exchange is not None:
                self.read_due = NEVER
            return
        self._body_complete(part, behind)

    def _body_complete(self, part: bytes, behind: bytes) -> None:
        stream, self._stream, self._decoder = self._stream, None, None
        self._continue = False
        self._buffer, self._at = behind, 0
        self.read_due = NEVER
        if stream is not None:
            stream.arrived(part)
            stream.ended()
        if self._closing:
            self._buffer = b""
        elif self.exchange is None:
            self._next_request()

    def _body_wanted(self) -> None:
        """The application reads: ask the client for the body, go on reading."""
        if self._decoder is None or self._closing:
            return
        if self._continue:
            self._continue = False
            exchange = self.exchange
            if exchange is not None and not exchange.begun:
                self.write(CONTINUE)
            self._await_body()
        if self._paused:
            self._resume()
            self._await_body()

    def _body_unwanted(self) -> None:
        """The application has closed the body: what comes is thrown away, within limits."""
        self._stream = None
        self._discarded = 0
        if self._paused and self._decoder is not None:
            self._resume()
            self._await_body()

    def body_failed(self, error: ConnectionError) -> None:
        """Nothing more of the body will come."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.failed(error)

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > self.limits.drain_bytes:
            self._pause()

    # Answering.

    def continues(self) -> bool:
        """Whether there may be another request after the answer that begins now."""
        if self.factory.draining or (self._ended and not self._waiting()):
            return False
        decoder = self._decoder
        if decoder is None:
            return True
        left = decoder.left
        return not self._continue and left is not None and left <= self.limits.drain_bytes

    def answered(self, exchange: H1Exchange) -> None:
        """The last byte of an answer was written."""
        if self.exchange is not exchange:
            return
        self.exchange = None
        if not self.full:
            self.send_due = NEVER
        self._answer_due = NEVER
        if not exchange.keep_alive:
            self._finish()
        elif self._decoder is None:
            self._next_request()
        else:
            self._drain_body()

    def _drain_body(self) -> None:
        """Read the rest of a body that nobody wants, for the request behind it."""
        stream = self._stream
        self._stream = None
        self._discarded = 0
        if stream is not None:
            stream.failed(ConnectionError("the request is answered"))
        if self._paused:
            self._resume()
        self._await_body()

    def _next_request(self) -> None:
        if self.full:  # the client has to take its answers first
            self.read_due = NEVER
        elif self._at < len(self._buffer):
            self._await_head()
            self._run()
        elif self._ended or self.factory.draining:
            self._lose()
        else:
            self.read_due = self.factory.due(self.limits.idle_s)
            if self._paused:
                self._resume()

    def _refuse(self, error: Refusal) -> None:
        """Answer what is not a request, unless an answer was begun."""
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            if exchange.begun:
                self.exchange = exchange
                self.cut()
                return
            exchange.left(ConnectionError("the request is malformed"))
        if not self._closing:
            self.write(refusal(error.status, error.text))
            self._linger(self.limits.linger_s)

    # Closing.

    def _finish(self) -> None:
        """Close after an answer."""
        if self._decoder is not None:
            self._linger(self.limits.send_s)
        elif self._waiting():
            self._linger(self.limits.linger_s)
        else:
            self._lose()

    def _linger(self, seconds: float) -> None:
        if self._ended:
            self._lose()
            return
        transport = self._close()
        self._lingering = True
        self._discarded = 0
        self.read_due = self.factory.due(seconds)
        if self._paused:
            self._resume()
        half = getattr(transport, "loseWriteConnection", None)
        if half is not None and not self.secure:
            half()

    def _lose(self) -> None:
        transport = self._close()
        self._lingering = False
        self.read_due = NEVER
        self.send_due = self.factory.due(self.limits.send_s)
        transport.loseConnection()

    def _close(self) -> Any:
        transport = self._transport()
        if not self._closing:
            self._closing = True
            self.body_failed(ConnectionError("the connection is closed"))
            self._decoder = None
            self._buffer, self._at = b"", 0
            self.read_due = self.send_due = NEVER
            transport.unregisterProducer()
        return transport

    def cut(self) -> None:
        """End the connection now; the client notices if an answer was begun."""
        transport = self._close()
        self._leave()
        self.send_due = self.factory.due(0)
        transport.abortConnection()

    def _drop(self) -> None:
        """End the connection: reset it only if something that was begun is lost."""
        exchange = self.exchange
        if self.full or (exchange is not None and exchange.begun):
            self.cut()
            return
        self._lose()
        self._leave()

    def _leave(self) -> None:
        exchange, self.exchange = self.exchange, None
        error = ConnectionError("the client is gone")
        if exchange is not None:
            exchange.left(error)
        self.body_failed(error)

    def drain(self, idle_s: float) -> None:
        """No more requests; one that has begun to arrive is served."""
        if self.exchange is None and not self._closing and not self._waiting():
            if self._decoder is not None:
                return
            if idle_s > 0:
                self.read_due = min(self.read_due, self.factory.due(idle_s))
            else:
                self._lose()

    def abort(self) -> None:
        """End the connection whatever it is doing."""
        self._drop()

    # Back-pressure.

    def pauseProducing(self) -> None:
        """The client does not take what we write."""
        self.full = True
        self.send_due = min(self.send_due, self.factory.due(self.limits.send_s))

    def resumeProducing(self) -> None:
        """It does again."""
        self.full = False
        self.send_due = self._answer_due
        exchange = self.exchange
        if exchange is not None:
            exchange.resumed()
        elif self._decoder is None and not self._closing:
            self._next_request()

    def stopProducing(self) -> None:
        """The transport is closed; `connectionLost` follows."""

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._transport().pauseProducing()

    def _resume(self) -> None:
        self._paused = False
        self._transport().resumeProducing()

    def _transport(self) -> Any:
        return cast(Any, self.transport)
