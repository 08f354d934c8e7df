"""
One process that does everything: ``--workers 0``, for debugging, for tests, and where there
can be no workers.

It cannot load its configuration again: without a second process there is nobody to serve
clients while the new one is built.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed

from gatekeeper import pipeline
from gatekeeper.assembly import Loaded, assemble
from gatekeeper.component import ServicePart
from gatekeeper.config.model import ServiceConfig
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.journal import Journal
from gatekeeper.log import Log
from gatekeeper.node.files import WatchedFiles, certificate_files
from gatekeeper.node.memory import memory_of
from gatekeeper.node.notify import Notify
from gatekeeper.node.settings import NodeSettings
from gatekeeper.service import GatewayService
from gatekeeper.serving import Serving
from gatekeeper.transport.endpoints import adopted_endpoint, server_endpoint
from gatekeeper.view import Change, Counts, NodeView, Picture, View, WorkerView, by_class
from gatekeeper_admin.settings import AdminSettings

__all__ = ["Alone"]

BACKLOG = 1024

CANNOT_RELOAD = (
    "not reloading: one process (--workers 0) cannot load its configuration again; restart it"
)


class Alone:
    """
    The whole gateway, and what an operator may order it to do.

    Args:
        loaded: The configuration.
        reactor: Time, listening and connecting.
        journal: The open logs.
        notify: The service manager.
        given: Sockets that it has opened for us.

    Attributes:
        service: What ``twistd`` starts.

    Raises:
        ConfigError: Something that only shows when it is built.
    """

    def __init__(
        self,
        loaded: Loaded,
        reactor: Any,
        journal: Journal,
        notify: Notify,
        given: Sequence[Any] = (),
    ) -> None:
        config = loaded.service
        problems = Problems()
        self._config = config
        self._reactor = reactor
        self._journal = journal
        self._log: Log = journal.log
        self._began = reactor.seconds()
        self._reloads = {"ok": 0, "failed": 0}
        self._last: Change | None = None
        self._certificates: Change | None = None
        made = self._assembly = assemble(config, reactor, journal, problems)
        serving = Serving(
            factory=made.factory,
            connections=made.connections,
            pool=made.pool,
            parts=made.parts,
            reactor=reactor,
        )
        server = config.server
        self.service = GatewayService(
            server,
            endpoint=adopted_endpoint(reactor, given[0], BACKLOG)
            if given
            else server_endpoint(reactor, server.listen_ip, server.port, BACKLOG),
            serving=serving,
            journal=journal,
            reactor=reactor,
            notify=notify,
            pre_stop_delay_s=NodeSettings.of(config, problems).pre_stop_delay_s,
        )
        self._add_parts(config, problems)
        for warning in config.warnings:
            self._log.warning(warning)

    def _add_parts(self, config: ServiceConfig, problems: Problems) -> None:
        made, add = self._assembly, self.service.add_part
        self.view = View.of(config, time.time, self._look, self.service.is_ready)
        admin = AdminSettings.of(config, problems)
        if not admin.disabled:
            # Klein imports the reactor: not before ours is there
            from gatekeeper_admin.part import AdminPart

            add(AdminPart(admin, lambda: self.view, self, self._reactor, self._log))
        for part in pipeline.node_parts(config, made.runtime, problems):
            add(part)
        problems.check()
        add(_Watching(config, self._reactor, self._renew))

    def reload(self, by: str) -> Deferred[Change]:
        """Say why not; see `gatekeeper.orders`."""
        self._log.warning(f"[SERVICE: Node] {CANNOT_RELOAD} (asked by {by})")
        self._reloads["failed"] += 1
        self._last = Change(time.time(), False, CANNOT_RELOAD, by)
        return succeed(self._last)

    def reopen(self) -> None:
        """Open logs anew."""
        self._journal.reopen()

    def _renew(self) -> None:
        """Take up certificates that have changed on disk."""
        why = ""
        try:
            self._assembly.renew()
        except ConfigError as error:
            why = str(error)
        self._certificates = Change(time.time(), not why, why, "files changed")
        if why:
            self._log.error(f"[SERVICE: TLS] renewed certificates are not used: {why}")
        else:
            self._log.info("[SERVICE: TLS] certificates were renewed")

    def _look(self) -> Deferred[Picture]:
        made, pid = self._assembly, os.getpid()
        gateway, rss_pss = made.gateway, memory_of(pid)
        answers = {
            (endpoint.method, endpoint.endpoint): by_class(digits)
            for endpoint, digits in zip(
                self._config.endpoints, gateway.counters.by_endpoint, strict=True
            )
        }
        answers["", ""] = by_class(gateway.counters.others)
        counts = Counts(
            answers,
            gateway.counters.in_flight,
            len(made.connections.connections),
            made.pool.idle,
        )
        worker = WorkerView(
            slot=0,
            pid=pid,
            generation=1,
            state="serving" if self.service.is_ready() else "draining",
            uptime_s=self._reactor.seconds() - self._began,
            connections=counts.connections,
            in_flight=counts.in_flight,
            idle_backend_connections=counts.idle_backend_connections,
            rss_bytes=rss_pss[0],
            pss_bytes=rss_pss[1],
            board=made.runtime.board.read(),
        )
        node = NodeView(
            reloads=dict(self._reloads), last=self._last, certificates=self._certificates
        )
        return succeed(Picture(counts, [worker], node))


class _Watching(ServicePart):
    """Watches certificates while the gateway runs."""

    def __init__(self, config: ServiceConfig, reactor: Any, renew: Any) -> None:
        self._files = certificate_files(config)
        self._watched = WatchedFiles(reactor, renew)

    def start(self) -> None:
        """Begin."""
        self._watched.watch(self._files)

    def stop(self) -> None:
        """End."""
        self._watched.stop()
