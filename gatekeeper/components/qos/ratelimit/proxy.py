"""
Limit how often one backend is called.

Namespace ``qos/ratelimit/proxy``, allowed on a backend.  The bucket belongs to the node: all
its workers spend from it, so ``max_rate`` means what it says.  A refused call is an ordinary
error of the backend, and a failure for its circuit breaker.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.config.reader import Reader
from gatekeeper.message import Request, Response
from gatekeeper.nodewide.interface import Refill
from gatekeeper.proxy import Middleware, Proxy
from gatekeeper.ratelimit import (
    LIMITED,
    LIMITED_V2,
    RateLimited,
    default_capacity,
    per_second,
    read_capacity,
    read_every,
    read_rate,
    refill,
    steady_refill,
)

__all__ = ["RateLimit", "component", "rate_limit"]


@frozen
class RateLimit:
    """
    A token bucket.

    Attributes:
        max_rate: Calls that are allowed in `every_s`; 0 is no limit.
        capacity: What the bucket holds; 0 is the rate per second, and at least 1.
        every_s: Seconds; 0 means a second.
    """

    max_rate: float
    capacity: int = 0
    every_s: float = 0.0

    @classmethod
    def read(cls, json: Reader) -> RateLimit:
        """Read the settings."""
        json.known("max_rate", "capacity", "every")
        return cls(read_rate(json, "max_rate"), read_capacity(json, "capacity"), read_every(json))


def rate_limit(settings: RateLimit, placement: Placement, runtime: Runtime) -> Middleware:
    """
    Let a call through while the bucket has tokens.

    Raises (from the proxy it makes):
        RateLimited: The bucket is empty.

    Source: KrakenD documentation, "Rate limiting backends".
    """
    assert placement.backend is not None
    if not settings.max_rate:
        return lambda inner: inner
    is_old = placement.service.version == 2
    shape = _old_shape(settings, placement) if is_old else _shape(settings)
    take = runtime.node.bucket(placement.pointer, shape).take
    runtime.log.debug(
        f"[BACKEND: {placement.backend.url_pattern}][Ratelimit] Enabling the rate limiter"
    )
    text = LIMITED_V2 if is_old else LIMITED

    async def refuse(_: Request) -> Response:
        raise RateLimited(text)

    def middleware(inner: Proxy) -> Proxy:
        return lambda request: inner(request) if take() else refuse(request)

    return middleware


def _shape(settings: RateLimit) -> Refill:
    rate = per_second(settings.max_rate, settings.every_s)
    return refill(rate, settings.capacity or default_capacity(rate))


def _old_shape(settings: RateLimit, placement: Placement) -> Refill:
    """Read it as KrakenD 1 does: it knows no ``every`` and has no default for the capacity."""
    if settings.every_s:
        message = '"every" is ignored: files of version 2 have rates per second only'
        placement.problems.add(placement.pointer, message, fatal=False)
    if not settings.capacity:
        message = 'expected a whole number above zero as "capacity"'
        placement.problems.add(placement.pointer, message)
    return steady_refill(settings.max_rate, max(1, settings.capacity))


component = Component(namespace="qos/ratelimit/proxy", settings=RateLimit.read, backend=rate_limit)
