"""
A read-only picture of the running gateway, for whoever shows it: admin site, metrics.

It says what the gateway is and how it does, never how to change it.  What a
configuration keeps secret does not get in here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import field, frozen
from twisted.internet.defer import Deferred

from gatekeeper import COMPATIBLE_WITH, __version__
from gatekeeper.board import Notice
from gatekeeper.config.model import Endpoint, ServiceConfig

__all__ = [
    "Answers",
    "Change",
    "Counts",
    "EndpointView",
    "NodeView",
    "Picture",
    "View",
    "WorkerView",
    "added",
    "by_class",
]

Answers: TypeAlias = Mapping[tuple[str, str], Mapping[str, int]]
"""Endpoints, as method and path, to answers by class of status."""


@frozen
class Counts:
    """
    What was counted since the start.

    Attributes:
        answers: By endpoint, as ``(method, path)``, answers by status class
            (``"2xx"``); requests that reached no endpoint have the path "".
        in_flight: Requests that are being answered now.
        connections: Open connections of clients.
        idle_backend_connections: Kept for the next request.
    """

    answers: Answers = field(factory=dict)
    in_flight: int = 0
    connections: int = 0
    idle_backend_connections: int = 0


def by_class(digits: Sequence[int]) -> dict[str, int]:
    """
    Name classes of status.

    Args:
        digits: How many answers began with which digit; 0 counts clients that left.

    Returns:
        ``{"2xx": 5, "gone": 1}``, without those that never happened.
    """
    named = {("gone" if digit == 0 else f"{digit}xx"): n for digit, n in enumerate(digits)}
    return {name: number for name, number in named.items() if number}


def added(one: Answers, other: Answers) -> Answers:
    """Add up counts; neither is changed."""
    return {
        name: _added(one.get(name, {}), other.get(name, {}))
        for name in dict.fromkeys([*one, *other])
    }


def _added(one: Mapping[str, int], other: Mapping[str, int]) -> Mapping[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in dict.fromkeys([*one, *other])}


@frozen
class WorkerView:
    """
    One process that serves clients, as it is now.

    Attributes:
        slot: Its place among the workers, from 0; whoever replaces it gets the same.
        pid: Its process.
        generation: Which configuration it serves, from 1.
        state: ``starting``, ``ready`` (not yet serving), ``serving`` or ``draining``.
        uptime_s: How long it lives.
        connections, in_flight, idle_backend_connections: As in `Counts`; None when it did not
            say in time.
        rss_bytes: Its memory; what it shares with others counts in full.
        pss_bytes: The same, where what is shared counts in part; 0 is unknown.
        board: What its components tell.
    """

    slot: int
    pid: int
    generation: int
    state: str
    uptime_s: float
    connections: int | None = None
    in_flight: int | None = None
    idle_backend_connections: int | None = None
    rss_bytes: int = 0
    pss_bytes: int = 0
    board: Sequence[Notice] = ()


@frozen
class Change:
    """
    An attempt to load the configuration again.

    Attributes:
        at: Seconds since the epoch.
        ok: Whether it is the one that runs now.
        why: Why not, for people; lines.
        by: Who wanted it.
    """

    at: float
    ok: bool
    why: str = ""
    by: str = ""


@frozen
class NodeView:
    """
    The processes as a whole.

    Attributes:
        generation: Which configuration runs, from 1.
        workers: How many there should be; 0 when one process does everything.
        restarts: How many workers had to be replaced.
        reloads: How many attempts went well and how many did not.
        last: The last attempt, if there was one.
        is_reloading: Whether one is under way.
        certificates: The last attempt to take up renewed certificates.
        board: What parts tell that run once on the node.
    """

    generation: int = 1
    workers: int = 0
    restarts: int = 0
    reloads: Mapping[str, int] = field(factory=lambda: {"ok": 0, "failed": 0})
    last: Change | None = None
    is_reloading: bool = False
    certificates: Change | None = None
    board: Sequence[Notice] = ()


@frozen
class Picture:
    """What is different each time that one looks."""

    counts: Counts
    workers: Sequence[WorkerView] = ()
    node: NodeView = field(factory=NodeView)


@frozen
class EndpointView:
    """One endpoint, as an operator wants to see it."""

    method: str
    path: str
    timeout_s: float
    output_encoding: str
    backends: Sequence[str]
    components: Sequence[str]

    @classmethod
    def of(cls, endpoint: Endpoint) -> EndpointView:
        """Describe one endpoint of a configuration."""
        names = {*endpoint.extra_config}
        for backend in endpoint.backends:
            names.update(backend.extra_config)
        return cls(
            method=endpoint.method,
            path=endpoint.endpoint,
            timeout_s=endpoint.timeout_s,
            output_encoding=endpoint.output_encoding,
            backends=tuple(
                f"{backend.method} {_without_credentials(host)}{backend.url_pattern}"
                for backend in endpoint.backends
                for host in backend.hosts or ("(no host)",)
            ),
            components=tuple(sorted(names)),
        )


def _without_credentials(host: str) -> str:
    """Hosts that are taken verbatim may carry ``user:password@``."""
    scheme, separator, rest = host.rpartition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


@frozen
class View:
    """
    The gateway as a whole.

    Attributes:
        name: What the configuration calls itself; it says which version runs.
        config_version: 2 or 3.
        file: The configuration that was read, as given.
        started_at: Seconds since the epoch.
        now: Tells how long that is ago.
        look: Takes a picture; it takes a moment, because workers are asked.
        ready: Whether new requests should come here; false while draining.
    """

    name: str
    config_version: int
    file: str
    started_at: float
    now: Callable[[], float]
    endpoints: Sequence[EndpointView]
    warnings: Sequence[str]
    look: Callable[[], Deferred[Picture]]
    ready: Callable[[], bool]
    version: str = __version__
    compatible_with: str = COMPATIBLE_WITH

    @classmethod
    def of(
        cls,
        service: ServiceConfig,
        now: Callable[[], float],
        look: Callable[[], Deferred[Picture]],
        ready: Callable[[], bool],
    ) -> View:
        """Look at a gateway that starts now."""
        return cls(
            name=service.name,
            config_version=service.version,
            file=service.file,
            started_at=now(),
            now=now,
            endpoints=tuple(map(EndpointView.of, service.endpoints)),
            warnings=service.warnings,
            look=look,
            ready=ready,
        )

    @property
    def uptime_s(self) -> float:
        """How long the gateway runs."""
        return self.now() - self.started_at
