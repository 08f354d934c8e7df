"""
Put one backend's pipe together.

Outermost first::

    query filter > build request > concurrent calls > load balancer > header filter
    > components of the backend (GraphQL first) > status and decoding, or no-op
    > redirects > components of the client > exchange (compression, network)

A stage that has nothing to do does not exist.  `backend_pipe` gives the stages as they
stand here.  When nothing is configured between the ends, `direct` does the same in one
coroutine; it hands everything unusual to the stages, so they are the definition.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence

from gatekeeper.backend.balance import Host, Pick, balance, host, in_turns
from gatekeeper.backend.build_request import build_request
from gatekeeper.backend.concurrent import concurrent
from gatekeeper.backend.decode import Decode, decoding
from gatekeeper.backend.direct import direct
from gatekeeper.backend.discovery import Discovery
from gatekeeper.backend.exchange import asking, exchange, sending
from gatekeeper.backend.header_filter import header_filter
from gatekeeper.backend.noop import passed, without_stream
from gatekeeper.backend.proxies import Route, route
from gatekeeper.backend.query_filter import query_filter
from gatekeeper.backend.redirects import redirects
from gatekeeper.backend.status import on_error
from gatekeeper.component import Runtime
from gatekeeper.components.backend.http import http_options
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.encoding.decoders import decoder
from gatekeeper.errors import ConfigError, Problem, TransportError
from gatekeeper.message import JSON, Request, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy, stack
from gatekeeper.transform.manipulate import manipulation

__all__ = ["backend_pipe", "decode_of"]

NO_OP = "no-op"

_DATA_FORMATS = frozenset({"json", "json-collection", "negotiate", "string", "xml", "yaml"})


def backend_pipe(  # noqa: PLR0917  (callers give them in the order of the file)
    endpoint: Endpoint,
    backend: Backend,
    index: int,
    service: ServiceConfig,
    runtime: Runtime,
    inner: Sequence[Middleware] = (),
    client: Sequence[Middleware] = (),
    *,
    discovery: Discovery | None = None,
    randrange: Callable[[int], int] = random.randrange,
    environ: Mapping[str, str] = os.environ,
) -> Proxy:
    """
    Build what one backend does for each request.

    Args:
        index: The backend's place in its endpoint, for messages.
        inner: What components wrap around the decoded backend, outermost first.
        client: What components wrap around each single exchange, outermost first.
        discovery: Looks names up, for ``sd: dns``.
        randrange: Chooses the first host.
        environ: Where proxies are named.

    Raises:
        ConfigError: ``sd: dns`` without a name, or a proxy that cannot be used.
    """
    hosts = tuple(map(host, backend.hosts))
    pick = _pick(
        backend, hosts, discovery, randrange, f"{endpoint.method} {endpoint.path}, backend {index},"
    )
    parts = _Parts(endpoint, backend, service, runtime, _way(backend, hosts, environ))
    definition = parts.stages(pick, inner, client)
    if inner or client or endpoint.concurrent_calls > 1 or not parts.usual:
        return definition
    return direct(
        backend,
        parts.send,
        asking(runtime.http, parts.send),
        pick,
        parts.decode,
        compress=parts.compress,
        definition=definition,
        tail=parts.tail,
    )


class _Parts:
    """The stages of one backend, made once."""

    def __init__(
        self,
        endpoint: Endpoint,
        backend: Backend,
        service: ServiceConfig,
        runtime: Runtime,
        way: Route,
    ) -> None:
        options = http_options(backend)
        self.endpoint, self.backend, self.runtime = endpoint, backend, runtime
        self.compress = not service.client.disable_compression
        self.send = sending(runtime.http, way)
        self.exchange = exchange(self.send, backend.method, compress=self.compress)
        self.redirects = redirects(send_body=options.send_body)
        self.decode: Decode | None = None
        self.reading: Middleware
        if backend.encoding == NO_OP:
            self.reading = without_stream if _gives_data(endpoint) else passed
        else:
            self.decode = decode_of(backend, service.version)
            failed = on_error(backend, options, service.version)
            self.reading = decoding(self.decode, backend.encoding, failed, runtime)
        self.usual = not options.send_body and self.reading is not without_stream

    def stages(
        self, pick: Pick, inner: Sequence[Middleware], client: Sequence[Middleware]
    ) -> Proxy:
        """Put every stage that is needed around the exchange."""
        calls, backend = self.endpoint.concurrent_calls, self.backend
        middlewares: list[Middleware] = []
        if backend.input_query_strings:
            middlewares.append(query_filter(backend.input_query_strings))
        middlewares.append(build_request(backend.url_pattern, backend.method))
        if calls > 1:
            middlewares.append(concurrent(calls, self.endpoint.timeout_s, self.runtime))
        middlewares.append(balance(pick))
        if backend.input_headers:
            middlewares.append(header_filter(backend.input_headers))
        middlewares += [*inner, self.reading, self.redirects, *client]
        return stack(middlewares, self.exchange)

    async def tail(self, request: Request, answer: Streamed) -> Response:
        """Go on from an answer that has come already."""
        answers = [answer]

        async def resumed(again: Request) -> Response:
            return answers.pop() if answers else await self.exchange(again)

        return await stack([self.reading, self.redirects], resumed)(request)


def decode_of(backend: Backend, version: int) -> Decode:
    """Make one function of a backend's decoder and its manipulations."""
    decode = decoder(backend.encoding, backend.is_collection, version)
    manipulate = manipulation(backend, version)
    if manipulate is None:
        return decode

    def decode_and_manipulate(body: bytes) -> dict[str, JSON] | None:
        return manipulate(decode(body))

    return decode_and_manipulate


def _gives_data(endpoint: Endpoint) -> bool:
    """
    Tell whether a lone ``no-op`` backend is asked for data that it cannot give.

    Merging takes care of its streams itself.  An unknown output encoding falls back to the
    encoding of a single backend, so the stream goes on then.
    """
    if len(endpoint.backends) == 1:
        return endpoint.output_encoding in _DATA_FORMATS
    return endpoint.output_encoding != NO_OP and sum(map(_answers, endpoint.backends)) == 1


def _answers(backend: Backend) -> bool:
    settings = backend.extra_config.get("proxy")
    value = settings.value if settings is not None else None
    return not (isinstance(value, dict) and value.get("shadow") is True)


def _pick(
    backend: Backend,
    hosts: Sequence[Host],
    discovery: Discovery | None,
    randrange: Callable[[int], int],
    name: str,
) -> Pick:
    start = randrange(1 << 16)
    if backend.sd != "dns":
        return in_turns(lambda: hosts, start) if len(hosts) != 1 else lambda: hosts[0]
    if not backend.hosts:
        raise ConfigError(
            [
                Problem(
                    f'"sd": "dns" of {name} needs the name to look up as its "host"',
                    f"{backend.pointer}/sd",
                )
            ]
        )
    if discovery is None:
        raise ConfigError(
            [Problem(f"nothing looks up the hosts of {name}", f"{backend.pointer}/sd")]
        )
    return in_turns(discovery.watch(backend.hosts[0], backend.sd_scheme), start)


def _way(backend: Backend, hosts: Sequence[Host], environ: Mapping[str, str]) -> Route:
    way = route(environ)
    try:
        for one in hosts:
            if one.origin is not None:
                way.find(one.origin)
    except TransportError as error:
        raise ConfigError([Problem(str(error), f"{backend.pointer}/host")]) from error
    return way
