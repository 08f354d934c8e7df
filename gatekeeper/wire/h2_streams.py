"""
The streams of one HTTP/2 connection: requests become exchanges, and their ends are counted.

Requests are served when all that has come with them is known, so that one that is reset
at once costs nothing.  A stream that ends in an error counts against its client, whether
the client reset it or made us do it; one that was being served counts twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.logger import Logger

from gatekeeper.wire.h2_engine import (
    HTTP2,
    BodyEnded,
    DataArrived,
    Engine,
    Fields,
    Over,
    RequestArrived,
    StreamEnded,
)
from gatekeeper.wire.h2_exchange import H2Exchange
from gatekeeper.wire.h2_guard import Allowance
from gatekeeper.wire.h2_request import H2Head, Malformed, read_fields
from gatekeeper.wire.strict import Refusal

if TYPE_CHECKING:
    from gatekeeper.wire.channel import HTTPFactory

__all__ = ["H2Streams"]

_NO_ERROR, _PROTOCOL_ERROR, _CANCEL = 0, 1, 8

_PLAIN_TEXT = (("Content-Type", "text/plain; charset=utf-8"),)
_NO_HEAD = H2Head("", "", "", {}, None, False)

_log = Logger()


class _Arrival:
    """A request of this turn."""

    __slots__ = ("ended", "fields", "parts")

    def __init__(self, fields: Fields, ended: bool) -> None:
        self.fields = fields
        self.parts: list[bytes] = []
        self.ended = ended


class H2Streams:
    """
    What is open on a connection.

    Args:
        flush_soon: Sends what the engine has, at the end of this turn.

    Attributes:
        open: The exchanges by the number of their stream.
        waiting: Those whose answers wait for room.
        requests: How many there were.
        last: The highest stream that was seen.
        over: Whether the engine has ended the connection.
        peer, secure, certificate: Of the connection, for exchanges.
    """

    peer = ""
    secure = False
    certificate: bytes | None = None

    def __init__(
        self, factory: HTTPFactory, http2: HTTP2, engine: Engine, flush_soon: Callable[[], None]
    ) -> None:
        self.factory = factory
        self.limits = factory.limits
        self.h2_limits = http2.limits
        self.engine = engine
        self.flush_soon = flush_soon
        self.open: dict[int, H2Exchange] = {}
        self.waiting: dict[H2Exchange, None] = {}
        self.requests = 0
        self.last = 0
        self.over = False
        self._arrived: dict[int, _Arrival] = {}
        self._backlogged = False
        self._offences = Allowance(http2.limits.resets, http2.limits.resets_per_s, factory.now)

    # What comes.

    def hear(self) -> int:
        """
        Take note of what the engine tells; give how many requests came.

        Raises:
            Abuse: Too many streams end in errors.
        """
        before = self.requests
        for event in self.engine.events():
            if isinstance(event, RequestArrived):
                self.requests += 1
                self.last = event.stream
                self._arrived[event.stream] = _Arrival(event.fields, event.ended)
            elif isinstance(event, StreamEnded):
                self._ended(event.stream, event.code)
            elif isinstance(event, DataArrived):
                self._data(event.stream, event.data, event.ended)
            elif isinstance(event, BodyEnded):
                self._data(event.stream, b"", True)
            elif isinstance(event, Over):
                self.over = True
        return self.requests - before

    def _data(self, stream: int, data: bytes, ended: bool) -> None:
        arrival = self._arrived.get(stream)
        if arrival is not None:
            arrival.parts.append(data)
            arrival.ended = ended
            return
        exchange = self.open.get(stream)
        if exchange is None:
            self.engine.consumed(stream, len(data))
            return
        exchange.arrived(data, ended=ended)
        if exchange.done and exchange.incoming:
            self._enough(exchange)

    def _ended(self, stream: int, code: int) -> None:
        arrival = self._arrived.pop(stream, None)
        if arrival is not None:
            self._give_back(stream, arrival)
            self._offend(1)
            return
        exchange = self.open.pop(stream, None)
        if exchange is None:
            if code:
                self._offend(1)
            return
        exchange.left(ConnectionError("the client is gone"))
        if code and not exchange.done:
            self._offend(2)

    def _offend(self, amount: int) -> None:
        self._offences.spend(amount, self.factory.now, "streams that end in errors")

    def _give_back(self, stream: int, arrival: _Arrival) -> None:
        """Let the connection's window forget a body that nobody will read."""
        self.engine.consumed(stream, sum(map(len, arrival.parts)))

    # Serving.

    def serve(self) -> None:
        """Serve the requests of this turn."""
        while self._arrived:
            arrived, self._arrived = self._arrived, {}
            for stream, arrival in arrived.items():
                try:
                    self._request(stream, arrival)
                except Malformed:
                    self._give_back(stream, arrival)
                    self.engine.reset(stream, _PROTOCOL_ERROR)

    def _request(self, stream: int, arrival: _Arrival) -> None:
        head, refusal = _NO_HEAD, None
        try:
            head = read_fields(arrival.fields, self.limits)
        except Refusal as error:
            refusal = error
        exchange = H2Exchange(self, stream, head)
        self.open[stream] = exchange
        if arrival.parts or not arrival.ended:
            exchange.receive(arrival.parts, head.length, ended=arrival.ended)
        if refusal is not None:
            exchange.respond(refusal.status, _PLAIN_TEXT, refusal.text.encode("latin-1"))
        elif head.target == "*":  # asks the server as such, not the application
            exchange.respond(200, (), b"")
        else:
            self._serve(exchange)

    def serve_upgraded(self, head: H2Head) -> None:
        """Serve the request that came as HTTP/1.1 as stream 1."""
        self.requests = self.last = 1
        exchange = self.open[1] = H2Exchange(self, 1, head)
        self._serve(exchange)

    def _serve(self, exchange: H2Exchange) -> None:
        if self.limits.answer_s:
            exchange.answer_due = self.factory.due(self.limits.answer_s)
        try:
            self.factory.application(exchange)
        except Exception:  # noqa: BLE001 - the last line: one bad request stops nobody else
            _log.failure("the application failed")
            exchange.respond(500, (), b"")
            exchange.abort()

    # Answering.

    def has_room(self, exchange: H2Exchange) -> bool:
        """Tell whether more of an answer may be handed to the engine."""
        limits, engine = self.h2_limits, self.engine
        return (
            engine.backlog() < limits.connection_backlog
            and engine.queued(exchange.stream) < limits.stream_backlog
        )

    def answered(self, exchange: H2Exchange) -> None:
        """The engine has all of an answer: what still comes of the request is thrown away."""
        if exchange.incoming:
            exchange.discard()

    def reset(self, exchange: H2Exchange, code: int) -> None:
        """End a stream."""
        if self.open.pop(exchange.stream, None) is not None:
            exchange.left(ConnectionError("the stream is reset"))
            self.engine.reset(exchange.stream, code)
            self.flush_soon()

    def _enough(self, exchange: H2Exchange) -> None:
        """RFC 9113, section 8.1: ask the client to stop, once it has all of the answer."""
        too_much = exchange.discarded > self.limits.drain_bytes
        if too_much and not self.engine.queued(exchange.stream):
            self.reset(exchange, _NO_ERROR)

    def look_after(self) -> bool:
        """See who has room again, now that something was sent; tell whether anybody has."""
        backlog = self.engine.backlog()
        if backlog or self._backlogged:
            for exchange in self.open.values():
                exchange.progress(self.engine.queued(exchange.stream))
        self._backlogged = backlog > 0
        resumed = False
        for exchange in list(self.waiting):
            if self.has_room(exchange):
                self.waiting.pop(exchange, None)
                exchange.resumed()
                resumed = True
        return resumed

    # Ends.

    def expire(self, now: float) -> None:
        """Give up what is overdue."""
        for exchange in list(self.open.values()):
            if exchange.send_due <= now or exchange.answer_due <= now:
                self.reset(exchange, _CANCEL)
            elif exchange.read_due <= now:
                self.reset(exchange, _NO_ERROR if exchange.done else _CANCEL)

    def leave_all(self) -> None:
        """The connection is gone, and with it everybody's client."""
        gone, self.open = self.open, {}
        self._arrived.clear()
        for exchange in gone.values():
            exchange.left(ConnectionError("the client is gone"))
