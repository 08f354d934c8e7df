"""
How a namespace of `extra_config` plugs into the gateway.

A component is one file under ``gatekeeper/components/`` whose path is its namespace:
``qos/ratelimit/proxy`` is ``components/qos/ratelimit/proxy.py``.  It ends with one
declaration, ``component = Component(...)``.  `gatekeeper.pipeline` imports it only when
a configuration uses the namespace, reads its settings once, and asks it to wrap the
proxy or handler at each place where the namespace is written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias, TypeVar

from attrs import field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from gatekeeper.board import Board
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.errors import DeadlineExceeded, Problems
from gatekeeper.gate import Gate
from gatekeeper.log import Log
from gatekeeper.message import Reply
from gatekeeper.nodewide.interface import NodeState
from gatekeeper.nodewide.local import LocalState
from gatekeeper.proxy import Middleware, Wrapper
from gatekeeper.wire.client import HTTPExchanges
from gatekeeper.wire.deadlines import Deadlines, Timers
from gatekeeper.wire.exchange import Exchange

__all__ = ["Component", "Guard", "Placement", "Runtime", "ServicePart"]

T = TypeVar("T")

Guard: TypeAlias = Callable[[Exchange], Exchange | Reply]
"""
Looks at a request that nobody answers yet: gives the exchange to go on with, perhaps dressed
(`gatekeeper.wire.dressed.dress`), or a reply that ends it.  It must not wait for anything.
"""


@frozen
class Placement:
    """
    Where in the configuration something stands.

    Attributes:
        service: The whole configuration.
        endpoint: The endpoint, or None at service level.
        backend: The backend, or None at endpoint level.
        index: The backend's place in its endpoint, from 0.
        pointer: Of the namespace itself, for messages.
        problems: Where a builder reports what only it can notice.
    """

    service: ServiceConfig
    endpoint: Endpoint | None = None
    backend: Backend | None = None
    index: int = 0
    pointer: str = ""
    problems: Problems = field(factory=Problems)


@frozen
class Runtime:
    """
    What the gateway lends to those who build pipes.  Nothing is imported globally.

    Attributes:
        clock: Time and timers; a `Clock` in tests.
        deadlines: Cheap timers for "no longer than".
        http: Exchanges with backends.
        log: The application log.
        node: State that all workers of the node share.
        board: Where parts tell operators about themselves.
        shared: What the components of one process share, by namespace; who comes first
            puts it there.
        epoch: Seconds since 1970, for times that others wrote, such as a token's.
    """

    clock: Timers
    deadlines: Deadlines
    http: HTTPExchanges
    log: Log
    node: NodeState = field(factory=LocalState)
    board: Board = field(factory=Board)
    shared: dict[str, Any] = field(factory=dict)
    epoch: Callable[[], float] = time.time

    def within(self, seconds: float, work: Coroutine[Any, Any, T]) -> Deferred[T]:
        """
        Run work that must end in time.

        Cancelling the Deferred cancels the work; the result is then a `CancelledError`.

        Raises (through the Deferred):
            DeadlineExceeded: The time was over first; the work was cancelled.
        """
        running = Deferred.fromCoroutine(work)
        if running.called:  # it never waited
            return running
        late: list[bool] = []

        def expire() -> None:
            late.append(True)
            running.cancel()

        ticket = self.deadlines.start(seconds, expire)

        def ended(result: T | Failure) -> T | Failure:
            ticket.stop()
            if late and isinstance(result, Failure) and isinstance(result.value, CancelledError):
                raise DeadlineExceeded
            return result

        return running.addBoth(ended)


class ServicePart(Protocol):
    """What a service-level component leaves behind: something to start and stop."""

    def start(self) -> None:
        """Begin; called once, before the first request."""

    def stop(self) -> Deferred[None] | None:
        """End; called once, after the last request."""


ReadSettings: TypeAlias = Callable[[Any], Any]
"""Takes a `Reader`; for a component that is `raw`, the `Settings` as they are written."""


@frozen
class Component:
    """
    One namespace.

    Attributes:
        namespace: As KrakenD 2 writes it.
        settings: Reads the namespace's JSON into a frozen value.  It reports
            mistakes to the reader, which goes on, so that all are shown at once.
        raw: Whether `settings` judges the value itself: where the contract wants an
            endpoint that refuses every request, or the value is no object.
        service, node, edge, router, gate, handler, proxy, backend, client: Builders for the
            places where the namespace may stand; None where it has no meaning.  Each
            gets the settings, the placement and the runtime:

            - ``service`` builds a `ServicePart`, or None, for every worker;
            - ``node`` builds a `ServicePart`, or None, that runs once per node, such as a
              listener of its own; it shares state with the workers by `Runtime.node`;
            - ``edge`` builds a `Guard` of every request, routed or not;
            - ``router`` builds a `Guard` of the routes, 404 and 405;
            - ``gate`` builds a `gatekeeper.gate.Gate` of one endpoint, or None where the
              settings let everybody through; a component that looks at requests and not
              at answers has this, not a ``handler``: it costs a third;
            - ``handler`` wraps what answers an endpoint's clients;
            - ``proxy`` wraps an endpoint's pipe;
            - ``backend`` wraps a backend's pipe, where data is decoded;
            - ``client`` wraps the raw HTTP exchange with a backend.
    """

    namespace: str
    settings: ReadSettings
    service: Callable[[Any, Placement, Runtime], ServicePart | None] | None = None
    node: Callable[[Any, Placement, Runtime], ServicePart | None] | None = None
    edge: Callable[[Any, Placement, Runtime], Guard] | None = None
    router: Callable[[Any, Placement, Runtime], Guard] | None = None
    gate: Callable[[Any, Placement, Runtime], Gate | None] | None = None
    handler: Callable[[Any, Placement, Runtime], Wrapper] | None = None
    proxy: Callable[[Any, Placement, Runtime], Middleware] | None = None
    backend: Callable[[Any, Placement, Runtime], Middleware] | None = None
    client: Callable[[Any, Placement, Runtime], Middleware] | None = None
    raw: bool = False
