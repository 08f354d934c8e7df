"""
A process that serves clients.

It builds the gateway of the configuration that it was given, says so, and begins to accept
connections when it is told to.  When it is told to drain, or its supervisor is gone, it
finishes what was begun and ends.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
from collections.abc import Collection, Iterator
from functools import partial
from operator import setitem
from typing import Any

from attrs import astuple
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger, globalLogBeginner
from twisted.python.failure import Failure

from gatekeeper.assembly import Assembly, assemble
from gatekeeper.config.model import ServiceConfig
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.journal import Journal, Mute, open_journal
from gatekeeper.logging.observer import Observer
from gatekeeper.logging.relay import Relay
from gatekeeper.logging.stdout import Lines, Stdout
from gatekeeper.logging.streams import descriptor
from gatekeeper.node.commands import (
    Accept,
    Built,
    Drain,
    Failed,
    Look,
    LookOn,
    Renew,
    Reopen,
    Side,
    pieces,
)
from gatekeeper.node.counts import SharedCounts
from gatekeeper.node.order import Descriptors, Order, read_kept
from gatekeeper.nodewide.shared import SharedState
from gatekeeper.serving import Serving
from gatekeeper.transport.endpoints import adopted_endpoint
from gatekeeper.transport.reactor import install

__all__ = ["Worker", "main"]

FAILED = 1
ABANDONED_GRACE_S = 2.0

_log = Logger()


def main(order: Order, descriptors: Descriptors) -> int:
    """Serve until told to end; gives the exit status."""
    if order.reactor:
        importlib.import_module(order.reactor).install()
    else:
        install()
    from twisted.internet import reactor

    service = read_kept(descriptors.config)
    os.close(descriptors.config)
    worker = Worker(order, descriptors, service, reactor)
    worker.start()
    running: Any = reactor
    running.run(installSignalHandlers=False)
    return worker.status


class Worker:
    """
    One process's gateway.

    Attributes:
        status: With which the process should end.
    """

    def __init__(
        self, order: Order, descriptors: Descriptors, service: ServiceConfig, reactor: Any
    ) -> None:
        self.status = 0
        self._order = order
        self._descriptors = descriptors
        self._service = service
        self._reactor = reactor
        self._listeners = descriptors.sockets()
        self._control = Control(self)
        self._assembly: Assembly | None = None
        self._serving: Serving | None = None
        self._journal: Journal | None = None
        self._ports: dict[int, Any] = {}
        self._is_ending = False

    def start(self) -> None:
        """Connect to the supervisor; the rest follows when the reactor runs."""
        factory = Factory.forProtocol(lambda: self._control)
        factory.noisy = False
        number = self._descriptors.control
        self._reactor.adoptStreamConnection(number, socket.AF_UNIX, factory)
        os.close(number)
        self._reactor.callWhenRunning(self._build)

    def _build(self) -> None:
        try:
            self._assemble()
        except ConfigError as error:
            self._fail("; ".join(map(str, error.problems)))
        except Exception as error:  # noqa: BLE001 - the supervisor decides what becomes of it
            self._fail(f"{type(error).__name__}: {error}")
        else:
            self._control.callRemote(Built).addErrback(_unheard)

    def _assemble(self) -> None:
        service, descriptors = self._service, self._descriptors
        mute = Mute(on=True)  # the supervisor has built the same and told what there is to tell
        problems = Problems()
        journal = self._journal = open_journal(service, self._lines(), problems, mute)
        observer: Any = Observer(journal.log)  # zope
        globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
        counts = SharedCounts(service, self._order.slot + 1, descriptors.counts)
        made = self._assembly = assemble(
            service,
            self._reactor,
            journal,
            problems,
            SharedState.attach(descriptors.state),
            counts.counters(self._order.slot),
        )
        self._serving = Serving(
            factory=made.factory,
            connections=made.connections,
            pool=made.pool,
            parts=made.parts,
            reactor=self._reactor,
        )
        mute.on = not self._order.speaks
        self._serving.begin()
        mute.on = False
        journal.begin(self._reactor)

    def _lines(self) -> Lines:
        if self._order.relays:
            return Relay(self._descriptors.lines)
        return Stdout(descriptor("stdout"))

    def _fail(self, why: str) -> None:
        self.status = FAILED
        self._is_ending = True
        told = self._control.callRemote(Failed, why=why[:1000])
        told.addBoth(lambda _: self._reactor.stop())

    def accept(self, numbers: Collection[int]) -> None:
        """Accept connections from the sockets of these numbers, and no others."""
        assert self._serving is not None
        if self._is_ending:
            return
        for number in set(self._ports) - set(numbers):
            self._serving.stop_listening(self._ports.pop(number))
        for number in set(numbers) - set(self._ports):
            endpoint = adopted_endpoint(self._reactor, self._listeners[number])
            self._serving.listen(endpoint).addCallback(partial(setitem, self._ports, number))

    def drain(self, longest_s: float, idle_s: float, *, is_last: bool) -> None:
        """Finish what was begun, then end the process; once more means sooner."""
        if self._is_ending:
            if self._serving is not None:
                self._serving.hasten(idle_s)
            return
        self._is_ending = True
        ended = Deferred.fromCoroutine(self._end(longest_s, idle_s, is_last=is_last))
        ended.addBoth(self._ended)

    async def _end(self, longest_s: float, idle_s: float, *, is_last: bool) -> None:
        serving = self._serving
        if serving is not None:
            for port in self._ports.values():
                serving.stop_listening(port)
            for listener in self._listeners if is_last and self._ports else ():
                serving.take_waiting(listener)
        for listener in self._listeners:
            listener.close()
        if serving is not None:
            await serving.end(longest_s, idle_s)
        if self._journal is not None:
            self._journal.end()

    def _ended(self, result: object) -> None:
        """End the process, whether the end was as it should be or not."""
        if isinstance(result, Failure):
            self.status = FAILED
            _log.failure("this worker did not end in order", result)
        self._reactor.stop()

    def abandoned(self) -> None:
        """The supervisor is gone: nobody else will tell us to end."""
        longest_s = self._service.server.max_shutdown_wait_time_s
        self.drain(longest_s, ABANDONED_GRACE_S, is_last=True)

    def renew(self) -> str:
        """Read certificates anew; gives why that failed, or nothing."""
        assert self._assembly is not None
        try:
            self._assembly.renew()
        except ConfigError as error:
            return "; ".join(map(str, error.problems))
        return ""

    def reopen(self) -> None:
        """Open logs anew."""
        if self._journal is not None:
            self._journal.reopen()

    def describe(self) -> str:
        """Describe what goes on here, as JSON."""
        made = self._assembly
        if made is None:
            return "{}"
        return json.dumps(
            {
                "in_flight": made.gateway.counters.in_flight,
                "connections": len(made.connections.connections),
                "idle_backend_connections": made.pool.idle,
                "board": [astuple(notice, recurse=False) for notice in made.runtime.board.read()],
            }
        )


class Control(Side):
    """
    The worker's end of the connection to its supervisor.

    Args:
        worker: Does what is asked for.
    """

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker
        self._description: Iterator[str] = iter(())

    @Accept.responder
    def accept(self, numbers: list[int]) -> dict[str, object]:
        """Answered when it is so."""
        self._worker.accept(numbers)
        return {}

    @Drain.responder
    def drain(self, longest_s: float, idle_s: float, is_last: bool) -> dict[str, object]:
        """Answered before the end."""
        self._worker.drain(longest_s, idle_s, is_last=is_last)
        return {}

    @Renew.responder
    def renew(self) -> dict[str, object]:
        """Answered when it is done, or not."""
        return {"why": self._worker.renew()}

    @Reopen.responder
    def reopen(self) -> dict[str, object]:
        """Answered when it is done."""
        self._worker.reopen()
        return {}

    @Look.responder
    def look(self) -> dict[str, object]:
        """Give the first piece; what was there before is forgotten."""
        self._description = iter(pieces(self._worker.describe()))
        return self.look_on()

    @LookOn.responder
    def look_on(self) -> dict[str, object]:
        """Give the next piece."""
        text = next(self._description, "")
        rest = list(self._description)
        self._description = iter(rest)
        return {"text": text, "more": bool(rest)}

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The supervisor has gone."""
        super().connectionLost(reason)
        self._worker.abandoned()


def _unheard(_: Failure) -> None:
    """The supervisor is gone; `Control.connectionLost` sees to it."""
