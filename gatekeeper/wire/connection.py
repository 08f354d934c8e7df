"""
One connection to a backend: an exchange after the other, never two at once.

A connection is in one of four states::

    idle  --send-->  waiting  --head-->  receiving  --end-->  idle
                        |                    |
                        +-- whole answer ----|---------->  idle
                        +-- anything wrong --+---------->  gone

From every state but *idle* it returns to its owner only when the answer was complete, both
sides want to go on, and not one byte stood behind the answer.  A byte that arrives while
*idle* was not asked for: the connection is closed, for who knows whose answer it is.
"""

from __future__ import annotations

from typing import Any, cast
from typing import Protocol as Interface

from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from gatekeeper.wire.answer_body import AnswerBody
from gatekeeper.wire.answer_framing import Chunked, Counted, Framing, UntilClosed
from gatekeeper.wire.answer_head import (
    MAX_HEAD_BYTES,
    AnswerHead,
    check_beginning,
    read_answer_head,
)
from gatekeeper.wire.causes import ended_cleanly, lost_cause
from gatekeeper.wire.client import Answer, ConnectionBroken, MalformedAnswer, Origin
from gatekeeper.wire.deadlines import Timers
from gatekeeper.wire.edges import BackendTransport
from gatekeeper.wire.exchange import BodyStream
from gatekeeper.wire.request_body import Upload

__all__ = ["MAX_INTERIM", "Asked", "Connection", "Owner"]

MAX_INTERIM = 32
"""How many answers 1xx may come before the one that counts."""

LINGER_S = 5.0
"""How long a backend may take to notice that we leave, before the connection is reset."""

_ONE_WRITE = 64 * 1024
_BODILESS = frozenset({204, 304})


class Asked(Interface):
    """
    One exchange, as its connection sees it.

    Attributes:
        head: The request's head.
        body: The request's body.
        bare: Whether the answer has no body whatever its head says (``HEAD``).
        last: Whether the request asked the backend to close the connection.
    """

    head: bytes
    body: bytes | BodyStream
    bare: bool
    last: bool

    def answered(self, answer: Answer) -> None:
        """The head of the answer, or all of it, has come."""

    def failed(self, reason: Exception | Failure, *, untouched: bool = False) -> None:
        """There will be no answer; `untouched`: not a byte of one had come."""


class Owner(Interface):
    """Whoever lends connections out and takes them back."""

    origin: Origin
    clock: Timers

    def returned(self, connection: Connection) -> None:
        """The connection is idle and may be used again."""

    def lost(self, connection: Connection) -> None:
        """The connection must not be used again.  Called once or twice."""

    def closed(self, _connection: Connection) -> None:
        """The transport is gone.  Called once, last."""


class Connection(Protocol):
    """
    The client side of HTTP/1.1.

    Attributes:
        idle_since: When the owner put it aside, on the owner's clock.
        made: Whether there ever was a transport; if so, the owner hears of its end.
    """

    _transport: BackendTransport
    _asked: Asked | None = None
    _body: AnswerBody | None = None
    _framing: Framing | None = None
    _upload: Upload | None = None
    _linger: Any = None
    _buffer = b""
    _head_bytes = 0
    _interim = 0
    _lasting = False
    _paused = False
    _gone = False

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.idle_since = 0.0
        self.made = False

    # What the owner calls.

    @property
    def gone(self) -> bool:
        """Whether it must not be used."""
        return self._gone

    def send(self, asked: Asked) -> None:
        """Write a request; the connection must be idle."""
        self._asked = asked
        body = asked.body
        write = self._transport.write
        if isinstance(body, bytes):
            if len(body) <= _ONE_WRITE:
                write(asked.head + body)
            else:
                write(asked.head)
                write(body)
        else:
            write(asked.head)
            self._upload = Upload(self._transport, body, self._upload_broke)
            self._upload.start()

    def give_up(self) -> None:
        """Nobody waits for the answer any more."""
        self._asked = None
        self._abort()

    def leave(self) -> None:
        """Close an idle connection, or one whose answer was the last."""
        if not self._gone:
            self._gone = True
            self.owner.lost(self)
            self._linger = self.owner.clock.callLater(LINGER_S, self._reset)
            self._transport.loseConnection()

    # What the body calls.

    def pause(self) -> None:
        """Let the backend wait: its bytes are not taken."""
        self._paused = True
        self._transport.pauseProducing()

    def resume(self) -> None:
        """Take bytes again."""
        self._paused = False
        if not self._gone:
            self._transport.resumeProducing()

    def drop(self) -> None:
        """Nobody reads the rest of the body."""
        self._body = None
        self._abort()

    # What the transport calls.

    def connectionMade(self) -> None:
        self._transport = cast("BackendTransport", self.transport)
        self.made = True

    def dataReceived(self, data: bytes) -> None:
        asked = self._asked
        if asked is not None:
            try:
                self._read_head(asked, data)
            except MalformedAnswer as error:
                self._fail(error)
        elif self._framing is not None:
            try:
                payload = self._framing.feed(data)
            except MalformedAnswer as error:
                self._fail(error)
            else:
                self._received(payload)
        elif not self._gone:
            self._abort()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._linger is not None:
            self._linger.cancel()
        self._lose()
        self._stop_upload()
        asked, self._asked = self._asked, None
        body, self._body = self._body, None
        framing, self._framing = self._framing, None
        if asked is not None:
            begun = bool(self._buffer or self._interim)
            cause = lost_cause(self.owner.origin, reason, begun=begun)
            asked.failed(cause, untouched=not begun)
        elif body is not None:
            if isinstance(framing, UntilClosed) and ended_cleanly(reason):
                body.end()
            else:
                body.end(error=lost_cause(self.owner.origin, reason, begun=True))
        self.owner.closed(self)

    # The head.

    def _read_head(self, asked: Asked, data: bytes) -> None:
        end = data.find(b"\r\n\r\n")
        if 0 <= end <= MAX_HEAD_BYTES and not self._buffer and not self._interim:
            head = read_answer_head(data[: end + 2].decode("latin-1"))
            if head.status >= 200:
                self._answer(asked, head, data[end + 4 :])
                return
        self._read_in_parts(asked, data)

    def _read_in_parts(self, asked: Asked, data: bytes) -> None:
        """Read a head that comes in pieces, or behind interim answers."""
        seen = len(self._buffer)
        if seen:
            data = self._buffer + data
        while True:
            end = data.find(b"\r\n\r\n", max(0, seen - 3))
            if self._head_bytes + (end if end >= 0 else len(data)) > MAX_HEAD_BYTES:
                raise MalformedAnswer(
                    f"net/http: server response headers exceeded {MAX_HEAD_BYTES} bytes; aborted"
                )
            if end < 0:
                check_beginning(data, seen)
                self._buffer = data
                return
            head = read_answer_head(data[: end + 2].decode("latin-1"))
            rest = data[end + 4 :]
            if head.status >= 200:
                break
            self._skip(head, end + 4)
            data = rest
            seen = 0
            if not data:
                self._buffer = b""
                return
        self._buffer = b""
        self._head_bytes = self._interim = 0
        self._answer(asked, head, rest)

    def _skip(self, head: AnswerHead, size: int) -> None:
        """Pass over an interim answer."""
        if head.status == 101:
            raise MalformedAnswer("net/http: unexpected 101 Switching Protocols")
        self._interim += 1
        self._head_bytes += size
        if self._interim > MAX_INTERIM:
            raise MalformedAnswer("net/http: too many 1xx informational responses")

    def _answer(self, asked: Asked, head: AnswerHead, rest: bytes) -> None:
        """Give the answer: whole, if all of it is here."""
        self._lasting = head.lasting and not asked.last
        status, length = head.status, head.length
        body: bytes | AnswerBody = rest
        if asked.bare or status in _BODILESS:
            self._asked = None
            body = b""
            self._end(bool(rest))
        elif length is not None and len(rest) >= length:
            self._asked = None
            excess = len(rest) > length
            if excess:
                body = rest[:length]
            self._end(excess)
        else:
            body = self._begin_body(head, rest)
        asked.answered(Answer(status, head.reason, head.headers, body, length, head.encoded))

    def _begin_body(self, head: AnswerHead, rest: bytes) -> bytes | AnswerBody:
        """Find the end of a body that is not here, or not yet known to be."""
        length = head.length
        framing: Framing = UntilClosed()
        if head.chunked:
            framing = Chunked()
        elif length is not None:
            framing = Counted(length)
        payload = framing.feed(rest) if rest else b""
        self._asked = None  # not before: who asked must hear of a broken body
        if framing.done:
            self._end(framing.excess)
            return payload
        self._framing = framing
        body = self._body = AnswerBody(self, length)
        body.add(payload)
        return body

    # The body and the end.

    def _received(self, payload: bytes) -> None:
        body, framing = self._body, self._framing
        if body is None or framing is None:
            return
        if framing.done:
            self._body = self._framing = None
            self._end(framing.excess)
            body.end(payload)
        else:
            body.add(payload)

    def _end(self, excess: bool) -> None:
        """The answer is complete: go back to the owner, or leave."""
        if self._paused:
            self.resume()
        if self._upload is not None:
            excess = excess or self._upload.running  # the request is not complete
            self._upload.stop()
            self._upload = None
        if excess:
            self._abort()
        elif self._lasting:
            if not self._gone:
                self.owner.returned(self)
        else:
            self.leave()

    def _fail(self, reason: Exception | Failure) -> None:
        """Close, and tell whoever waits why."""
        asked, self._asked = self._asked, None
        body, self._body = self._body, None
        self._framing = None
        self._abort()
        if asked is not None:
            asked.failed(reason)
        elif body is not None:
            error = reason.value if isinstance(reason, Failure) else reason
            body.end(error=error if isinstance(error, Exception) else ConnectionBroken("EOF"))

    def _abort(self) -> None:
        self._lose()
        self._stop_upload()
        self._framing = None
        self._transport.abortConnection()

    def _lose(self) -> None:
        if not self._gone:
            self._gone = True
            self.owner.lost(self)

    def _reset(self) -> None:
        self._linger = None
        self._transport.abortConnection()

    def _stop_upload(self) -> None:
        if self._upload is not None:
            self._upload.stop()

    def _upload_broke(self, failure: Failure) -> None:
        self._fail(failure)
