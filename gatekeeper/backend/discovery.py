"""
Where the hosts of a backend come from: a fixed list, or SRV records of the DNS.

``sd: dns`` looks a name up at start and then again and again, traffic or not.  A look-up
that fails keeps the list as it was; one that fails at start leaves no hosts, and requests
say so until one succeeds.

Source: KrakenD documentation, "Service discovery with DNS SRV".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from math import gcd
from typing import Any, TypeAlias

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IResolver
from twisted.names import dns
from twisted.python.failure import Failure

from gatekeeper.backend.balance import Host, host
from gatekeeper.log import Log

__all__ = ["Discovery", "Place", "hosts_of"]

MAX_ENTRIES = 100
LOOKUP_TIMEOUTS_S = (1, 3, 5)
Shuffle: TypeAlias = Callable[[list[str]], None]


@frozen
class Place:
    """One SRV record."""

    priority: int
    weight: int
    target: str
    port: int


@frozen
class _Means:
    """
    What looking up needs.

    Attributes:
        resolver, clock: An `IResolver` and an `IReactorTime`; the interfaces have no types.
    """

    resolver: Any
    clock: Any
    log: Log
    period_s: float
    shuffle: Shuffle


class Discovery:
    """
    The names that are looked up; one look-up serves all backends with the same name.

    Args:
        resolver: Asked for SRV records.
        period_s: Between look-ups.
        shuffle: Mixes lists of more than 100 entries.
    """

    def __init__(
        self,
        resolver: IResolver,
        clock: IReactorTime,
        log: Log,
        *,
        period_s: float = 30.0,
        shuffle: Shuffle = random.shuffle,
    ) -> None:
        self._means = _Means(resolver, clock, log, period_s, shuffle)
        self._watched: dict[tuple[str, str], _Watched] = {}
        self._running = False

    def watch(self, name: str, scheme: str) -> Callable[[], Sequence[Host]]:
        """Give a function that tells the hosts of a name as they are now."""
        key = (name, scheme or "http")
        watched = self._watched.get(key)
        if watched is None:
            watched = self._watched[key] = _Watched(*key, self._means)
            if self._running:
                watched.start()
        return lambda: watched.hosts

    def start(self) -> None:
        """Look everything up for the first time, and keep doing so."""
        self._running = True
        for watched in self._watched.values():
            watched.start()

    def stop(self) -> Deferred[None] | None:
        """Look nothing up any more."""
        self._running = False
        for watched in self._watched.values():
            watched.stop()
        return None


class _Watched:
    """One name."""

    def __init__(self, name: str, scheme: str, means: _Means) -> None:
        self.hosts: Sequence[Host] = ()
        self._name, self._scheme, self._means = name, scheme, means
        self._next: Any = None
        self._asking: Deferred[Any] | None = None
        self._running = False

    def start(self) -> None:
        if not self._running:
            self._running = True
            self._look_up()

    def stop(self) -> None:
        self._running = False
        if self._next is not None:
            self._next.cancel()
            self._next = None
        if self._asking is not None:
            self._asking.cancel()

    def _look_up(self) -> None:
        self._next = None
        asking: Deferred[Any] = self._means.resolver.lookupService(self._name, LOOKUP_TIMEOUTS_S)
        self._asking = asking
        asking.addCallback(self._found).addErrback(self._failed).addBoth(self._again)

    def _found(self, answer: Any) -> None:
        texts = hosts_of(_places(answer), self._scheme)
        if len(texts) > MAX_ENTRIES:
            self._means.shuffle(texts)
        self.hosts = tuple(map(host, texts))

    def _failed(self, failure: Failure) -> None:
        if self._running:
            self._means.log.warning(
                f"[SD: DNS] {self._name}: look-up failed ({type(failure.value).__name__}), "
                f"{len(self.hosts)} hosts kept"
            )

    def _again(self, _: None) -> None:
        self._asking = None
        if self._running:
            self._next = self._means.clock.callLater(self._means.period_s, self._look_up)


def hosts_of(places: Iterable[Place], scheme: str) -> list[str]:
    """
    Make a list of hosts in which each stands as often as its weight says.

    Only the most important priority counts.  Weights of 0 leave the host out: all of them
    0 means that there are no hosts.
    """
    ordered = sorted(places, key=lambda p: (p.priority, -p.weight, p.target, p.port))
    best = [place for place in ordered if place.priority == ordered[0].priority]
    hosts = []
    for place, times in zip(best, _scaled([place.weight for place in best]), strict=True):
        hosts += [f"{scheme}://{place.target}:{place.port}"] * times
    return hosts


def _scaled(weights: list[int]) -> list[int]:
    total, limit = sum(weights), max(MAX_ENTRIES, len(weights))
    if total > limit:
        weights = [weight * limit // total for weight in weights]
    divisor = gcd(*weights)
    return [weight // divisor for weight in weights] if divisor >= 2 else weights


def _places(answer: Any) -> Iterable[Place]:
    """Take the SRV records out of what a resolver gives: answers, authorities, additional."""
    for record in answer[0]:
        payload = record.payload
        if isinstance(payload, dns.Record_SRV):
            target = payload.target.name.decode("ascii")
            yield Place(payload.priority, payload.weight, f"{target.rstrip('.')}.", payload.port)
