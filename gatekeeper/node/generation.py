"""
The workers of one configuration, from their first to their last breath.

::

    begin ─▶ all built ─▶ serve ─▶ (one dies, another takes its slot) ─▶ drain ─▶ all gone
       └─▶ one is not ─▶ give_up

Until `serve` the death of a worker is a failure of the whole; afterwards it is a replacement.
"""

from __future__ import annotations

import os
import socket
from itertools import count
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure

from gatekeeper.config.model import ServiceConfig
from gatekeeper.log import Log
from gatekeeper.node.backoff import Backoff
from gatekeeper.node.births import Bears
from gatekeeper.node.counts import SharedCounts
from gatekeeper.node.link import Link
from gatekeeper.node.listening import Listening
from gatekeeper.node.order import Descriptors, Order, kept
from gatekeeper.node.spread import spread
from gatekeeper.nodewide.shared import SharedState

__all__ = ["Generation", "Nursery"]

BUILT_WITHIN_S = 30.0
"""A worker that is not ready by then never will be."""

_births = count(1)

SPARE_S = 5.0
"""How much later than agreed a draining worker is killed."""


@frozen
class Nursery:
    """
    What every generation needs.

    Attributes:
        births: Makes workers.
        workers: How many.
        reactor: Time, and connections to workers.
        log: Where deaths are told.
        reactor_name: The module of the reactor that workers install; "" is our own.
        lines: Where workers send lines for standard output; None: they write themselves.
    """

    births: Bears
    workers: int
    reactor: Any
    log: Log
    reactor_name: str = ""
    lines: int | None = None


class Generation:
    """
    The workers of one configuration.

    Attributes:
        number: Which one, from 1.
        service: The configuration.
        listening: Where they accept connections.
        state: What they share.
        counts: What they have counted.
        links: All workers that are there.
        restarts: How many were replaced.
        ended: Fires when the last worker is gone after `drain` or `give_up`.
    """

    def __init__(
        self, number: int, service: ServiceConfig, listening: Listening, nursery: Nursery
    ) -> None:
        self.number = number
        self.service = service
        self.listening = listening
        self.state = SharedState.create()
        self.counts = SharedCounts(service, nursery.workers)
        self.links: list[Link] = []
        self.restarts = 0
        self.ended: Deferred[None] = Deferred()
        self._config = kept(service)
        self._nursery = nursery
        self._backoffs = [Backoff() for _ in range(nursery.workers)]
        self._is_serving = False
        self._is_ending = False

    async def begin(self) -> None:
        """
        Start all workers, and wait until each could serve.

        Raises:
            NotBuilt: One could not; call `give_up` then.
        """
        links = [self._bear(slot, speaks=slot == 0) for slot in range(self._nursery.workers)]
        try:
            await gatherResults([link.built for link in links], consumeErrors=True)
        except Exception as error:
            raise _first(error) from error

    async def serve(self) -> None:
        """Let all workers accept connections."""
        self._is_serving = True
        await self._deal()

    async def _deal(self) -> None:
        """Let every worker that can serve accept from its sockets, and for those who cannot."""
        links = {link.slot: link for link in self.links if link.stage in ("ready", "serving")}
        listening = self.listening
        dealt = spread(links, len(listening.sockets), is_given=listening.is_given)
        told = [Deferred.fromCoroutine(links[slot].accept(dealt[slot])) for slot in dealt]
        await gatherResults([each.addErrback(_died) for each in told])

    @property
    def is_serving(self) -> bool:
        """Whether anybody accepts connections."""
        return any(link.stage == "serving" for link in self.links)

    def drain(self, longest_s: float, idle_s: float, *, is_last: bool) -> Deferred[None]:
        """
        Let all workers finish and end.

        Args:
            longest_s: How long requests in flight may take; 0 is as long as they need.
            idle_s: How long a connection without a request may still send one.
            is_last: Whether nobody goes on accepting from the same sockets.
        """
        self._is_ending = True
        for link in list(self.links):
            link.drain(longest_s, idle_s, is_last=is_last)
            if longest_s > 0:
                self._kill_later(link, longest_s + SPARE_S)
        self._ended_if_empty()
        return self.ended

    def give_up(self) -> Deferred[None]:
        """End all workers now."""
        self._is_ending = True
        for link in list(self.links):
            link.give_up("its configuration was given up")
        self._ended_if_empty()
        return self.ended

    def close(self) -> None:
        """Give everything back; after the last worker is gone."""
        os.close(self._config)
        self.counts.close()
        self.state.close()

    def _bear(self, slot: int, *, speaks: bool = False) -> Link:
        nursery = self._nursery
        link = Link(slot, self.number, nursery.reactor.seconds(), self._gone)
        self.links.append(link)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ours, theirs:
            factory = Factory.forProtocol(lambda: link)
            factory.noisy = False
            nursery.reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, factory)
            nursery.births.bear(
                Order(
                    birth=next(_births),
                    slot=slot,
                    generation=self.number,
                    speaks=speaks,
                    reactor=nursery.reactor_name,
                    relays=nursery.lines is not None,
                ),
                self._descriptors(theirs.fileno()),
                link.born,
            )
        late = nursery.reactor.callLater(
            BUILT_WITHIN_S, link.give_up, f"it was not ready within {BUILT_WITHIN_S:g} s"
        )
        link.built.addBoth(_cancelling(late))
        return link

    def _descriptors(self, control: int) -> Descriptors:
        lines = self._nursery.lines
        return Descriptors(
            control=control,
            config=self._config,
            counts=self.counts.fileno(),
            state=self.state.fileno(),
            lines=self._config if lines is None else lines,
            listeners=[each.fileno() for each in self.listening.sockets],
        )

    def _gone(self, link: Link) -> None:
        """Called when a worker is gone, whatever the reason."""
        self.links.remove(link)
        if self._is_ending:
            self._ended_if_empty()
        elif self._is_serving:
            Deferred.fromCoroutine(self._deal())
            self._replace(link)

    def _replace(self, link: Link) -> None:
        nursery = self._nursery
        self.restarts += 1
        wait_s = self._backoffs[link.slot].after(nursery.reactor.seconds() - link.born_at)
        when = f"in {wait_s:g} s" if wait_s else "now"
        nursery.log.warning(
            f"[SERVICE: Node] worker {link.slot} (process {link.pid or 'unknown'}) is gone: "
            f"another one starts {when}"
        )
        nursery.reactor.callLater(wait_s, self._refill, link.slot)

    def _refill(self, slot: int) -> None:
        if not self._is_ending:
            built = self._bear(slot).built
            built.addCallbacks(lambda _: self._serve_again(slot), self._not_built)

    def _serve_again(self, slot: int) -> None:
        Deferred.fromCoroutine(self._deal())
        self._nursery.log.info(f"[SERVICE: Node] worker {slot} serves again")

    def _not_built(self, failure: Failure) -> None:
        self._nursery.log.error(f"[SERVICE: Node] a worker cannot serve: {failure.value}")

    def _ended_if_empty(self) -> None:
        if not self.links and not self.ended.called:
            self.ended.callback(None)

    def _kill_later(self, link: Link, seconds: float) -> None:
        late = self._nursery.reactor.callLater(seconds, link.give_up, "it did not end in time")
        self.ended.addBoth(_cancelling(late))


def _first(error: Exception) -> Exception:
    """Give the first failure of several."""
    cause: Any = getattr(error, "subFailure", None)
    return cause.value if cause is not None else error


def _cancelling(call: Any) -> Any:
    """Stop a timer, whatever came."""

    def cancel(result: Any) -> Any:
        if call.active():
            call.cancel()
        return result

    return cancel


def _died(failure: Failure) -> None:
    """A worker died meanwhile; its link knows and it is replaced."""
