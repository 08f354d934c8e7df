"""
Stop calling a backend that fails.

Namespace ``qos/circuit-breaker``, allowed on a backend.  The states are those of
`gatekeeper.breaker`; this says what is a failure of the backend.  A breaker belongs to the
node: all its workers learn from each other's calls.

Every call that was let through is ended, whatever becomes of it.  A call that its client
gives up says nothing about the backend, in files of version 2 as well.
"""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import CancelledError

from gatekeeper.board import Facts
from gatekeeper.breaker import SIZE, Breaker, State
from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.reader import Reader
from gatekeeper.errors import BodyTooLarge, RequestGone
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["CircuitBreaker", "circuit_breaker", "component"]

TIMEOUT_S = 60.0
"""How long a breaker stays open when the configuration does not say it."""

_MOST = 2**31 - 1


@frozen
class CircuitBreaker:
    """
    One breaker.

    Attributes:
        interval_s: After so long failures are forgotten; 0 is never.
        timeout_s: How long it stays open; 0 is a minute.
        max_errors: Failures in a row that are accepted.
        name: For the log and for operators.
        log_status_change: Whether changes are logged.
    """

    interval_s: int = 0
    timeout_s: int = 0
    max_errors: int = 0
    name: str = ""
    log_status_change: bool = False

    @classmethod
    def read(cls, json: Reader) -> CircuitBreaker:
        """Read the settings; fractions of numbers are cut off."""
        json.known("interval", "timeout", "max_errors", "name", "log_status_change")
        return cls(
            interval_s=int(json.number("interval", default=0, minimum=-_MOST, maximum=_MOST)),
            timeout_s=int(json.number("timeout", default=0, minimum=-_MOST, maximum=_MOST)),
            max_errors=int(json.number("max_errors", default=0, minimum=0, maximum=_MOST)),
            name=json.text("name", default=""),
            log_status_change=json.boolean("log_status_change", default=False),
        )


def circuit_breaker(settings: CircuitBreaker, placement: Placement, runtime: Runtime) -> Middleware:
    """
    Call a backend only while it seems to work.

    Raises (from the proxy it makes):
        CircuitOpen, TooManyRequests: The backend was not called.

    Source: KrakenD documentation, "Circuit breaker"; conformance cases ``circuit-breaker``.
    """
    if settings == CircuitBreaker():  # kept for compatibility: no number and no name, no breaker
        return lambda inner: inner
    breaker = _breaker(settings, placement, runtime)
    deadlines = runtime.deadlines

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            generation = breaker.begin()
            try:
                response = await inner(request)
            except CancelledError:
                if deadlines.expiring:
                    breaker.failed(generation)
                else:
                    breaker.excluded(generation)
                raise
            except (RequestGone, BodyTooLarge):  # a client's doing
                breaker.excluded(generation)
                raise
            except Exception:
                breaker.failed(generation)
                raise
            except BaseException:  # it will never end
                breaker.excluded(generation)
                raise
            breaker.succeeded(generation)
            return response

        return proxy

    return middleware


def _breaker(settings: CircuitBreaker, placement: Placement, runtime: Runtime) -> Breaker:
    assert placement.endpoint is not None
    assert placement.backend is not None
    pattern = placement.backend.url_pattern
    subject = "circuit" if placement.service.version == 2 else "[CB] Circuit"

    def changed(before: State, after: State) -> None:
        if settings.log_status_change:
            runtime.log.warning(
                f"{subject} breaker named '{settings.name}' went"
                f" from '{before.value}' to '{after.value}'"
            )

    breaker = Breaker(
        runtime.node.memory(placement.pointer, SIZE),
        max_errors=settings.max_errors,
        interval_s=settings.interval_s,
        timeout_s=settings.timeout_s if settings.timeout_s > 0 else TIMEOUT_S,
        seconds=runtime.clock.seconds,
        changed=changed,
    )
    runtime.log.debug(
        f"[BACKEND: {pattern}][CB] Creating the circuit breaker named '{settings.name}'"
    )

    def tell() -> Facts:
        return {
            "name": settings.name,
            "state": breaker.state.value,
            "failures in a row": breaker.failures,
            "max_errors": settings.max_errors,
        }

    place = f"{placement.endpoint.method} {placement.endpoint.endpoint}, backend {pattern}"
    runtime.board.add("qos/circuit-breaker", place, tell)
    return breaker


component = Component(
    namespace="qos/circuit-breaker", settings=CircuitBreaker.read, backend=circuit_breaker
)
