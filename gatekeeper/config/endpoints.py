"""Read endpoints and their backends: defaults, inheritance, checks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from gatekeeper.config import legacy
from gatekeeper.config.hosts import sanitised
from gatekeeper.config.model import Backend, Endpoint
from gatekeeper.config.placeholders import (
    ParameterMismatch,
    clean_path,
    endpoint_path,
    url_pattern,
)
from gatekeeper.config.reading import Node, Reading
from gatekeeper.message import JSON, canonical

__all__ = ["Inherited", "read_endpoint"]

_FORBIDDEN = re.compile(r"\*.|/__(?:debug|echo|health)(?:/.*)?\Z")
_FORBIDDEN_HINT = (
    "/__debug, /__echo and /__health are the gateway's own, and * stands at the end of a path"
)


@frozen
class Inherited:
    """What endpoints and backends have from the service when they do not say it."""

    hosts: Sequence[str] = ()
    timeout_s: float = 2.0
    cache_ttl_s: float = 0.0
    output_encoding: str = "json"
    disable_rest: bool = False


def read_endpoint(
    value: Mapping[str, JSON], pointer: str, inherited: Inherited, reading: Reading
) -> Endpoint:
    """
    Read one endpoint.

    Source: KrakenD documentation, "Endpoints"; conformance case ``config-inheritance``.
    """
    node = reading.decode("endpoint", value, pointer)
    if reading.version == 2:
        legacy.endpoint_keys(node.values)
    written = clean_path(node.get("endpoint", ""))
    method = node.get("method", "")
    path, params = endpoint_path(written, inherited.disable_rest)
    encoding = node.get("output_encoding") or inherited.output_encoding
    if _FORBIDDEN.search(written):
        message = f"ignoring the '{method} {written}' endpoint, since it is invalid!!!"
        reading.problems.add(node.place("endpoint"), message, _FORBIDDEN_HINT)
    shared = _Shared(method or "GET", path, params, encoding == "no-op", inherited)
    return Endpoint(
        endpoint=written,
        path=path,
        backends=_backends(node, shared, reading),
        method=(method or "GET").upper(),
        params=params,
        timeout_s=node.get("timeout") or inherited.timeout_s,
        cache_ttl_s=node.get("cache_ttl") or inherited.cache_ttl_s,
        concurrent_calls=max(1, node.get("concurrent_calls", 1)),
        input_headers=tuple(map(canonical, node.get("input_headers", ()))),
        input_query_strings=node.get("input_query_strings", ()),
        output_encoding=encoding,
        extra_config=reading.extra_config(node),
        pointer=pointer,
    )


@frozen
class _Shared:
    """What the backends of one endpoint have in common."""

    method: str
    path: str
    params: Sequence[str]
    no_op: bool
    inherited: Inherited


def _backends(endpoint: Node, shared: _Shared, reading: Reading) -> tuple[Backend, ...]:
    written = endpoint.get("backend")
    where = endpoint.place("backend")
    if written in (None, [], {}):
        method, path = endpoint.get("method", ""), clean_path(endpoint.get("endpoint", ""))
        message = f"ignoring the '{method} {path}' endpoint, since it has 0 backends defined!"
        place = endpoint.place("endpoint") if written is None else where
        reading.problems.add(
            place, message, 'an endpoint needs "backend": [{"url_pattern": "/path"}]'
        )
    if shared.no_op and isinstance(written, list) and len(written) > 1:
        reading.problems.add(
            where,
            "can not use NoOp encoding with more than one backends connected to the same endpoint",
            'with "no-op" one answer passes as it is: leave one backend, or merge with "json"',
        )
    items = enumerate(reading.items(written, where, "a backend"))
    return tuple([_backend(item, at, n, shared, reading) for n, (item, at) in items])


def _backend(
    value: Mapping[str, JSON], pointer: str, number: int, shared: _Shared, reading: Reading
) -> Backend:
    node = reading.decode("backend", value, pointer)
    if reading.version == 2:
        legacy.backend_keys(node.values)
    hosts = _hosts(node, shared.inherited, reading)
    sd = node.get("sd") or "static"
    if sd == "dns" and not hosts:
        message = 'expected the name of an SRV record in host for "sd": "dns", found none'
        reading.problems.add(pointer, message, '"host": ["_http._tcp.shop.example"]')
    return Backend(
        url_pattern=_url_pattern(node, number, shared, reading),
        method=(node.get("method") or shared.method).upper(),
        hosts=hosts,
        disable_host_sanitize=node.get("disable_host_sanitize", False),
        encoding="no-op" if shared.no_op else node.get("encoding", ""),
        is_collection=node.get("is_collection", False),
        target=node.get("target", ""),
        allow=node.get("allow", ()),
        deny=node.get("deny", ()),
        mapping=node.get("mapping", {}),
        group=node.get("group", ""),
        sd=sd,
        sd_scheme=node.get("sd_scheme") or "http",
        input_headers=tuple(map(canonical, node.get("input_headers", ()))),
        input_query_strings=node.get("input_query_strings", ()),
        extra_config=reading.extra_config(node),
        pointer=pointer,
    )


def _hosts(backend: Node, inherited: Inherited, reading: Reading) -> Sequence[str]:
    hosts: Sequence[str] = backend.get("host", ())
    if not hosts:
        return inherited.hosts
    if backend.get("disable_host_sanitize"):
        return hosts
    return sanitised(hosts, backend.place("host"), reading.problems)


def _url_pattern(backend: Node, number: int, shared: _Shared, reading: Reading) -> str:
    pattern = clean_path(backend.get("url_pattern", ""))
    try:
        return url_pattern(pattern, shared.params)
    except ParameterMismatch as mismatch:
        message = mismatch.message(shared.method, shared.path, number, shared.params)
        reading.problems.add(backend.place("url_pattern"), message, _declared(shared))
        return pattern


def _declared(endpoint: _Shared) -> str:
    names = ", ".join(f"{{{name}}}" for name in endpoint.params)
    if names:
        return f"the endpoint's path has {names}"
    if "{" in endpoint.path:
        return "in the endpoint's path a placeholder begins behind a slash, such as /{id}"
    return "add the placeholder to the endpoint's path, such as /{id}"
