"""
Limit how often an endpoint is asked: by each client, and by all together.

Namespace ``qos/ratelimit/router``, allowed on an endpoint.  The buckets belong to the node:
all its workers spend from them.  The client's bucket is asked first, so a request that the
endpoint's bucket refuses has cost the client a token.

Refusals come before the endpoint's own handler: they have no body and none of its headers.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.component import Component, Placement, Runtime
from gatekeeper.components.qos.ratelimit.strategy import STRATEGIES, client_key
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.gate import Gate, V, in_turn
from gatekeeper.message import Reply
from gatekeeper.nodewide.interface import Refill
from gatekeeper.ratelimit import (
    LIMITED,
    LIMITED_V2,
    default_capacity,
    per_second,
    read_capacity,
    read_every,
    read_rate,
    refill,
    steady_refill,
)

__all__ = ["RouterLimit", "component", "router_limit"]

IDLE_S = 600.0
"""How long a client may be away before its bucket is forgotten, at least."""


@frozen
class RouterLimit:
    """
    The limits of one endpoint.

    Attributes:
        max_rate: Requests of all clients that are allowed in `every_s`; 0 is no limit.
        capacity: What their bucket holds; 0 is the default.
        client_max_rate, client_capacity: The same for each client.
        strategy: Tells clients apart, as written.
        key: See `client_key`.
        every_s: Seconds; 0 means a second, and so does anything shorter.
    """

    max_rate: float = 0.0
    capacity: int = 0
    client_max_rate: float = 0.0
    client_capacity: int = 0
    strategy: str = ""
    key: str = ""
    every_s: float = 0.0

    @classmethod
    def read(cls, json: Reader) -> RouterLimit:
        """Read the settings."""
        json.known(
            "max_rate", "capacity", "client_max_rate", "client_capacity", "strategy", "key",
            "every", "num_shards", "cleanup_period", "cleanup_threads",
        )  # fmt: skip
        return cls(
            max_rate=read_rate(json, "max_rate"),
            capacity=read_capacity(json, "capacity"),
            client_max_rate=read_rate(json, "client_max_rate"),
            client_capacity=read_capacity(json, "client_capacity"),
            strategy=json.text("strategy", default=""),
            key=json.text("key", default=""),
            every_s=read_every(json),
        )


@frozen
class _Shapes:
    """
    The buckets of one endpoint, as one version of KrakenD makes them; None is no limit.

    Attributes:
        rate, client_rate: Per second, for the log.
        strategies: What may tell clients apart.
        text: What the access log says about a refusal.
    """

    rate: float
    client_rate: float
    endpoint: Refill | None
    client: Refill | None
    strategies: tuple[str, ...] = STRATEGIES
    text: str = LIMITED


def router_limit(settings: RouterLimit, placement: Placement, runtime: Runtime) -> Gate | None:
    """
    Answer 429 to a client, and 503 to anybody, who asks more often than is allowed.

    Source: KrakenD documentation, "Rate limiting endpoints"; conformance cases
    ``client-rate-limit`` and ``endpoint-rate-limit``.
    """
    is_old = placement.service.version == 2
    shapes = _old_shapes(settings, placement) if is_old else _shapes(settings)
    node, gates = runtime.node, list[Gate]()
    if shapes.client is not None and _check(settings, shapes, placement):
        idle_s = max(IDLE_S, 1.25 * settings.every_s if settings.every_s > IDLE_S else 0.0)
        take = node.buckets(f"{placement.pointer} clients", shapes.client, idle_s).take
        name_of = client_key(settings.strategy.lower(), settings.key)

        refusal = Reply(429, errors=(shapes.text,))

        def look_at_client(visitor: V) -> V | Reply:
            name = name_of(visitor)
            return visitor if name and take(name) else refusal

        gates.append(look_at_client)
    if shapes.endpoint is not None:
        take_one = node.bucket(placement.pointer, shapes.endpoint).take
        busy = Reply(503, errors=(shapes.text,))

        def look(visitor: V) -> V | Reply:
            return visitor if take_one() else busy

        gates.append(look)
    _tell(settings, shapes, placement, runtime)
    return in_turn(gates)


def _shapes(settings: RouterLimit) -> _Shapes:
    """
    Make the buckets of KrakenD 2.

    The default of a client's capacity looks at the *endpoint's* rate, and may be nothing.
    Kept for compatibility (conformance case ``client-default-capacity``).
    """
    every_s = max(1.0, settings.every_s)
    rate = per_second(settings.max_rate, every_s)
    client_rate = per_second(settings.client_max_rate, every_s)
    capacity = settings.capacity or default_capacity(rate)
    client_capacity = settings.client_capacity or (1 if rate < 1 else int(client_rate))
    return _Shapes(
        rate,
        client_rate,
        refill(rate, capacity) if rate else None,
        refill(client_rate, client_capacity) if client_rate else None,
    )


def _old_shapes(settings: RouterLimit, placement: Placement) -> _Shapes:
    """Make the buckets of KrakenD 1: whole rates per second, which are the capacity, too."""
    ignored = ("every", settings.every_s), ("capacity", settings.capacity)
    for key, value in (*ignored, ("client_capacity", settings.client_capacity)):
        if value:
            _warn(placement, f'"{key}" is ignored: files of version 2 do not have it')
    rate, client_rate = int(settings.max_rate), int(settings.client_max_rate)
    if (settings.max_rate and not rate) or (settings.client_max_rate and not client_rate):
        _warn(placement, "a rate under 1 per second is no limit in files of version 2")
    return _Shapes(
        rate,
        client_rate,
        steady_refill(rate, rate) if rate else None,
        steady_refill(client_rate, client_rate) if client_rate else None,
        strategies=("ip", "header"),
        text=LIMITED_V2,
    )


def _check(settings: RouterLimit, shapes: _Shapes, placement: Placement) -> bool:
    """Report what makes a limit for clients useless, or harmful."""
    strategy, endpoint = settings.strategy.lower(), placement.endpoint
    assert shapes.client is not None
    assert endpoint is not None
    if strategy not in shapes.strategies:
        words = ", ".join(f'"{word}"' for word in shapes.strategies)
        placement.problems.add(
            placement.pointer,
            f'a limit for clients needs a "strategy", one of {words}; found "{settings.strategy}"',
        )
        return False
    if not shapes.client.stock:
        _warn(
            placement,
            "every client's first requests are refused, until one token has come back:"
            ' set "client_capacity" to begin with a full bucket',
        )
    if strategy == "header" and not settings.key:
        _warn(placement, 'every request is refused: the strategy "header" needs a "key"')
    if strategy == "param" and settings.key not in endpoint.params:
        _warn(placement, f'every request is refused: there is no parameter "{settings.key}"')
    if strategy == "ip" and _believes_anybody(placement.service):
        _warn_once(
            placement,
            "clients can choose the address by which they are limited: say in"
            ' "router" whose "trusted_proxies" may forward addresses',
        )
    return True


def _believes_anybody(service: ServiceConfig) -> bool:
    router = service.extra_config.get("router")
    options = router.value if router is not None and isinstance(router.value, dict) else {}
    return options.get("forwarded_by_client_ip") is not False and not options.get("trusted_proxies")


def _warn(placement: Placement, message: str) -> None:
    placement.problems.add(placement.pointer, message, fatal=False)


def _warn_once(placement: Placement, message: str) -> None:
    """Warn about something that is the same for all endpoints."""
    if all(problem.message != message for problem in placement.problems.found):
        _warn(placement, message)


def _tell(settings: RouterLimit, shapes: _Shapes, placement: Placement, runtime: Runtime) -> None:
    """Say what is on, in the original's words."""
    assert placement.endpoint is not None
    label = f"[ENDPOINT: {placement.endpoint.path}][Ratelimit] Rate limit enabled."
    if shapes.endpoint is not None:
        runtime.log.debug(
            f"{label} MaxRate: {shapes.rate:.6f}, Capacity: {shapes.endpoint.capacity}"
        )
    if shapes.client is not None:
        runtime.log.debug(
            f"{label} Strategy: {settings.strategy} (key: {settings.key}),"
            f" MaxRate: {shapes.client_rate:.6f}, Capacity: {shapes.client.stock}"
        )


component = Component(
    namespace="qos/ratelimit/router", settings=RouterLimit.read, gate=router_limit
)
