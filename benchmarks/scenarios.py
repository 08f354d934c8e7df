"""
What is measured: scenarios in groups that share one configuration.

A group is one start of every gateway.  Its scenarios follow each other; within a scenario
the gateways take turns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from benchmarks.bodies import POSTED

__all__ = ["GROUPS", "Group", "Scenario"]


@frozen
class Scenario:
    """
    One kind of request.

    Attributes:
        path: What is asked for.
        connections: How many clients, all keep-alive.
        expected: The status that counts as an answer.
        method, body, headers: Of the request.
        base: Name of the scenario in the same group that costs the same but for what is
            looked at here.
        needs: A namespace that this build must implement.
        only: Gateways that can do it; empty means all.
        http2: Use HTTP/2, 16 connections with 10 streams each.
        goal: At most so much of KrakenD's cost.
        at_least_s: How long the load must last, because connecting takes its time.
    """

    name: str
    path: str
    connections: int = 64
    expected: int = 200
    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = {}
    base: str = ""
    needs: str = ""
    only: Sequence[str] = ()
    http2: bool = False
    goal: float | None = None
    at_least_s: float = 0.0


@frozen
class Group:
    """
    Scenarios with one configuration.

    Attributes:
        routes: How many endpoints with a parameter there are beside the named ones.
        secure: Whether clients speak TLS.
        extra: Service-level namespaces.
        components: Whether there are endpoints with components.
    """

    name: str
    scenarios: Sequence[Scenario]
    routes: int = 500
    secure: bool = False
    extra: Mapping[str, object] = {}
    components: bool = False


_DATA = ("gatekeeper", "krakend")
_PROXIES = ("gatekeeper", "krakend", "nginx", "haproxy")
_WITHOUT_HAPROXY = ("gatekeeper", "krakend", "nginx")
_TOKEN = {"Authorization": "Bearer @TOKEN@"}

PLAIN = Group(
    "usual requests",
    (
        Scenario("no-op", "/noop", goal=0.4),
        Scenario("json", "/json", only=_WITHOUT_HAPROXY, goal=0.45),
        Scenario("json, allow", "/allow", only=_DATA, goal=0.45),
        Scenario("merge of 3", "/merge", only=_DATA, goal=0.45),
        Scenario("path parameter, 500 routes", "/route250/4711", goal=0.5),
        Scenario("48 KB collection", "/collection", only=_WITHOUT_HAPROXY, goal=0.4),
        Scenario("1 MB stream", "/body1000000", connections=16, goal=0.8),
        Scenario("404", "/nowhere", expected=404, goal=1.0),
    ),
)

CONNECTIONS = Group(
    "number of connections",
    (
        Scenario("64 clients", "/json", only=_WITHOUT_HAPROXY, goal=0.45),
        Scenario(
            "1,000 clients", "/json", 1000, only=_WITHOUT_HAPROXY, goal=0.45, at_least_s=3.0
        ),
        Scenario("5,000 clients", "/json", 5000, only=_WITHOUT_HAPROXY, at_least_s=6.0),
    ),
)  # fmt: skip

BODIES = Group(
    "size of bodies",
    tuple(
        Scenario(f"no-op, {label}", f"/body{size}", connections)
        for label, size, connections in (
            ("0.3 KB", 300, 64),
            ("10 KB", 10_000, 64),
            ("100 KB", 100_000, 32),
            ("1 MB", 1_000_000, 16),
            ("10 MB", 10_000_000, 4),
        )
    ),
)

ROUTES = tuple(
    Group(
        f"{count:,} endpoints",
        (Scenario(f"json, {count:,} endpoints", f"/route{count - 1}/4711", only=_DATA),),
        routes=count,
    )
    for count in (10, 500, 10_000)
)

TLS = Group(
    "TLS",
    (
        Scenario("TLS, HTTP/1.1", "/json", only=_WITHOUT_HAPROXY, goal=0.7),
        Scenario("TLS, HTTP/2", "/json", http2=True, only=_WITHOUT_HAPROXY, goal=0.7),
    ),
    routes=10,
    secure=True,
)

COMPONENTS = Group(
    "components",
    (
        Scenario("json, nothing on top", "/json", only=_DATA),
        Scenario(
            "router rate limit", "/limited", base="json, nothing on top", only=_DATA,
            needs="qos/ratelimit/router",
        ),
        Scenario(
            "router rate limit, per client", "/limited-clients", base="json, nothing on top",
            only=_DATA, needs="qos/ratelimit/router",
        ),
        Scenario(
            "JWT RS256", "/jwt", base="json, nothing on top", only=_DATA,
            headers=_TOKEN, needs="auth/validator",
        ),
        Scenario(
            "bot detector", "/bots", base="json, nothing on top", only=_DATA,
            headers={"User-Agent": "Firefox"}, needs="security/bot-detector",
        ),
        Scenario(
            "CEL rule", "/cel/4711", base="json, nothing on top", only=_DATA,
            needs="validation/cel",
        ),
        Scenario("json, 1 KB posted", "/post", method="POST", body=POSTED, only=_DATA),
        Scenario(
            "JSON schema, 1 KB posted", "/schema", method="POST", body=POSTED,
            base="json, 1 KB posted", only=_DATA, needs="validation/json-schema",
        ),
    ),
    routes=10,
    components=True,
)  # fmt: skip

CORS = Group(
    "CORS",
    (
        Scenario("json, no origin", "/json", only=_DATA, needs="security/cors"),
        Scenario(
            "CORS", "/json", headers={"Origin": "https://shop.example"},
            base="json, no origin", only=_DATA, needs="security/cors",
        ),
    ),
    routes=10,
    extra={"security/cors": {"allow_origins": ["https://shop.example"], "allow_methods": ["GET"]}},
)  # fmt: skip

GROUPS = (PLAIN, CONNECTIONS, BODIES, *ROUTES, TLS, COMPONENTS, CORS)
