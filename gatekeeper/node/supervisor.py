"""
The process that has no clients: it owns the sockets, looks after the workers, and changes the
configuration under them.

A reload takes these steps.  Whatever goes wrong before the last one undoes those before it,
and the old configuration goes on:

1. read and check the file;
2. listen on the port, if it is another one;
3. start new workers on the same sockets, and wait until each could serve;
4. replace the parts that run once on the node;
5. let the new workers accept, and the old ones finish.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from attrs import evolve, frozen
from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from gatekeeper.assembly import Loaded, node_parts
from gatekeeper.board import Board
from gatekeeper.component import ServicePart
from gatekeeper.config.model import Server, ServiceConfig
from gatekeeper.errors import Problems
from gatekeeper.journal import Journal
from gatekeeper.node.births import Births
from gatekeeper.node.files import WatchedFiles, certificate_files
from gatekeeper.node.generation import Generation, Nursery
from gatekeeper.node.listening import Listening
from gatekeeper.node.logs import NodeLog
from gatekeeper.node.notify import Notify
from gatekeeper.node.parts import Parts, TakesOver
from gatekeeper.node.picture import Pictures
from gatekeeper.node.reloading import CannotReload, Reloading, told
from gatekeeper.node.settings import NodeSettings
from gatekeeper.refusal import CannotStart, listen_problem
from gatekeeper.service import IDLE_S
from gatekeeper.view import Change, NodeView, Picture, View

__all__ = ["Edges", "Supervisor"]


@frozen
class Edges:
    """
    What the supervisor works with.

    Attributes:
        load: Reads and checks the file, or raises `ConfigError`.
        open_journal: Opens the logs of a configuration.
        admin: Makes the admin site of a configuration, or nothing.
        failed: Called with the reason when nothing can be served.
        reactor: Time, and connections to workers.
        births: Makes workers.
        notify: The service manager.
        given: Sockets that it has opened for us.
    """

    load: Callable[[], Loaded]
    open_journal: Callable[[ServiceConfig], Journal]
    admin: Callable[[Supervisor, ServiceConfig], ServicePart | None]
    failed: Callable[[str], None]
    reactor: Any
    births: Births
    notify: Notify
    given: Sequence[Any] = ()


class Supervisor(Service):
    """
    The node.

    Args:
        first: What is served at first.
        edges: What it works with.
        nursery: What workers need.
        log: The node's log, which follows the configuration.

    Attributes:
        view: A picture of what runs now.
        reloading: All attempts to load the configuration again.
    """

    name = "gateway"

    def __init__(self, first: Loaded, edges: Edges, nursery: Nursery, log: NodeLog) -> None:
        self._edges = edges
        self._nursery = nursery
        self._log = log
        self._listening: Listening | None = None
        self._current: Generation | None = None
        self._coming: Generation | None = None
        self._leaving: list[Generation] = []
        self._first = first
        self._started_at = time.time()
        self._number = 0
        self._restarts = 0
        self._settings = NodeSettings.of(first.service, Problems())
        self._parts = Parts()
        self._is_stopping = False
        self._has_begun = False
        self._starting: Deferred[None] = succeed(None)
        self._certificates: Change | None = None
        self._board = Board()
        self._files = WatchedFiles(edges.reactor, self.renew)
        self._pictures = Pictures(edges.reactor)
        self.reloading = Reloading(self._attempt, log, time.time)
        self.view = self._view(first.service)

    # the life of the service

    def privilegedStartService(self) -> None:
        """Listen while we may use any port; ``twistd`` gives up its rights afterwards."""
        super().privilegedStartService()
        self._listen()

    def startService(self) -> None:
        """Start the workers; they serve a moment later."""
        super().startService()
        self._listen()
        assert self._listening is not None
        edges = self._edges
        edges.births.begin()
        current = self._current = self._generation(self._first.service, self._listening)
        self._starting = Deferred.fromCoroutine(self._start(current))
        self._starting.addErrback(self._give_up)
        self._parts.start(self._parts_of(current))  # while workers build
        self._open()  # whoever can connect finds all parts
        edges.reactor.callWhenRunning(self._log.journal.begin, edges.reactor)

    def _listen(self) -> None:
        if self._listening is not None:
            return
        self._first.tell(self._log)
        self._log.info("Starting the KrakenD instance")
        try:
            self._listening = self._sockets(self._first.service)
        except CannotReload as error:
            self._refuse(error)

    def _open(self) -> None:
        assert self._listening is not None
        try:
            _begin(self._listening, self._first.service.server)
        except CannotReload as error:
            self._refuse(error)
        self._log.info(f"[SERVICE: Gin] Listening on port: {self._listening.port}")

    def _refuse(self, error: CannotReload) -> NoReturn:
        self._log.error(f"[SERVICE: Gin] {error}")
        self._log.journal.end()
        raise CannotStart(str(error)) from error

    def _sockets(self, service: ServiceConfig) -> Listening:
        """
        Take the place that a configuration wants; the same sockets if it is the same place.

        Raises:
            CannotReload: That is not possible, and why.
        """
        server = service.server
        if self._listening is not None and self._listening.serves(server):
            return self._listening
        if self._edges.given:
            return Listening(self._edges.given, is_given=True)
        why = listen_problem(server)
        if why:
            raise CannotReload(why)
        try:
            return Listening.open(server, self._nursery.workers)
        except CannotListenError as error:
            raise CannotReload(listen_problem(server, error)) from error

    async def _start(self, generation: Generation) -> None:
        try:
            await generation.begin()
        except Exception:
            generation.give_up()
            raise
        await generation.serve()
        self._has_begun = True
        self._files.watch(certificate_files(generation.service))
        self._edges.notify.ready(f"serving with {self._nursery.workers} workers")
        self._watch_dog()

    def _give_up(self, failure: Failure) -> None:
        if self._is_stopping:
            return
        why = told(failure.value)
        self._log.error(f"[SERVICE: Node] nothing can be served: {why}")
        self._edges.failed(why)

    def is_ready(self) -> bool:
        """Say whether new requests are welcome."""
        current = self._current
        return not self._is_stopping and current is not None and current.is_serving

    def stopService(self) -> Deferred[None]:
        """Stop; fires when everything is over.  Called once, before the reactor stops."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        self._is_stopping = True
        self._edges.notify.stopping()
        self._files.stop()
        if self._coming is not None:
            self._coming.give_up()
        await self.reloading.over()
        await _end_of(self._starting)  # clients may be waiting since we listen
        delay_s = self._settings.pre_stop_delay_s
        if delay_s and self._has_begun:
            await deferLater(self._edges.reactor, delay_s)
        if self._listening is not None:
            self._listening.close()
        generations = [*self._leaving, *([self._current] if self._current else [])]
        endings = [
            each.drain(each.service.server.max_shutdown_wait_time_s, IDLE_S, is_last=True)
            for each in generations
        ]
        await DeferredList(endings)
        self._edges.births.end()
        await self._parts.end()
        self._log.info("[SERVICE: Gin] Router execution ended")
        self._log.journal.end()

    def _watch_dog(self) -> None:
        notify = self._edges.notify
        if notify.watchdog_s:
            notify.alive()
            self._edges.reactor.callLater(notify.watchdog_s / 2, self._watch_dog)

    # orders

    def reload(self, by: str) -> Deferred[Change]:
        """Load the configuration again; see `gatekeeper.orders`."""
        return self.reloading.request(by)

    def reopen(self) -> None:
        """Open logs anew, here and in the workers."""
        self._log.journal.reopen()
        for generation in self._generations():
            for link in generation.links:
                link.reopen()

    def renew(self) -> None:
        """Take up certificates that have changed on disk."""
        Deferred.fromCoroutine(self._renew())

    async def _renew(self) -> None:
        current = self._current
        if current is None:
            return
        try:
            answers = [await link.renew() for link in current.links if link.stage == "serving"]
            why = next(filter(None, answers), "")
        except Exception as error:  # noqa: BLE001 - whatever it is, the old ones stay in use
            why = told(error)
        self._certificates = Change(time.time(), not why, why, "files changed")
        if why:
            self._log.error(f"[SERVICE: TLS] renewed certificates are not used: {why}")
        else:
            self._log.info("[SERVICE: TLS] certificates were renewed")

    # reload

    async def _attempt(self) -> None:
        old = self._current
        if self._is_stopping or not self._has_begun or old is None:
            raise CannotReload("not while the gateway starts or stops")
        self._edges.notify.reloading()
        try:
            await self._replace(old)
        finally:
            self._edges.notify.ready(f"serving configuration {self._number_in_use()}")

    async def _replace(self, old: Generation) -> None:
        loaded = self._edges.load()
        settings = NodeSettings.of(loaded.service, Problems())
        listening = self._sockets(loaded.service)
        new = self._coming = self._generation(loaded.service, listening)
        try:
            _begin(listening, loaded.service.server)
            await new.begin()
            self._check_going_on()
            parts = [TakesOver(new.state, old.state), *self._parts_of(new)]
            await self._parts.replace(parts, lambda: self._parts_of(old))
        except Exception:
            self._forget(new, new.give_up())
            if listening is not self._listening:
                listening.close()
            raise
        finally:
            self._coming = None
        await new.serve()
        self._current, self._settings = new, settings
        self._adopt(loaded, listening)
        longest_s = old.service.server.max_shutdown_wait_time_s
        is_last = listening is not old.listening
        self._forget(old, old.drain(longest_s, settings.reload_grace_s, is_last=is_last))

    def _check_going_on(self) -> None:
        if self._is_stopping:
            raise CannotReload("the gateway stops")

    def _adopt(self, loaded: Loaded, listening: Listening) -> None:
        """Let everything that is not a worker follow the new configuration."""
        if listening is not self._listening and self._listening is not None:
            self._listening.close()
            self._log.info(f"[SERVICE: Gin] Listening on port: {listening.port}")
        self._listening = listening
        self._log.follow(self._edges.open_journal(loaded.service), self._edges.reactor)
        loaded.tell(self._log)
        self._files.watch(certificate_files(loaded.service))
        self.view = self._view(loaded.service)
        self._log.info(f"[SERVICE: Node] reloaded: configuration {self._number} is served")

    def _generation(self, service: ServiceConfig, listening: Listening) -> Generation:
        self._number += 1
        return Generation(self._number, service, listening, self._nursery)

    def _parts_of(self, generation: Generation) -> Sequence[ServicePart]:
        problems = Problems()
        service = generation.service
        parts, board = node_parts(
            service, self._edges.reactor, self._log, problems, generation.state
        )
        admin = self._edges.admin(self, service)
        problems.check()
        self._board = board
        return [*([] if admin is None else [admin]), *parts]

    def _forget(self, generation: Generation, ended: Deferred[None]) -> None:
        """Keep what a leaving generation has counted, and give back what it has."""
        self._leaving.append(generation)

        def over(_: None) -> None:
            self._leaving.remove(generation)
            self._pictures.keep(generation.counts.read())
            self._restarts += generation.restarts
            generation.close()

        ended.addCallback(over)

    # what others see

    def _number_in_use(self) -> int:
        return 0 if self._current is None else self._current.number

    def _generations(self) -> list[Generation]:
        current = [] if self._current is None else [self._current]
        return [*current, *self._leaving]

    def _view(self, service: ServiceConfig) -> View:
        view = View.of(service, time.time, self._look, self.is_ready)
        return evolve(view, started_at=self._started_at)

    def _described(self) -> NodeView:
        reloading = self.reloading
        return NodeView(
            generation=self._number_in_use(),
            workers=self._nursery.workers,
            restarts=self._restarts + sum(each.restarts for each in self._generations()),
            reloads=dict(reloading.counts),
            last=reloading.last,
            is_reloading=reloading.is_under_way,
            certificates=self._certificates,
            board=self._board.read(),
        )

    def _look(self) -> Deferred[Picture]:
        return self._pictures.take(self._generations, self._described)


def _begin(listening: Listening, server: Server) -> None:
    """Listen, or say why not."""
    try:
        listening.begin()
    except CannotListenError as error:
        raise CannotReload(listen_problem(server, error)) from error


def _end_of(running: Deferred[None]) -> Deferred[None]:
    """Wait for something that others wait for, too."""
    over: Deferred[None] = Deferred()
    running.addBoth(over.callback)
    return over
