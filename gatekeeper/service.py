"""
The gateway in one process: it listens, serves and looks after itself.

With workers, `gatekeeper.node.supervisor` is in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from gatekeeper.component import ServicePart
from gatekeeper.config.model import Server
from gatekeeper.journal import Journal
from gatekeeper.refusal import CannotStart, listen_problem
from gatekeeper.serving import Serving

__all__ = ["IDLE_S", "GatewayService"]

IDLE_S = 0.1
"""
How long a connection without a request may still send one when we end: the request may be on
its way already.  Short, because whoever ends us waits.
"""


class Notices(Protocol):
    """A service manager that wants to know how we are; see `gatekeeper.node.notify`."""

    watchdog_s: float

    def ready(self, status: str) -> None:
        """We serve."""

    def stopping(self) -> None:
        """We end."""

    def alive(self) -> None:
        """We are not stuck."""


class GatewayService(Service):
    """
    The listening gateway.

    Args:
        server: Where to listen and how long to wait at the end.
        endpoint: Listens, an ``IStreamServerEndpoint``.
        serving: Serves clients.
        journal: The logs.
        reactor: Whose time and life it is.
        notify: The service manager.
        parts: What lasts longer than the last request, such as the admin site.
        pre_stop_delay_s: How long to go on serving, though not ready, when we shall end.
    """

    name = "gateway"

    def __init__(
        self,
        server: Server,
        *,
        endpoint: Any,
        serving: Serving,
        journal: Journal,
        reactor: Any,
        notify: Notices,
        parts: Sequence[ServicePart] = (),
        pre_stop_delay_s: float = 0.0,
    ) -> None:
        self._server = server
        self._endpoint = endpoint
        self._serving = serving
        self._journal = journal
        self._reactor = reactor
        self._notify = notify
        self._parts = list(parts)
        self._pre_stop_delay_s = pre_stop_delay_s
        self._port: Any = None
        self._ready = False

    def add_part(self, part: ServicePart) -> None:
        """Take another part along; before the start."""
        self._parts.append(part)

    def is_ready(self) -> bool:
        """Say whether new requests are welcome."""
        return self._ready

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
        self._serving.begin()
        for part in self._parts:
            part.start()
        self._ready = True
        self._reactor.callWhenRunning(self._running)

    def _running(self) -> None:
        self._journal.begin(self._reactor)
        self._notify.ready("serving in one process")
        self._watch_dog()

    def _watch_dog(self) -> None:
        if self._notify.watchdog_s:
            self._notify.alive()
            self._reactor.callLater(self._notify.watchdog_s / 2, self._watch_dog)

    def _listen(self) -> None:
        if self._port is not None:
            return
        self._refuse_if(listen_problem(self._server))
        self._journal.log.info("Starting the KrakenD instance")
        failed: list[Failure] = []
        self._serving.listen(self._endpoint).addCallbacks(self._listening, failed.append)
        if failed:
            self._refuse_if(listen_problem(self._server, failed[0].value))

    def _listening(self, port: Any) -> None:
        self._port = port
        self._journal.log.info(f"[SERVICE: Gin] Listening on port: {port.getHost().port}")

    def _refuse_if(self, why: str) -> None:
        """
        Give up if there is a reason.

        Raises:
            CannotStart: There is.
        """
        if why:
            self._journal.log.error(f"[SERVICE: Gin] {why}")
            self._journal.end()
            raise CannotStart(why)

    def stopService(self) -> Deferred[None]:
        """Stop; fires when everything is over.  Called once, before the reactor stops."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        was_ready, self._ready = self._ready, False
        self._notify.stopping()
        if was_ready and self._pre_stop_delay_s:
            await deferLater(self._reactor, self._pre_stop_delay_s)
        self._port = None
        await self._serving.end(self._server.max_shutdown_wait_time_s, IDLE_S)
        for part in reversed(self._parts):
            await maybeDeferred(part.stop)
        self._journal.log.info("[SERVICE: Gin] Router execution ended")
        self._journal.end()
