"""
Show how a configuration was understood: the answer of ``check -d``, ``-dd`` and ``-ddd``.

The layout is for people and no contract.  Secrets are masked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from attrs import asdict

from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.config.pointer import steps
from gatekeeper.config.secrets import masked, without_secrets
from gatekeeper.units import duration_text

__all__ = ["dump"]


def dump(service: ServiceConfig, level: int = 1, indent: str = "\t") -> str:
    """
    Describe a configuration.

    Args:
        level: 1 names routes, backends and components; 2 adds lists, encodings and the
            components' settings; 3 adds every number of transport and TLS.
        indent: What each step to the right is written as.
    """
    lines = [(0, "Global settings"), *_service(service, level)]
    lines.append((0, f"{len(service.endpoints)} API endpoint(s):"))
    for endpoint in service.endpoints:
        lines.extend(_endpoint(endpoint, level))
    lines.append((0, "0 async agent(s):"))
    return "\n".join(indent * depth + text for depth, text in lines)


_Lines = Iterator[tuple[int, str]]


def _service(service: ServiceConfig, level: int) -> _Lines:
    yield 1, f"Name: {service.name}"
    yield 1, f"Version: {service.version}"
    yield 1, f"Address: {service.server.listen_ip or '*'}"
    yield 1, f"Port: {service.server.port}"
    hosts = {
        host
        for endpoint in service.endpoints
        for backend in endpoint.backends
        for host in backend.hosts
    }
    yield 1, f"Hosts: {_list(sorted(hosts))}"
    yield from _components(service.extra_config, 1, level)
    if level >= 2:
        yield 1, f"Debug endpoint: {_yes(service.debug_endpoint)}"
        yield 1, f"Echo endpoint: {_yes(service.echo_endpoint)}"
        yield 1, f"Placeholders anywhere (disable_rest): {_yes(service.disable_rest)}"
    if level >= 3:
        yield 1, "Server:"
        yield from _values(asdict(service.server), 2)
        yield 1, "Client:"
        yield from _values(asdict(service.client), 2)


def _endpoint(endpoint: Endpoint, level: int) -> _Lines:
    yield 1, f"- {endpoint.method} {endpoint.endpoint}"
    yield 2, f"Timeout: {duration_text(endpoint.timeout_s)}"
    if level >= 2:
        yield 2, f"Cache TTL: {duration_text(endpoint.cache_ttl_s)}"
        yield 2, f"Concurrent calls: {endpoint.concurrent_calls}"
        yield 2, f"Input headers: {_list(endpoint.input_headers)}"
        yield 2, f"Input query strings: {_list(endpoint.input_query_strings)}"
        yield 2, f"Output encoding: {endpoint.output_encoding}"
    yield from _components(endpoint.extra_config, 2, level)
    yield 2, f"Connecting to {len(endpoint.backends)} backend(s):"
    for backend in endpoint.backends:
        yield from _backend(backend, endpoint, level)


def _backend(backend: Backend, endpoint: Endpoint, level: int) -> _Lines:
    yield 3, f"[+] {backend.method} {backend.url_pattern}"
    yield 4, f"Timeout: {duration_text(endpoint.timeout_s)}"
    yield 4, f"Hosts: {_list(backend.hosts)}"
    if level >= 2:
        yield 4, f"Encoding: {backend.encoding or 'json'}"
        yield 4, f"Collection: {_yes(backend.is_collection)}"
        yield 4, f"Target: {backend.target}"
        yield 4, f"Allow: {_list(backend.allow)}"
        yield 4, f"Deny: {_list(backend.deny)}"
        yield 4, f"Mapping: {json.dumps(dict(backend.mapping), ensure_ascii=False)}"
        yield 4, f"Group: {backend.group}"
        yield 4, f"Input headers: {_list(backend.input_headers)}"
        yield 4, f"Input query strings: {_list(backend.input_query_strings)}"
        yield 4, f"Service discovery: {backend.sd}"
    yield from _components(backend.extra_config, 4, level)


def _components(extra_config: Mapping[str, Settings], depth: int, level: int) -> _Lines:
    if not extra_config:
        return
    yield depth, f"{len(extra_config)} component configuration(s):"
    for settings in extra_config.values():
        spelled = steps(settings.pointer)[-1]
        if level < 2:
            yield depth, f"- {spelled}"
        else:
            value = json.dumps(masked(settings.value), ensure_ascii=False)
            yield depth, f"- {spelled}: {value}"


def _values(values: Mapping[str, object], depth: int) -> _Lines:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield depth, f"{name}:"
            yield from _values(value, depth + 1)
        elif isinstance(value, float) and name.endswith("_s"):
            yield depth, f"{name.removesuffix('_s')}: {duration_text(value)}"
        else:
            yield depth, f"{name}: {_shown(value)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _yes(value)
    if isinstance(value, (list, tuple)):
        return _list(value)
    return "" if value is None else str(value)


def _list(values: object) -> str:
    return without_secrets(json.dumps(values, ensure_ascii=False, default=list))


def _yes(value: bool) -> str:
    return "yes" if value else "no"
