"""
Serve clients, and end without losing a request.

Ending takes these steps: no new connections from the first moment; connections without a
request are closed, at once or after a short grace; requests in flight are answered, for as
long as allowed or as long as it takes; parts stop and connections to backends are closed.

Source: KrakenD documentation, "Graceful shutdown"; conformance case ``shutdown``.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, Protocol

from twisted.internet import defer
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import deferLater

from gatekeeper.component import ServicePart

__all__ = ["Drains", "Serving"]


class Drains(Protocol):
    """What serves clients, such as `gatekeeper.wire.channel.HTTPFactory`."""

    def drain(self, idle_s: float = 0.0) -> Deferred[None]:
        """End every connection with the request that it is serving."""

    def abort_all(self) -> None:
        """Close every connection now."""


class Serving:
    """
    What serves clients in this process.

    Args:
        factory: What ports get: `connections`, or TLS around it.
        connections: All connections of clients.
        pool: The connections to backends; has `close`.
        parts: Service-level components.
        reactor: Whose time it is.
    """

    def __init__(
        self,
        *,
        factory: Any,
        connections: Drains,
        pool: Any,
        parts: Sequence[ServicePart],
        reactor: Any,
    ) -> None:
        self._factory = factory
        self._connections = connections
        self._pool = pool
        self._parts = list(parts)
        self._reactor = reactor
        self._ports: list[Any] = []

    def listen(self, endpoint: Any) -> Deferred[Any]:
        """Accept connections from an ``IStreamServerEndpoint``; gives the port."""
        listening: Deferred[Any] = endpoint.listen(self._factory)
        return listening.addCallback(self._listening)

    def _listening(self, port: Any) -> Any:
        self._ports.append(port)
        return port

    def stop_listening(self, port: Any) -> None:
        """Accept nothing more from one port."""
        self._ports.remove(port)
        port.stopListening()

    def take_waiting(self, listener: socket.socket) -> None:
        """
        Accept what waits in a socket that is about to be closed.

        The kernel has told these clients that they are connected, and would reset them.
        """
        while True:
            try:
                waiting, _ = listener.accept()
            except OSError:  # nobody any more
                return
            with waiting:
                waiting.setblocking(False)
                self._reactor.adoptStreamConnection(waiting.fileno(), waiting.family, self._factory)

    def begin(self) -> None:
        """Start the parts."""
        for part in self._parts:
            part.start()

    async def end(self, longest_s: float, idle_s: float = 0.0) -> None:
        """
        Stop everything.

        Args:
            longest_s: How long requests in flight may take; 0 is as long as they need.
            idle_s: How long a connection without a request may still send one.
        """
        await self._deaf()
        drained = self._connections.drain(idle_s)
        if longest_s > 0:
            drained.addTimeout(longest_s, self._reactor)
        try:
            await drained
        except defer.TimeoutError:
            self._connections.abort_all()
        for part in reversed(self._parts):
            await maybeDeferred(part.stop)
        self._pool.close()

    def hasten(self, idle_s: float) -> None:
        """Let connections without a request end sooner; `end` is under way."""
        self._connections.drain(idle_s)

    async def _deaf(self) -> None:
        """Accept nothing more; what the event loop has accepted already is let in."""
        ports, self._ports = self._ports, []
        for port in ports:
            await maybeDeferred(port.stopListening)
        await deferLater(self._reactor, 0)
