"""
Carry one client connection that speaks HTTP/2.

An engine understands the frames (`gatekeeper.wire.h2_engine`), `H2Streams` serves the
requests; this is what holds them together.  Everything happens in turns of the event loop.
What a turn has to send goes out in one write at its end, whoever caused it.  A turn with
too many frames is cut, and other connections come in between.

Whatever waits has an end, which the factory's sweep looks for: the rest of a frame
(``_frame_due``), the next request (``read_due``), a client that takes nothing
(``send_due``), and what single streams wait for.

Misbehaviour is counted in two places: frames that move nothing before the engine sees them
(`gatekeeper.wire.h2_guard`), streams that end in errors by `H2Streams`.  When it is too
much the client is told to calm down, and the connection is closed.

Closing takes two steps when there is time: the client is told that we intend to close, and
a moment later which request is the last (RFC 9113, section 6.8).
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

from gatekeeper.wire.h2_engine import HTTP2, EngineFailed
from gatekeeper.wire.h2_exchange import NEVER
from gatekeeper.wire.h2_guard import Abuse, FrameGuard
from gatekeeper.wire.h2_request import H2Head
from gatekeeper.wire.h2_streams import H2Streams

if TYPE_CHECKING:
    from gatekeeper.wire.channel import HTTPFactory

__all__ = ["H2Channel"]

_NO_ERROR = 0

_GOAWAY = b"\0\0\x08\x07\0\0\0\0\0"
"""The frame's head, for when the engine cannot speak any more."""

_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

_log = Logger()


@implementer(IHalfCloseableProtocol, IPushProducer)
class H2Channel(Protocol):
    """
    The server's side of a connection.

    Attributes:
        streams: What is open.
        full: The transport takes nothing more.
        read_due, send_due: When the connection is given up.
    """

    full = False

    def __init__(self, factory: HTTPFactory, http2: HTTP2) -> None:
        self.factory: HTTPFactory = factory
        self.limits = factory.limits
        self.read_due = self.send_due = NEVER
        self._engine = http2.engine(http2.limits, factory.limits.head_bytes)
        self._h2_limits = http2.limits
        self._guard = FrameGuard(http2.limits, factory.now)
        self.streams = H2Streams(factory, http2, self._engine, self.flush_soon)
        self._rest = b""
        self._running = False
        self._called = False
        self._frame_due = self._leave_due = NEVER
        self._noticed = self._left = False
        self._closing = False
        self._lingering = False

    # The life of a connection.

    def connectionMade(self) -> None:
        """Say hello."""
        self._take_over()
        self._engine.start()
        self._begin()

    def upgrade(self, transport: object, head: H2Head, settings: bytes) -> None:
        """
        Go on where HTTP/1.1 has ended, and serve its request as stream 1.

        Raises:
            EngineFailed: The settings are none; the connection is as it was.
        """
        self._engine.upgrade(settings, head=head.method == "HEAD")
        self.transport = cast(Any, transport)
        self._guard = FrameGuard(self._h2_limits, self.factory.now, newest=1)
        self._take_over()
        self.write(_SWITCHING)
        self._begin()
        self.streams.serve_upgraded(head)
        self.flush_soon()

    def _take_over(self) -> None:
        transport, streams = self._transport(), self.streams
        streams.peer = getattr(transport.getPeer(), "host", "").removeprefix("::ffff:")
        streams.secure = ISSLTransport.providedBy(transport)
        if streams.secure:
            streams.certificate = self.factory.certificate(transport)
        if ITCPTransport.providedBy(transport):
            transport.setTcpNoDelay(True)
        self.write = transport.write
        transport.registerProducer(self, True)

    def _begin(self) -> None:
        self._frame_due = self.factory.due(self.limits.head_s)
        self._flush()
        if self.factory.draining:
            self.drain(0)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Tell whoever works for this client."""
        self.factory.closed(self)
        self._closing = True
        self.streams.leave_all()

    def readConnectionLost(self) -> None:
        """The client says nothing more: without its window updates nothing can go on."""
        self.streams.leave_all()
        self._lose()

    def writeConnectionLost(self) -> None:
        """We say nothing more; the client may still be talking."""

    def expire(self, now: float) -> None:
        """Give up what is overdue; called by the factory's sweep."""
        if self._closing:
            self._expire_closing(now)
        elif self.send_due <= now:
            self._cut()
        elif self.read_due <= now or self._frame_due <= now:
            self._say_goodbye(_NO_ERROR)
        else:
            if self._leave_due <= now:
                self._leave()
            self.streams.expire(now)
            self._flush()

    def _expire_closing(self, now: float) -> None:
        if self.read_due <= now or self.send_due <= now:
            if self._lingering:
                self._lose()
            else:
                self.read_due = self.send_due = NEVER
                self._transport().abortConnection()

    # Receiving.

    def dataReceived(self, data: bytes) -> None:
        """Take bytes, as they come."""
        if self._closing:
            return  # lingering: thrown away
        if self._rest:
            self._rest += data
        else:
            self._take(data)

    def _take(self, data: bytes) -> None:
        guard = self._guard
        first = b""
        self._running = True
        try:
            admitted = guard.admit(data, self.factory.now)
            if admitted < len(data):
                self._rest, data = data[admitted:], data[:admitted]
            self._engine.receive(data)
            first = self._receive()
        except Abuse as abuse:
            self._cut_off(abuse)
        except EngineFailed as error:
            self._break_off(error.code)
        finally:
            self._running = False
        if self._closing:
            return
        if not guard.open:
            self._frame_due = NEVER
        elif self._frame_due == NEVER:
            self._frame_due = self.factory.due(self.limits.head_s)
        if self._rest:
            self._transport().pauseProducing()
            self._call()
        self._flush(first)

    def _receive(self) -> bytes:
        """Serve what has come; give what has to be sent in front of the answers."""
        streams = self.streams
        came = streams.hear()
        first = b"" if self.full else self._engine.output()
        came += streams.hear()
        if came:
            self.read_due = NEVER
            self._guard.idle.earn(4 * came)
            if streams.requests >= self._h2_limits.requests:
                self._notice(0)
        if not self._rest:  # otherwise some may be reset by what is here already
            streams.serve()
        return first

    def turn(self) -> None:
        """Go on after others had their turn; called by the factory."""
        self._called = False
        if self._closing:
            return
        if self._rest:
            rest, self._rest = self._rest, b""
            self._take(rest)
            if not self._rest and not self._closing:
                self._transport().resumeProducing()
        else:
            self._flush()

    # Sending.

    def flush_soon(self) -> None:
        """Send what the engine has at the end of this turn."""
        if not (self._running or self._closing):
            self._call()

    def _call(self) -> None:
        if not self._called:
            self._called = True
            self.factory.soon(self)

    def _flush(self, first: bytes = b"") -> None:
        resumed = False
        self._running = True
        try:
            self._write(first)
            self.streams.hear()
            resumed = self.streams.look_after()
        except Abuse as abuse:
            self._cut_off(abuse)
        except EngineFailed as error:
            self._break_off(error.code)
        finally:
            self._running = False
        if self._closing:
            return
        if resumed and not self.full:
            self._call()
        if self.streams.over:
            self.streams.leave_all()
            self._linger()
        elif self.streams.open:
            self.read_due = NEVER
        elif self._left:
            self._linger()
        elif self.read_due == NEVER:
            is_worn = self.streams.requests >= self.limits.requests
            idle_s = self._h2_limits.leave_s if is_worn else self.limits.idle_s
            self.read_due = self.factory.due(idle_s)

    def _write(self, first: bytes) -> None:
        """Send `first`, and as much of what the engine has as the transport takes."""
        engine = self._engine
        while not self.full:
            data = engine.output()
            if first:
                data, first = first + data, b""
            if not data:
                return
            self.write(data)
            self._guard.idle.earn(2 + (len(data) >> 12))
            if not engine.backlog():
                return
        if first:
            self.write(first)

    # Closing.

    def drain(self, idle_s: float) -> None:
        """No more requests; those that are under way are served."""
        if not self._closing:
            self._notice(idle_s)

    def _notice(self, wait_s: float) -> None:
        """Tell the client that we intend to close."""
        if not self._noticed:
            self._noticed = True
            self._engine.notice()
            self._leave_due = self.factory.due(max(wait_s, self._h2_limits.leave_s))
            self.flush_soon()

    def _leave(self) -> None:
        """Tell the client which request is the last."""
        if not self._left:
            self._left = True
            self._leave_due = NEVER
            self._engine.leave()
            self.flush_soon()

    def abort(self) -> None:
        """End the connection whatever it is doing."""
        if not self._closing:
            self._say_goodbye(_NO_ERROR)
            self._lose()

    def _cut_off(self, abuse: Abuse) -> None:
        _log.info("{peer} was cut off: {what}", peer=self.streams.peer, what=str(abuse))
        self._say_goodbye(abuse.code)

    def _say_goodbye(self, code: int) -> None:
        """Close now, with a word if the client listens."""
        if self.full:
            self._cut()
            return
        self._engine.terminate(code)
        try:
            self.write(self._engine.output())
        except EngineFailed as error:
            self._break_off(error.code)
        else:
            self.streams.leave_all()
            self._linger()

    def _break_off(self, code: int) -> None:
        """Close now, without the engine."""
        last = self.streams.last
        self.write(_GOAWAY + last.to_bytes(4, "big") + code.to_bytes(4, "big"))
        self.streams.leave_all()
        self._linger()

    def _linger(self) -> None:
        """Throw away what still comes, so that our last words arrive."""
        if self.streams.secure:  # TLS has a way of its own to say the same
            self._lose()
            return
        transport = self._close()
        self._lingering = True
        self.read_due = self.factory.due(self.limits.linger_s)
        transport.resumeProducing()
        half = getattr(transport, "loseWriteConnection", None)
        if half is not None:
            half()

    def _lose(self) -> None:
        transport = self._close()
        self._lingering = False
        self.read_due = NEVER
        self.send_due = self.factory.due(self.limits.send_s)
        transport.loseConnection()

    def _cut(self) -> None:
        transport = self._close()
        self.streams.leave_all()
        self.send_due = self.factory.due(0)
        transport.abortConnection()

    def _close(self) -> Any:
        transport = self._transport()
        if not self._closing:
            self._closing = True
            self._rest = b""
            self._frame_due = self._leave_due = self.read_due = self.send_due = NEVER
            transport.unregisterProducer()
        return transport

    # Back-pressure.

    def pauseProducing(self) -> None:
        """The client does not take what we write."""
        self.full = True
        self.send_due = self.factory.due(self.limits.send_s)

    def resumeProducing(self) -> None:
        """It does again."""
        self.full = False
        self.send_due = NEVER
        if not self._closing:
            self.flush_soon()

    def stopProducing(self) -> None:
        """The transport is closed; `connectionLost` follows."""

    def _transport(self) -> Any:
        return cast(Any, self.transport)
