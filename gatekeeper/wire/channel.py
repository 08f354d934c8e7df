"""
Serve HTTP: `HTTPFactory` is what a port listens with.

It owns what connections share: the application, the limits, the clock's reading, the
date, and the sweep that closes what is overdue.  The sweep runs while there are
connections only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from OpenSSL.crypto import FILETYPE_ASN1, dump_certificate
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IProtocolFactory
from twisted.internet.protocol import Factory
from zope.interface import implementer

from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.exchange import Application
from gatekeeper.wire.h1_channel import HTTPChannel
from gatekeeper.wire.h1_write import date_line
from gatekeeper.wire.h2_choice import Choice
from gatekeeper.wire.h2_engine import HTTP2
from gatekeeper.wire.limits import Limits

__all__ = ["Channel", "HTTPFactory"]


class Channel(Protocol):
    """A connection, whatever version of HTTP it carries."""

    def expire(self, now: float) -> None:
        """Give up what is overdue."""

    def drain(self, idle_s: float) -> None:
        """Take no more requests."""

    def abort(self) -> None:
        """End the connection whatever it is doing."""


class _Turns(Protocol):
    def turn(self) -> None: ...


@implementer(IProtocolFactory)
class HTTPFactory(Factory):
    """
    Make a channel for every connection and look after all of them.

    Args:
        application: Called with every exchange.
        limits: What a connection may cost.
        deadlines: Its clock is the one that limits are measured with.
        http2: How HTTP/2 is served; None: it is not.
        max_connections: More than so many are closed at once; 0 is unlimited.
        wall: Seconds since the epoch, for ``Date``.

    Attributes:
        connections: All that are open.
        accepted: How many there were.
        draining: Whether every answer is the last on its connection.
        now: The clock, read at the last sweep.
        date: The ``Date`` line of that moment.
    """

    noisy = False

    def __init__(
        self,
        application: Application,
        limits: Limits,
        deadlines: Deadlines,
        *,
        http2: HTTP2 | None = None,
        max_connections: int = 0,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.application = application
        self.limits = limits
        self.connections: set[Channel] = set()
        self.accepted = 0
        self.draining = False
        self.now = 0.0
        self.date = ""
        self._clock: Any = deadlines.clock  # zope's interfaces mean nothing to mypy
        self._wall = wall
        self._max_connections = max_connections
        self._sweep_s = limits.sweep_s
        self._sweep_call: IDelayedCall | None = None
        self._emptied: list[Deferred[None]] = []
        self._http2 = http2
        self._turns: list[_Turns] = []

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Give a channel, or None when there are too many."""
        if self.draining or 0 < self._max_connections <= len(self.connections):
            return None
        if self._sweep_call is None:
            self._sweep()
        if self._http2 is not None:
            return Choice(self, self._http2)
        return HTTPChannel(self)

    def due(self, seconds: float) -> float:
        """Give the moment in so many seconds, at the latest one sweep later."""
        return self.now + seconds + self._sweep_s

    def soon(self, channel: _Turns) -> None:
        """Give a channel its turn when everything that is ready now was heard."""
        self._turns.append(channel)
        if len(self._turns) == 1:
            self._clock.callLater(0, self._take_turns)

    def _take_turns(self) -> None:
        turns, self._turns = self._turns, []
        for channel in turns:
            channel.turn()

    def opened(self, channel: Channel) -> None:
        """Count a connection."""
        self.accepted += 1
        self.connections.add(channel)

    def replaced(self, before: Channel, channel: Channel) -> None:
        """A connection goes on in another version."""
        self.connections.discard(before)
        self.connections.add(channel)

    def closed(self, channel: Channel) -> None:
        """Forget a connection."""
        self.connections.discard(channel)
        if not self.connections:
            emptied, self._emptied = self._emptied, []
            for waiting in emptied:
                if not waiting.called:
                    waiting.callback(None)

    def drain(self, idle_s: float = 0.0) -> Deferred[None]:
        """
        Let every connection end with the request that it is serving.

        Args:
            idle_s: How long a connection without a request may still send one, which is
                answered; 0 closes it at once.

        Returns:
            Fires when the last connection is closed.  Cancelling only stops waiting.
        """
        self.draining = True
        for channel in list(self.connections):
            channel.drain(idle_s)
        if not self.connections:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._emptied.append(waiting)
        return waiting

    def abort_all(self) -> None:
        """Close every connection now; requests are cancelled."""
        self.draining = True
        for channel in list(self.connections):
            channel.abort()

    def certificate(self, transport: object) -> bytes | None:
        """Give the client's certificate (DER) once the handshake has verified it."""
        peer = getattr(transport, "getPeerCertificate", lambda: None)()
        return None if peer is None else dump_certificate(FILETYPE_ASN1, peer)

    def _sweep(self) -> None:
        self._sweep_call = None
        self.now = now = self._clock.seconds()
        self.date = date_line(self._wall())
        for channel in list(self.connections):
            channel.expire(now)
        self._sweep_call = self._clock.callLater(self._sweep_s, self._swept)

    def _swept(self) -> None:
        self._sweep_call = None
        if self.connections:
            self._sweep()
