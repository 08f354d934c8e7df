"""
THE ORDER: what wraps what, from the client to the backend and back.

Lists, outermost first.  A line is a namespace and the reason why it stands where it stands.
The lists have every namespace of the original that has a place in its order.  The path is
the registry: a namespace is implemented when its file is there.  One that is not, and that
no installed package offers, is ignored, or refused when it would have protected something.

::

    client ─ EDGE ─ which route? ─ ROUTER ─ HANDLERS ─ endpoint ─┐
    ┌────────────────────────────────────────────────────────────┘
    └─ PROXIES ─ shadow ─ static ─┬─ BACKENDS ─ CLIENTS ─ backend
                                  ├─ BACKENDS ─ CLIENTS ─ backend
                flatmap ─ merge ──┴─ BACKENDS ─ CLIENTS ─ backend

`build` folds the lists into closures, once per endpoint, when the gateway starts; `guards`
makes what stands around all endpoints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, TypeAlias

from attrs import evolve, frozen

from gatekeeper.backend.pipe import backend_pipe
from gatekeeper.component import Component, Guard, Placement, Runtime, ServicePart
from gatekeeper.components.proxy.deadline import deadline
from gatekeeper.components.proxy.flatmap import flatmap
from gatekeeper.components.proxy.parallel import parallel
from gatekeeper.components.proxy.sequential import sequential
from gatekeeper.components.proxy.settings import ProxySettings, is_shadow, shadow_timeout
from gatekeeper.components.proxy.shadow import shadow
from gatekeeper.components.proxy.static import static
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import ConfigError, NoHosts, Problems
from gatekeeper.gate import Gate, wrapper
from gatekeeper.message import ClientRequest, Reply, Request, Response
from gatekeeper.proxy import Handler, Proxy, Wrapper, stack

__all__ = [
    "BACKENDS",
    "CLIENTS",
    "EDGE",
    "HANDLERS",
    "PROXIES",
    "ROUTER",
    "Around",
    "Guards",
    "Route",
    "Step",
    "build",
    "guards",
    "implemented",
]


@frozen
class Step:
    """
    One line of the order.

    Attributes:
        namespace: What the configuration writes.
        why: Why it stands before the next line.
    """

    namespace: str
    why: str


EDGE: Sequence[Step] = (
    Step(
        "security/cors",
        "lets browsers read every answer, be it a 404, a redirect or a refusal; what it asks "
        "of browsers needs no route",
    ),
)
"""Around every request, before its route is looked for."""

ROUTER: Sequence[Step] = (
    Step(
        "security/http",
        "knows hosts and headers that all answers must have, those to bots included",
    ),
    Step("modifier/lua-endpoint", "of the service: may change the header that tells a bot"),
    Step("security/bot-detector", "is the cheapest refusal that looks at the request itself"),
)
"""Around all routes, 404 and 405 included; not around the health page and redirects of paths."""

HANDLERS: Sequence[Step] = (
    Step(
        "security/bot-detector",
        "is the cheapest refusal: no bot may cost a signature check, or be counted as a client",
    ),
    Step("telemetry/opencensus", "measures what follows, and also sees tokens that are refused"),
    Step("telemetry/metrics", "counts what was let in; the time of its own trace is not counted"),
    Step(
        "auth/validator",
        "knows who asks: scripts, limits by claim and URLs with claims need it",
    ),
    Step("auth/signer", "signs what the rest answers, limits and scripts included"),
    Step("modifier/lua-endpoint", "may change the header by which clients are told apart"),
    Step("qos/ratelimit/router", "is last, so that only requests that will be served are counted"),
)
"""Around what answers an endpoint's clients."""

PROXIES: Sequence[Step] = (
    Step("telemetry/opencensus", "measures the whole pipe"),
    Step("modifier/lua-proxy", "may make the request that rules and schema then judge"),
    Step(
        "validation/cel",
        "looks at headers and parameters, which is cheaper than reading a body for a schema",
    ),
    Step("validation/json-schema", "reads the body as it will be sent to the backends"),
    Step("plugin/req-resp-modifier", "gets only requests that are allowed"),
)
"""Around an endpoint's pipe: they see the request before it is split among backends."""

BACKENDS: Sequence[Step] = (
    Step(
        "backend/graphql",
        "writes the request's body and query, so everything below sees what is really sent",
    ),
    Step("plugin/req-resp-modifier", "may fail, but that is not the backend's failure"),
    Step(
        "qos/circuit-breaker",
        "an open breaker spends no token; a refusal by the limit counts as a failure",
    ),
    Step("qos/ratelimit/proxy", "no script or rule runs for a call that is not made"),
    Step("modifier/lua-backend", "may make the request that the rules then judge"),
    Step("validation/cel", "judges what is really sent and what really came back"),
    Step("backend/lambda", "takes the place of the HTTP exchange"),
    Step("backend/amqp/consumer", "takes the place of the HTTP exchange"),
    Step("backend/amqp/producer", "takes the place of the HTTP exchange"),
    Step("backend/pubsub/subscriber", "takes the place of the HTTP exchange"),
    Step("backend/pubsub/publisher", "takes the place of the HTTP exchange"),
)
"""Around one backend's pipe: they see data after decoding and manipulation."""

CLIENTS: Sequence[Step] = (
    Step("modifier/martian", "changes requests before the cache looks for them"),
    Step("plugin/http-client", "takes the place of everything below"),
    Step("qos/http-cache", "an answer from the cache needs no token for the backend"),
    Step("auth/client-credentials", "adds the token to what is really sent, and to nothing else"),
)
"""Around the raw HTTP exchange: they see status, headers and bytes."""

BUILT_IN = frozenset(
    {
        "backend/http",
        "backend/http/client",
        "gatekeeper/admin",
        "gatekeeper/allow-missing",
        "gatekeeper/http-cache",
        "gatekeeper/node",
        "gatekeeper/revoker",
        "proxy",
        "router",
        "telemetry/gelf",
        "telemetry/logging",
        "telemetry/logstash",
    }
)
"""Namespaces that the parts of the gateway itself read; they have no place in the order."""

SERVICE: Sequence[Step] = (
    Step("telemetry/metrics", "listens before the first request is counted"),
    Step("telemetry/opencensus", "the same for traces"),
    Step("auth/validator", "the shared key cache is there before the first validator asks it"),
    Step("auth/revoker", "is there before the first token is checked"),
)
"""Parts of the service as a whole, in the order in which they start."""


@frozen
class Around:
    """
    What stands around an endpoint's handler, outermost first: gates or wrappers, not both.

    Attributes:
        gates: When there is nothing else.
        wrappers: Otherwise; gates among them were made wrappers, so that the order stays.
    """

    gates: Sequence[Gate] = ()
    wrappers: Sequence[Wrapper] = ()


Route: TypeAlias = tuple[Endpoint, Proxy, Around]
"""One endpoint, its pipe, and what stands around its handler."""


def implemented() -> frozenset[str]:
    """Name every namespace that this build understands."""
    ours = {
        step.namespace
        for steps in (SERVICE, EDGE, ROUTER, HANDLERS, PROXIES, BACKENDS, CLIENTS)
        for step in steps
        if _is_here(step.namespace)
    }
    return frozenset(BUILT_IN | ours | set(_offered()))


def build(service: ServiceConfig, runtime: Runtime, problems: Problems) -> Sequence[Route]:
    """
    Make a route of every endpoint.

    Args:
        service: The configuration.
        runtime: What the parts of a pipe may use.
        problems: Gets everything that is wrong; check it before serving anything.
    """
    routes = []
    for endpoint in service.endpoints:
        try:
            routes.append(_route(service, endpoint, runtime, problems))
        except ConfigError as error:
            problems.found.extend(error.problems)
    return routes


@frozen
class Guards:
    """
    What looks at requests of the service as a whole, outermost first.

    Attributes:
        edge: Sees every request.
        router: Sees those that have a route, 404 and 405 included.
    """

    edge: Sequence[Guard] = ()
    router: Sequence[Guard] = ()


def guards(service: ServiceConfig, runtime: Runtime, problems: Problems) -> Guards:
    """Build what stands around all endpoints."""
    placement = Placement(service, problems=problems)
    built = partial(_built, extra_config=service.extra_config, placement=placement, runtime=runtime)
    return Guards(tuple(built("edge", EDGE)), tuple(built("router", ROUTER)))


def _route(
    service: ServiceConfig, endpoint: Endpoint, runtime: Runtime, problems: Problems
) -> Route:
    placement = Placement(service, endpoint, problems=problems)
    around = list(_placed(("gate", "handler"), HANDLERS, endpoint.extra_config, placement, runtime))
    pipe = _endpoint_pipe(service, endpoint, runtime, problems)
    if pipe is None:
        return endpoint, nobody_to_ask, _around([*around, ("handler", _without_pipe)])
    return endpoint, pipe, _around(around)


def _around(built: Sequence[tuple[str, Any]]) -> Around:
    if all(place == "gate" for place, _ in built):
        return Around(gates=tuple(gate for _, gate in built))
    parts = (wrapper(part) if place == "gate" else part for place, part in built)
    return Around(wrappers=tuple(parts))


def _endpoint_pipe(
    service: ServiceConfig, endpoint: Endpoint, runtime: Runtime, problems: Problems
) -> Proxy | None:
    """Fold the whole pipe of an endpoint, as drawn in this module's head."""
    regular = [backend for backend in endpoint.backends if not is_shadow(backend)]
    shadows = [backend for backend in endpoint.backends if is_shadow(backend)]
    answering = _answering_pipe(service, endpoint, regular, runtime, problems)
    if answering is None:
        return None
    copied = _answering_pipe(service, endpoint, shadows, runtime, problems)
    if copied is not None:
        timeout_s = shadow_timeout(shadows, endpoint.timeout_s)
        answering = shadow(copied, timeout_s, runtime)(answering)
    placement = Placement(service, endpoint, problems=problems)
    return stack(_built("proxy", PROXIES, endpoint.extra_config, placement, runtime), answering)


def _answering_pipe(
    service: ServiceConfig,
    endpoint: Endpoint,
    backends: Sequence[Backend],
    runtime: Runtime,
    problems: Problems,
) -> Proxy | None:
    """Join backends, regular or shadow, into one proxy: static, flatmap, merge."""
    if not backends:
        return None
    settings = ProxySettings.read(endpoint.extra_config.get("proxy"))
    pipes = [
        _backend_pipe(service, endpoint, backend, index, runtime, problems)
        for index, backend in enumerate(endpoint.backends)
        if backend in backends
    ]
    exact_integers = service.file.endswith((".yaml", ".yml", ".toml"))
    static_data = static(settings, exact_integers=exact_integers)
    if len(pipes) == 1:
        if static_data is None:
            return pipes[0]
        # the static data must still have time to answer when the backend has none left
        return static_data(deadline(endpoint.timeout_s, runtime)(pipes[0]))
    part = evolve(endpoint, backends=backends)
    merge = (
        sequential(part, endpoint.timeout_s, runtime)
        if settings.sequential
        else parallel(endpoint.timeout_s, runtime, service.version)
    )
    return stack(filter(None, [static_data, flatmap(settings)]), merge(pipes))


def _backend_pipe(  # noqa: PLR0917 - what a pipe is made of
    service: ServiceConfig,
    endpoint: Endpoint,
    backend: Backend,
    index: int,
    runtime: Runtime,
    problems: Problems,
) -> Proxy:
    placement = Placement(service, endpoint, backend, index, problems=problems)
    return backend_pipe(
        endpoint,
        backend,
        index,
        service,
        runtime,
        list(_built("backend", BACKENDS, backend.extra_config, placement, runtime)),
        list(_built("client", CLIENTS, backend.extra_config, placement, runtime)),
    )


def _built(
    place: str,
    steps: Sequence[Step],
    extra_config: Mapping[str, Settings],
    placement: Placement,
    runtime: Runtime,
) -> Iterator[Any]:
    """Build what a configuration asks for at one place, in the order of the list."""
    for _, part in _placed((place,), steps, extra_config, placement, runtime):
        yield part


def _placed(
    places: Sequence[str],
    steps: Sequence[Step],
    extra_config: Mapping[str, Settings],
    placement: Placement,
    runtime: Runtime,
) -> Iterator[tuple[str, Any]]:
    """Do the same for the first of some places that each component has."""
    for namespace in _ordered(steps, extra_config):
        found = component(namespace)
        place = next((place for place in places if getattr(found, place) is not None), None)
        if place is None:
            continue
        written = extra_config[namespace]
        settings = found.settings(
            written if found.raw else Reader(written.value, written.pointer, placement.problems)
        )
        part = getattr(found, place)(settings, evolve(placement, pointer=written.pointer), runtime)
        if part is not None:
            yield place, part


def _ordered(steps: Sequence[Step], used: Collection[str]) -> Iterator[str]:
    """Give the used namespaces in our order, then those of other packages by name."""
    for step in steps:
        if step.namespace in used and _is_here(step.namespace):
            yield step.namespace
    for namespace in sorted(_offered()):
        if namespace in used:
            yield namespace


@cache
def component(namespace: str) -> Component:
    """
    Import the component of a namespace.

    Raises:
        ImportError: A library that it needs is not installed.
    """
    if namespace in _offered():
        offered: Component = _offered()[namespace].load()
        return offered
    ours: Component = import_module(_module(namespace)).component
    return ours


def _module(namespace: str) -> str:
    return f"gatekeeper.components.{namespace.replace('/', '.').replace('-', '_')}"


@cache
def _is_here(namespace: str) -> bool:
    """Tell whether a namespace has its file, without importing it."""
    try:
        return find_spec(_module(namespace)) is not None
    except ModuleNotFoundError:  # not even its folder
        return False


@cache
def _offered() -> Mapping[str, EntryPoint]:
    """Find what installed packages offer."""
    return {entry.name: entry for entry in entry_points(group="gatekeeper.components")}


def service_parts(
    service: ServiceConfig, runtime: Runtime, problems: Problems
) -> Sequence[ServicePart]:
    """Build the parts of the service as a whole, in the order in which they start."""
    return _parts("service", service, runtime, problems)


def node_parts(
    service: ServiceConfig, runtime: Runtime, problems: Problems
) -> Sequence[ServicePart]:
    """Build the parts that run once per node, however many workers it has."""
    return _parts("node", service, runtime, problems)


def _parts(
    place: str, service: ServiceConfig, runtime: Runtime, problems: Problems
) -> Sequence[ServicePart]:
    placement = Placement(service, problems=problems)
    return list(_built(place, SERVICE, service.extra_config, placement, runtime))


async def nobody_to_ask(_: Request) -> Response:
    """Stand for the pipe of an endpoint that has shadow backends only; never called."""
    raise NoHosts


def _without_pipe(_: Handler) -> Handler:
    """
    Answer for such an endpoint.

    Kept for compatibility: it starts, and answers 500 without any header of the gateway
    (conformance case "shadow").
    """

    async def handler(_: ClientRequest) -> Reply:
        return Reply(500)

    return handler
