"""Backends in memory: endpoints that a test answers by hand, and transports that remember."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from gatekeeper.wire.client import Answer, Origin
from gatekeeper.wire.connection import Connection
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.edges import failed
from gatekeeper.wire.pool import Pool, PoolLimits

ORIGIN = Origin("http", "shop.example", 8080)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


class Link(StringTransport):
    """A transport; closing it takes effect in the next turn of the clock, as in reality."""

    producer: Any

    def __init__(self, clock: Clock, protocol: Connection) -> None:
        super().__init__()
        self.clock = clock
        self.protocol = protocol
        self.lost = False
        self.aborted = False
        self.paused = False

    def sent(self) -> bytes:
        """What was written since the last call."""
        data: bytes = self.value()
        self.clear()
        return data

    def answer(self, data: bytes) -> None:
        """Let the backend say something."""
        if not self.lost:
            self.protocol.dataReceived(data)

    def hang_up(self, error: Exception | None = None) -> None:
        """Let the backend close the connection, or break it."""
        if not self.lost:
            self.lost = True
            self.protocol.connectionLost(failed(error or ConnectionDone()))

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def loseConnection(self) -> None:
        self.clock.callLater(0, self.hang_up)

    def abortConnection(self) -> None:
        self.aborted = True
        self.clock.callLater(0, self.hang_up, ConnectionAborted())


class Dial:
    """One attempt to connect."""

    def __init__(self, clock: Clock, origin: Origin, factory: Any) -> None:
        self.clock = clock
        self.origin = origin
        self.factory = factory
        self.cancelled = False
        self.deferred: Deferred[IProtocol] = Deferred(self._cancel)

    def accept(self) -> Link:
        """Connect."""
        protocol = self.factory.buildProtocol(None)
        self.link = Link(self.clock, protocol)
        protocol.makeConnection(self.link)
        self.deferred.callback(protocol)
        return self.link

    def refuse(self, error: Exception) -> None:
        """Fail to connect."""
        self.deferred.errback(error)

    def _cancel(self, _deferred: object) -> None:
        self.cancelled = True


class Backends:
    """All the backends there are, a pool towards them, and its clock."""

    def __init__(self, limits: PoolLimits | None = None) -> None:
        self.clock = Clock()
        self.dials: list[Dial] = []
        self.pool = Pool(Deadlines(self.clock), self.endpoint, limits or PoolLimits())

    def endpoint(self, origin: Origin) -> Any:
        """Give something that connects when the test says so."""
        backends = self

        class Endpoint:
            def connect(self, factory: object) -> Deferred[IProtocol]:
                dial = Dial(backends.clock, origin, factory)
                backends.dials.append(dial)
                return dial.deferred

        return Endpoint()

    def accept(self) -> Link:
        """Connect the attempt that was made last."""
        return self.dials[-1].accept()

    def ask(
        self,
        method: str = "GET",
        target: str = "/order",
        headers: Any = (),
        body: Any = b"",
        origin: Origin = ORIGIN,
    ) -> Deferred[Answer]:
        """Send a request."""
        return self.pool.request(origin, method, target, headers, body)

    def turn(self, seconds: float = 0) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
