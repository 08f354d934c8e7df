"""A client on a fake connection, for tests of the HTTP/1.1 channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.exchange import Exchange
from gatekeeper.wire.limits import Limits

__all__ = ["Client", "Transport", "hello"]


@implementer(ITCPTransport)
class Transport(StringTransport):
    """A connection that remembers how it was closed."""

    aborted = False
    half_closed = False

    def abortConnection(self) -> None:
        self.aborted = self.disconnecting = True

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled


def hello(exchange: Exchange) -> None:
    """Answer at once."""
    exchange.respond(200, (("Content-Type", "text/plain"),), b"hello")


class Client:
    """
    One connection to a server.

    Args:
        application: What is served; None keeps the exchanges for the test to answer.
        limits: Changes to the default limits.
    """

    def __init__(
        self,
        application: Callable[[Exchange], None] | None = hello,
        *,
        factory: HTTPFactory | None = None,
        transport: Any = None,
        **limits: Any,
    ) -> None:
        self.exchanges: list[Exchange] = []
        self.clock = Clock()
        self.factory = factory or HTTPFactory(
            lambda exchange: self._serve(exchange, application),
            Limits(**limits),
            Deadlines(self.clock),
            wall=lambda: 784111777.0,
        )
        peer: Any = IPv4Address("TCP", "192.0.2.7", 50000)
        self.transport: Any = transport or Transport(peerAddress=peer)
        self.channel = self.factory.buildProtocol(peer)
        self.channel.makeConnection(self.transport)

    def _serve(self, exchange: Exchange, application: Callable[[Exchange], None] | None) -> None:
        self.exchanges.append(exchange)
        if application is not None:
            application(exchange)

    def send(self, data: bytes) -> bytes:
        """Send, and give everything that came back so far."""
        self.channel.dataReceived(data)
        return self.received

    def drip(self, data: bytes) -> bytes:
        """Send byte by byte, until the server closes."""
        for byte in data:
            if self.closed:
                break
            self.channel.dataReceived(bytes((byte,)))
        return self.received

    @property
    def received(self) -> bytes:
        """Everything that came back so far."""
        value: bytes = self.transport.value()
        return value

    @property
    def closed(self) -> bool:
        """Whether the server has ended its side."""
        return bool(self.transport.disconnecting or self.transport.half_closed)

    def pass_time(self, seconds: float, step: float = 0.25) -> None:
        """Let the sweep run as it does in life."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)

    def end(self) -> None:
        """Close this side only."""
        self.channel.readConnectionLost()

    def vanish(self) -> None:
        """Close the connection."""
        self.channel.connectionLost(Failure(ConnectionDone()))
