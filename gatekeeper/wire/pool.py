"""
Carry requests to backends over connections that are kept and used again.

The connection that was used last is used next, so that those that are not needed grow old
and are closed.  A connection that a backend closed just when we used it again is nobody's
fault: such a request is repeated on a new connection when repeating cannot do harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IAddress, IProtocol, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from gatekeeper.wire.causes import connect_cause
from gatekeeper.wire.client import (
    Answer,
    ConnectFailed,
    ConnectionBroken,
    ExchangeError,
    Origin,
    Running,
)
from gatekeeper.wire.connection import Connection
from gatekeeper.wire.deadlines import Deadlines, Ticket
from gatekeeper.wire.edges import ClientEndpoint
from gatekeeper.wire.exchange import BodyStream
from gatekeeper.wire.request_head import request_head

__all__ = ["Pool", "PoolLimits"]

USUAL_IDLE = 250
SURPLUS_S = 1.0

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@frozen
class PoolLimits:
    """
    How many connections wait for their next use, and how long anything may take.

    Attributes:
        max_idle_total: Idle connections to all origins together; 0 is no limit.
        max_idle_per_host: Idle connections to one origin; 0 means 250, less none.  From
            250 on, those that are too many are closed when they were not used for a
            second: a thousand clients would otherwise open and close them all the time.
        idle_timeout_s: How long one may be idle; 0 means 60.
        connect_timeout_s: How long connecting may take; 0 is no limit.
        response_header_timeout_s: How long an answer's head may take after the request
            was written; 0 is no limit.
        disable_keep_alives: Use every connection once.
    """

    max_idle_total: int = 0
    max_idle_per_host: int = 250
    idle_timeout_s: float = 60.0
    connect_timeout_s: float = 0.0
    response_header_timeout_s: float = 0.0
    disable_keep_alives: bool = False


class Pool:
    """
    The gateway's HTTP client, an `HTTPExchanges`.

    Args:
        connect: Gives an endpoint that connects to an origin, with TLS if that is what
            the origin's scheme says; it limits the time of the handshake.
    """

    def __init__(
        self,
        deadlines: Deadlines,
        connect: Callable[[Origin], IStreamClientEndpoint],
        limits: PoolLimits = PoolLimits(),
    ) -> None:
        self.deadlines = deadlines
        self.limits = limits
        self.clock = deadlines.clock
        self._connect = cast("Callable[[Origin], ClientEndpoint]", connect)
        self.closed = False
        self._shelves: dict[Origin, _Shelf] = {}
        self._idle = 0
        self._close = limits.disable_keep_alives
        self._most_idle = limits.max_idle_per_host or USUAL_IDLE
        self._idle_timeout_s = limits.idle_timeout_s or 60.0
        self._sweeping: Any = None

    @property
    def idle(self) -> int:
        """How many connections wait for their next use."""
        return self._idle

    @property
    def open(self) -> int:
        """How many connections there are, including those that are being made or closed."""
        return sum(shelf.open for shelf in self._shelves.values())

    def request(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | BodyStream = b"",
    ) -> Deferred[Answer]:
        """Send one request; see `HTTPExchanges.request`."""

        def cancelled(_: Deferred[Answer]) -> None:
            running.cancel()

        deferred: Deferred[Answer] = Deferred(cancelled)
        running = self.ask(
            origin, method, target, headers, body, deferred.callback, deferred.errback
        )
        return deferred

    def ask(  # noqa: PLR0917 - as `Asks` has it
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes | BodyStream,
        answered: Callable[[Answer], object],
        failed: Callable[[BaseException], object],
    ) -> Running:
        """Send one request; see `Asks.ask`."""
        shelf = self._shelves.get(origin)
        if shelf is None:
            shelf = self._shelves[origin] = _Shelf(self, origin)
        length = len(body) if type(body) is bytes else body.length  # type: ignore[union-attr]
        exchange = _Exchange(shelf, method, body, answered, failed)
        try:
            head = request_head(
                method, target, shelf.host, headers, length=length, close=self._close
            )
        except ValueError as error:
            shelf.forget_if_unused()
            exchange.failed(error)
            return exchange
        exchange.head = head.data
        exchange.last = head.last
        idle = shelf.idle
        if idle:
            self._idle -= 1
            exchange.reused = True
            exchange.use(idle.pop())
        else:
            exchange.dial()
        return exchange

    def close(self) -> None:
        """Close what is idle now, and everything else as soon as its exchange is over."""
        self.closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
            self._sweeping = None
        for shelf in list(self._shelves.values()):
            for connection in list(shelf.idle):
                connection.leave()

    # What shelves call.

    def dial(self, origin: Origin, factory: Factory) -> Deferred[IProtocol]:
        """Make a connection."""
        return self._connect(origin).connect(factory)

    def keep(self, shelf: _Shelf, connection: Connection) -> None:
        """Put an idle connection aside, or close it when there are enough."""
        if self.closed:
            connection.leave()
            return
        if len(shelf.idle) >= self._most_idle:
            if self._most_idle < USUAL_IDLE:
                connection.leave()
                return
            if not shelf.is_crowded:
                shelf.is_crowded = True
                self.clock.callLater(SURPLUS_S, self._thin, shelf)
        connection.idle_since = self.clock.seconds()
        shelf.idle.append(connection)
        self._idle += 1
        if self._sweeping is None:
            self._arm(self._idle_timeout_s)
        if 0 < self.limits.max_idle_total < self._idle:
            self._oldest().leave()

    def discard(self, shelf: _Shelf, connection: Connection) -> None:
        """Forget a connection that will not be used again, if it is idle."""
        if connection in shelf.idle:
            shelf.idle.remove(connection)
            self._idle -= 1

    def forget(self, shelf: _Shelf) -> None:
        """Drop a shelf on which nothing is left: origins may come from redirects."""
        self._shelves.pop(shelf.origin, None)

    # Age.

    def _arm(self, seconds: float) -> None:
        self._sweeping = self.clock.callLater(seconds, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle too long, and come back when the next will be."""
        self._sweeping = None
        newest_to_close = self.clock.seconds() - self._idle_timeout_s
        for shelf in list(self._shelves.values()):
            for connection in list(shelf.idle):
                if connection.idle_since > newest_to_close:
                    break
                connection.leave()
        if self._idle:
            self._arm(max(0.0, self._oldest().idle_since - newest_to_close))

    def _thin(self, shelf: _Shelf) -> None:
        """Close what a burst has left over, unless it has been used since the last look."""
        shelf.is_crowded = False
        newest_to_close = self.clock.seconds() - SURPLUS_S
        for connection in shelf.idle[: -self._most_idle]:
            if connection.idle_since > newest_to_close:
                break
            connection.leave()
        if len(shelf.idle) > self._most_idle:
            shelf.is_crowded = True
            self.clock.callLater(SURPLUS_S, self._thin, shelf)

    def _oldest(self) -> Connection:
        first = (shelf.idle[0] for shelf in self._shelves.values() if shelf.idle)
        return min(first, key=lambda connection: connection.idle_since)


class _Shelf:
    """
    The connections to one origin.

    Attributes:
        idle: Those that wait; the one that was used last stands last.
        is_crowded: Whether more wait than should, which is looked after.
        open: How many there are in all, including those that are being made.
    """

    def __init__(self, pool: Pool, origin: Origin) -> None:
        self.pool = pool
        self.origin = origin
        self.host = origin.netloc
        self.clock = pool.clock
        self.patience_s = pool.limits.response_header_timeout_s
        self.idle: list[Connection] = []
        self.is_crowded = False
        self.open = 0

    def returned(self, connection: Connection) -> None:
        """Called by a connection whose answer is complete."""
        self.pool.keep(self, connection)

    def lost(self, connection: Connection) -> None:
        """Called by a connection that cannot be used again."""
        self.pool.discard(self, connection)

    def closed(self, _connection: Connection | None = None) -> None:
        """Count one connection less."""
        self.open -= 1
        self.forget_if_unused()

    def forget_if_unused(self) -> None:
        """Go when there is nothing to remember."""
        if not self.open:
            self.pool.forget(self)


class _Dial(Factory):
    """
    One attempt to connect.

    Attributes:
        built: What the endpoint asked for, if it came that far.
    """

    noisy = False

    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self.built: Connection | None = None

    def buildProtocol(self, addr: IAddress | None) -> Connection:
        self.built = Connection(self._shelf)
        return self.built

    def failed(self) -> None:
        """End an attempt that failed, or that was cancelled in the moment it succeeded."""
        if self.built is not None and self.built.made:
            self.built.give_up()
        else:
            self._shelf.closed()


class _Exchange:
    """One request on its way, from the choice of a connection to the answer's head."""

    __slots__ = (
        "_answered",
        "_connecting",
        "_connection",
        "_done",
        "_failed",
        "_shelf",
        "_ticket",
        "bare",
        "body",
        "head",
        "last",
        "method",
        "reused",
    )

    def __init__(
        self,
        shelf: _Shelf,
        method: str,
        body: bytes | BodyStream,
        answered: Callable[[Answer], object],
        failed: Callable[[BaseException], object],
    ) -> None:
        self._shelf = shelf
        self.method = method
        self.head = b""
        self.body = body
        self.bare = method == "HEAD"
        self.last = self.reused = self._done = False
        self._answered = answered
        self._failed = failed
        self._connecting: Deferred[IProtocol] | None = None
        self._connection: Connection | None = None
        self._ticket: Ticket | None = None

    def cancel(self) -> None:
        """Nobody waits any more."""
        if not self._done:
            self._give_up(CancelledError())

    def use(self, connection: Connection) -> None:
        """Send the request over this connection."""
        self._connection = connection
        patience = self._shelf.patience_s
        if patience:
            self._start(patience, self._head_is_late)
        connection.send(self)

    def dial(self) -> None:
        """Send the request over a new connection."""
        shelf = self._shelf
        shelf.open += 1
        if shelf.pool.limits.connect_timeout_s:
            self._start(shelf.pool.limits.connect_timeout_s, self._connecting_is_late)
        dial = _Dial(shelf)
        self._connecting = maybeDeferred(shelf.pool.dial, shelf.origin, dial)
        self._connecting.addCallbacks(self._connected, self._unconnected, errbackArgs=(dial,))

    # What the connection calls.

    def answered(self, answer: Answer) -> None:
        """Hand the answer over."""
        self._done = True
        self._connection = None
        if self._ticket is not None:
            self._stop_ticket()
        self._answered(answer)

    def failed(self, reason: Exception | Failure, *, untouched: bool = False) -> None:
        """Try again where that is safe, or say why there is no answer."""
        if untouched and self.reused and not self.body and self.method in _REPEATABLE:
            self.reused = False
            self._settle()
            self._done = False
            self.dial()
            return
        self._settle()
        error = reason.value if isinstance(reason, Failure) else reason
        self._failed(error or ConnectionBroken("EOF"))

    # Servants.

    def _connected(self, protocol: IProtocol) -> None:
        self._connecting = None
        assert isinstance(protocol, Connection)  # our factory made it
        if self._done:
            protocol.give_up()
        elif protocol.gone:  # the backend closed it, or spoke first
            self.failed(ConnectionBroken("EOF"))
        else:
            self._stop_ticket()
            self.use(protocol)

    def _unconnected(self, failure: Failure, dial: _Dial) -> None:
        self._connecting = None
        dial.failed()
        if not self._done:
            self.failed(connect_cause(self._shelf.origin, failure))

    def _connecting_is_late(self) -> None:
        origin = self._shelf.origin
        self._give_up(ConnectFailed(f"dial tcp {origin.host}:{origin.port}: i/o timeout"))

    def _head_is_late(self) -> None:
        self._give_up(ExchangeError("net/http: timeout awaiting response headers"))

    def _give_up(self, error: Exception) -> None:
        self._abandon()
        self._failed(error)

    def _abandon(self) -> None:
        """Let go of whatever is held."""
        connecting, connection = self._connecting, self._connection
        self._settle()
        if connecting is not None:
            connecting.cancel()
        elif connection is not None:
            connection.give_up()

    def _settle(self) -> None:
        self._done = True
        self._connection = None
        if self._ticket is not None:
            self._stop_ticket()

    def _start(self, seconds: float, expired: Callable[[], None]) -> None:
        self._ticket = self._shelf.pool.deadlines.start(seconds, expired)

    def _stop_ticket(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            ticket.stop()
