"""
Listen, and stop without losing a request.

Stopping takes these steps: no new connections from the first moment; connections without a
request are closed; requests in flight are answered, for as long as `max_shutdown_wait_time`
allows, or as long as it takes; connections to backends are closed; the logs are complete.

Source: KrakenD documentation, "Graceful shutdown"; conformance case ``shutdown``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Any, Protocol

from twisted.application.service import Service
from twisted.internet import defer
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from gatekeeper.component import ServicePart
from gatekeeper.config.model import Server
from gatekeeper.journal import Journal
from gatekeeper.refusal import CannotStart

__all__ = ["Drains", "GatewayService"]


class Drains(Protocol):
    """What serves clients, such as `gatekeeper.wire.channel.HTTPFactory`."""

    def drain(self) -> Deferred[None]:
        """End every connection with the request that it is serving."""

    def abort_all(self) -> None:
        """Close every connection now."""


class GatewayService(Service):
    """
    The listening gateway.

    Args:
        server: Where to listen and how long to wait at the end.
        endpoint: Listens, an ``IStreamServerEndpoint``.
        factory: What the port gets: `connections`, or TLS around it.
        connections: All connections of clients.
        pool: The connections to backends; has `close`.
        journal: The logs.
        reactor: Whose time and life it is.
        parts: Service-level components.
    """

    name = "gateway"

    def __init__(
        self,
        server: Server,
        *,
        endpoint: Any,
        factory: Any,
        connections: Drains,
        pool: Any,
        journal: Journal,
        reactor: Any,
        parts: Sequence[ServicePart] = (),
    ) -> None:
        self._server = server
        self._endpoint = endpoint
        self._factory = factory
        self._connections = connections
        self._pool = pool
        self._journal = journal
        self._reactor = reactor
        self._parts = list(parts)
        self._port: Any = None

    def add_part(self, part: ServicePart) -> None:
        """Take another part along; before the start."""
        self._parts.append(part)

    def is_ready(self) -> bool:
        """Say whether new requests are welcome."""
        return self._port is not None

    @property
    def address(self) -> Any:
        """Where it listens, or None."""
        return None if self._port is None else self._port.getHost()

    def privilegedStartService(self) -> None:
        """Listen while we may use any port; ``twistd`` gives up its rights afterwards."""
        super().privilegedStartService()
        self._listen()

    def startService(self) -> None:
        """Begin to serve."""
        super().startService()
        self._listen()
        for part in self._parts:
            part.start()
        self._reactor.callWhenRunning(self._journal.begin, self._reactor)

    def _listen(self) -> None:
        if self._port is not None:
            return
        port = self._server.port
        if not 0 <= port <= 65535:
            self._refuse(f"listen tcp: address {port}: invalid port")
        self._journal.log.info("Starting the KrakenD instance")
        listening: Deferred[Any] = self._endpoint.listen(self._factory)
        failed: list[Failure] = []
        listening.addCallbacks(self._listening, failed.append)
        if failed:
            self._refuse(self._why(failed[0]))

    def _listening(self, port: Any) -> None:
        self._port = port
        self._journal.log.info(f"[SERVICE: Gin] Listening on port: {port.getHost().port}")

    def _why(self, failure: Failure) -> str:
        """Say it in the words of the original."""
        cause = failure.value
        if not isinstance(cause, CannotListenError):
            return failure.getErrorMessage()
        number = getattr(cause.socketError, "errno", None) or 0
        reason = os.strerror(number).lower() if number in errno.errorcode else cause.socketError
        return f"listen tcp {self._server.listen_ip}:{self._server.port}: bind: {reason}"

    def _refuse(self, why: str) -> None:
        """
        Give up.

        Raises:
            CannotStart: Always.
        """
        self._journal.log.error(f"[SERVICE: Gin] {why}")
        self._journal.end()
        raise CannotStart(why)

    def stopService(self) -> Deferred[None]:
        """Stop; fires when everything is over.  Called once, before the reactor stops."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        if self._port is not None:
            port, self._port = self._port, None
            await maybeDeferred(port.stopListening)
        await self._drained()
        self._pool.close()
        for part in reversed(self._parts):
            await maybeDeferred(part.stop)
        self._journal.log.info("[SERVICE: Gin] Router execution ended")
        self._journal.end()

    async def _drained(self) -> None:
        """Wait for requests in flight, or cut them off when the time is over."""
        drained = self._connections.drain()
        longest = self._server.max_shutdown_wait_time_s
        if longest > 0:
            drained.addTimeout(longest, self._reactor)
        try:
            await drained
        except defer.TimeoutError:
            self._connections.abort_all()
