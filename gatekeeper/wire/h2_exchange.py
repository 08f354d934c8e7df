"""
One request on an HTTP/2 stream, and the ways to answer it.

An answer is handed to the engine, which sends it as the client's windows let it.  What
waits there is bounded: a long answer is handed over in pieces, and whoever writes into a
sink is told to wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, fail
from twisted.logger import Logger

from gatekeeper.wire.exchange import BodyStream, Lines
from gatekeeper.wire.h1_write import Unsendable, may_have_body
from gatekeeper.wire.h2_body import H2Body
from gatekeeper.wire.h2_request import H2Head
from gatekeeper.wire.h2_write import answer_fields

if TYPE_CHECKING:
    from gatekeeper.wire.h2_streams import H2Streams

__all__ = ["NEVER", "H2Exchange", "H2Sink"]

NEVER = float("inf")

_INTERNAL_ERROR = 2

_log = Logger()


class H2Exchange:
    """
    See `gatekeeper.wire.exchange.Exchange`.

    Attributes:
        begun: An answer was begun.
        done: The engine has all of it.
        over: The stream is closed.
        incoming: More of the request may come.
        discards: Nobody wants it.
        expects: The client waits for a 100.
        unread: How much of the body has come that was not given back to the windows.
        read_due: When the client has been silent for too long.
        send_due: When it has taken nothing for too long.
        answer_due: When the answer has taken too long.
    """

    __slots__ = (
        "_queued", "_received", "_rest", "_silence", "_silent_since", "_waiting", "_whole_due",
        "answer_due", "begun", "body", "buffer", "certificate", "discards", "done",
        "expects", "gone", "headers", "host", "incoming", "method", "over", "peer", "read_due",
        "secure", "send_due", "stream", "streams", "target", "unread", "version",
    )  # fmt: skip

    def __init__(self, streams: H2Streams, stream: int, head: H2Head) -> None:
        self.method, self.target, self.host, self.headers, _, self.expects = head
        self.version = "HTTP/2"
        self.peer = streams.peer
        self.secure = streams.secure
        self.certificate = streams.certificate
        self.body: bytes | BodyStream = b""
        self.gone: Callable[[], None] | None = None
        self.streams = streams
        self.stream = stream
        self.buffer: H2Body | None = None
        self.begun = self.done = self.over = self.incoming = self.discards = False
        self.unread = 0
        self.read_due = self.send_due = self.answer_due = NEVER
        self._rest: memoryview | None = None
        self._waiting: list[Deferred[None]] | None = None
        self._queued = 0

    # Answering.

    def respond(self, status: int, headers: Lines, body: bytes) -> None:
        """Answer at once.  A second answer, or one for a client that left, is nothing."""
        if self.begun or self.over:
            return
        fields = self._fields(status, headers, len(body))
        if fields is None:
            return
        streams = self.streams
        if not body or not may_have_body(self.method, status):
            streams.engine.head(self.stream, fields, end=True)
            self._finished()
            return
        streams.engine.head(self.stream, fields, end=False)
        if len(body) <= streams.h2_limits.stream_backlog:
            streams.engine.data(self.stream, body, end=True)
            self._finished()
        else:
            self._rest = memoryview(body)
            self._hand_over()
        streams.flush_soon()

    def start(self, status: int, headers: Lines, length: int | None) -> H2Sink:
        """Begin a long answer."""
        if self.begun or self.over:
            return H2Sink(self, is_open=False)
        fields = self._fields(status, headers, length)
        if fields is None:
            return H2Sink(self, is_open=False)
        silent = not may_have_body(self.method, status)
        self.streams.engine.head(self.stream, fields, end=silent)
        if silent:
            self._finished()
        self.streams.flush_soon()
        return H2Sink(self, length, silent=silent)

    def abort(self) -> None:
        """Reset the stream, so that what was sent looks incomplete."""
        if not self.over and not self.done:
            self.begun = True
            self.gone = None
            self.streams.reset(self, _INTERNAL_ERROR)

    def write(self, data: bytes, *, end: bool) -> None:
        """Hand a piece of the answer to the engine."""
        if self.over or self.done:
            return
        streams = self.streams
        streams.engine.data(self.stream, data, end=end)
        if end:
            self._finished()
        streams.flush_soon()

    def _fields(
        self, status: int, headers: Lines, length: int | None
    ) -> list[tuple[bytes, bytes]] | None:
        """Give the head; None when the answer cannot be sent, and a 500 was sent instead."""
        self.begun = True
        date = self.streams.factory.date
        try:
            return answer_fields(status, headers, length, date)
        except Unsendable as error:
            _log.error(
                "an answer was replaced by a 500: it cannot be sent: {what}", what=str(error)
            )
        self.streams.engine.head(self.stream, answer_fields(500, (), 0, date), end=True)
        self._finished()
        return None

    def _finished(self) -> None:
        self.done = True
        self.answer_due = NEVER
        self.streams.answered(self)
        self.streams.flush_soon()

    # The client's windows.

    def wait(self) -> Deferred[None] | None:
        """Give a Deferred for when more may be written, or None when that is now."""
        streams = self.streams
        if streams.has_room(self):
            return None
        waiting: Deferred[None] = Deferred()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(waiting)
        streams.waiting[self] = None
        return waiting

    def resumed(self) -> None:
        """The client takes more."""
        if self._rest is not None:
            self._hand_over()
        waiting, self._waiting = self._waiting, None
        for one in waiting or ():
            if not one.called:
                one.callback(None)

    def progress(self, queued: int) -> None:
        """Look whether the client takes what waits for it."""
        waits = self._rest is not None or self._waiting is not None
        if queued == 0 and not waits:
            self.send_due = NEVER
        elif queued != self._queued or self.send_due == NEVER:
            self.send_due = self.streams.factory.due(self.streams.limits.send_s)
        self._queued = queued

    def _hand_over(self) -> None:
        streams = self.streams
        piece = streams.h2_limits.stream_backlog
        while self._rest is not None and not self.over:
            if not streams.has_room(self):
                streams.waiting[self] = None
                return
            part, self._rest = self._rest[:piece], self._rest[piece:]
            last = not self._rest
            if last:
                self._rest = None
            self.write(bytes(part), end=last)

    # The body.

    def receive(self, parts: list[bytes], length: int | None, *, ended: bool) -> None:
        """Take what has come of the body before the application sees the request."""
        whole = b"".join(parts)
        if ended:
            self.body = whole
            self.streams.engine.consumed(self.stream, len(whole))
            return
        limits, factory = self.streams.limits, self.streams.factory
        self.incoming = True
        self.expects = self.expects and not whole
        self._whole_due = factory.due(limits.request_s) if limits.request_s else NEVER
        self._silence = 0.0
        self._received = len(whole)
        self.unread = len(whole)
        self.body = self.buffer = H2Body(length, self)
        self.buffer.arrived(whole)
        self._await_body()

    def arrived(self, data: bytes, *, ended: bool) -> None:
        """Take more of it."""
        if not self.incoming:
            return
        self._silence += self.streams.factory.now - self._silent_since
        self._received += len(data)
        self.unread += len(data)
        buffer = self.buffer
        if ended:
            self.incoming = False
            self.read_due = NEVER
        else:
            self._await_body()
        if buffer is None:
            self.body_read(len(data))
        else:
            buffer.arrived(data)
            if ended:
                buffer.ended()

    def body_awaited(self) -> None:
        """The application waits for the body: ask the client for it."""
        if self.incoming and self.expects and not self.begun and not self.over:
            self.expects = False
            self.streams.engine.interim(self.stream, 100)
            self.streams.flush_soon()
        if self.incoming:
            self._await_body()

    def body_read(self, amount: int) -> None:
        """The client may send as much again."""
        if self.over:
            return
        self.unread -= amount
        self.streams.engine.consumed(self.stream, amount)
        self.streams.flush_soon()

    def body_unwanted(self) -> None:
        """Throw away what comes."""
        self.discard()

    def discard(self) -> None:
        """Nobody reads the body any more; the little that may still come is thrown away."""
        buffer, self.buffer = self.buffer, None
        self.discards = True
        self._received = 0
        if buffer is not None:
            buffer.failed(ConnectionError("the request is answered"))
        if self.unread:
            self.body_read(self.unread)
        if self.incoming:
            self._await_body()

    @property
    def discarded(self) -> int:
        """How much was thrown away."""
        return self._received if self.discards else 0

    def _await_body(self) -> None:
        """Set how long the client may be silent now."""
        streams = self.streams
        if self.expects or self.unread >= streams.h2_limits.stream_window // 2:
            self.read_due = NEVER  # it waits for us
            return
        limits, now = streams.limits, streams.factory.now
        self._silent_since = now
        mib = 1 + (self._received >> 20)
        patience = min(limits.body_gap_s, mib * limits.body_s_per_mib - self._silence)
        self.read_due = min(streams.factory.due(patience), self._whole_due)

    # The end.

    def left(self, error: ConnectionError) -> None:
        """The stream is closed: nobody needs to go on."""
        gone, self.gone = self.gone, None
        self.over = True
        if self.unread:
            self.streams.engine.consumed(self.stream, self.unread)
        self.incoming = False
        self._rest = None
        self.read_due = self.send_due = self.answer_due = NEVER
        self.streams.waiting.pop(self, None)
        if gone is not None and not self.done:
            gone()
        buffer, self.buffer = self.buffer, None
        if buffer is not None:
            buffer.failed(error)
        waiting, self._waiting = self._waiting, None
        for one in waiting or ():
            if not one.called:
                one.errback(error)


class H2Sink:
    """
    Where the body of a long answer goes; see `gatekeeper.wire.exchange.Sink`.

    Args:
        length: What was promised; more or less is a broken answer.
        silent: Send no bytes: the answer has no body.
        is_open: Whether there is an answer to write to.
    """

    __slots__ = ("_exchange", "_left", "_open", "_silent")

    def __init__(
        self,
        exchange: H2Exchange,
        length: int | None = None,
        *,
        silent: bool = False,
        is_open: bool = True,
    ) -> None:
        self._exchange = exchange
        self._left = length
        self._silent = silent
        self._open = is_open

    @property
    def is_full(self) -> bool:
        """Whether `ready` would give a Deferred now."""
        return self.ready() is not None

    def write(self, data: bytes) -> None:
        """Send some bytes."""
        if not data or not self._open or self._silent:
            return
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                self.abort()
                return
        self._exchange.write(data, end=False)

    def ready(self) -> Deferred[None] | None:
        """Wait for a client that does not keep up."""
        if not self._open or (self._exchange.over and not self._silent):
            return fail(ConnectionError("the client is gone"))
        return None if self._silent else self._exchange.wait()

    def finish(self) -> None:
        """Complete the answer, or abort it when bytes are missing."""
        if not self._open:
            return
        if self._left and not self._silent:
            self.abort()
            return
        self._open = False
        self._exchange.write(b"", end=True)

    def abort(self) -> None:
        """Reset the stream."""
        self._open = False
        self._exchange.abort()
