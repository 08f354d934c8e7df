"""Read a whole file: the keys of the service, and everything below them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address

from attrs import evolve

from gatekeeper.config.endpoints import Inherited, read_endpoint
from gatekeeper.config.hosts import sanitised
from gatekeeper.config.model import (
    ClientTLS,
    Endpoint,
    HTTPClient,
    Server,
    ServiceConfig,
    Settings,
)
from gatekeeper.config.reading import Node, Reading
from gatekeeper.config.tls import read_client_tls, read_tls
from gatekeeper.message import JSON

__all__ = ["read_service"]


def read_service(
    tree: Mapping[str, JSON], file: str, reading: Reading, *, port: int = 0, debug: bool = False
) -> ServiceConfig:
    """
    Read the values of a file, with defaults and inheritance applied.

    Problems go to `reading`; what is returned then is only good for finding more of them.

    Args:
        port: Used instead of the file's when it is not 0.
        debug: Switches the debug endpoint on.

    Source: KrakenD documentation, "Configuration file structure"; conformance cases
    ``config-inheritance`` and ``config-keys``.
    """
    node = reading.decode("service", tree, "")
    extra_config = reading.extra_config(node)
    hosts = sanitised(node.get("host", ()), node.place("host"), reading.problems)
    inherited = Inherited(
        hosts=hosts,
        timeout_s=node.get("timeout") or 2.0,
        cache_ttl_s=node.get("cache_ttl", 0.0),
        output_encoding=node.get("output_encoding", "") or "json",
        disable_rest=node.get("disable_rest", False),
    )
    _warn_about_the_rest(node, reading)
    return ServiceConfig(
        version=reading.version,
        name=node.get("name", ""),
        file=file,
        server=_server(node, port, extra_config, reading),
        client=_client(node, reading),
        endpoints=_endpoints(node, inherited, reading),
        debug_endpoint=debug or node.get("debug_endpoint", False),
        echo_endpoint=node.get("echo_endpoint", False),
        disable_rest=inherited.disable_rest,
        extra_config=extra_config,
    )


def _endpoints(node: Node, inherited: Inherited, reading: Reading) -> tuple[Endpoint, ...]:
    pointer = node.place("endpoints")
    items = reading.items(node.get("endpoints"), pointer, "an endpoint")
    return tuple([read_endpoint(item, place, inherited, reading) for item, place in items])


def _server(
    node: Node,
    port: int,
    extra_config: Mapping[str, Settings],
    reading: Reading,
) -> Server:
    _check_address(node, port, reading)
    block = node.get("tls")
    tls = None
    if block is not None:
        tls = read_tls(block, node.place("tls"), reading)
    router = extra_config.get("router")
    router_options = router.value if router and isinstance(router.value, dict) else {}
    return Server(
        port=port or node.get("port") or 8080,
        listen_ip=node.get("listen_ip", ""),
        tls=tls,
        use_h2c=node.get("use_h2c", False) or router_options.get("use_h2c") is True,
        read_timeout_s=node.get("read_timeout", 0.0),
        read_header_timeout_s=node.get("read_header_timeout", 0.0),
        write_timeout_s=node.get("write_timeout", 0.0),
        idle_timeout_s=node.get("idle_timeout", 0.0),
        max_header_bytes=max(0, node.get("max_header_bytes", 0)),
        max_shutdown_wait_time_s=node.get("max_shutdown_wait_time", 0.0),
    )


def _check_address(node: Node, port: int, reading: Reading) -> None:
    listen_ip = node.get("listen_ip", "")
    if listen_ip and not _is_address(listen_ip):
        where = node.place("listen_ip")
        reading.problems.add(where, f"invalid ip address {listen_ip}")
    written = port or node.get("port") or 8080
    if not 0 < written < 65536:
        where, option = ("", "--port: ") if port else (node.place("port"), "")
        reading.problems.add(where, f"{option}expected a port from 1 to 65535, found {written}")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _client(node: Node, reading: Reading) -> HTTPClient:
    dns_cache_ttl = node.get("dns_cache_ttl", 0.0)
    return HTTPClient(
        tls=_client_tls(node, reading),
        disable_keep_alives=node.get("disable_keep_alives", False),
        disable_compression=node.get("disable_compression", False),
        max_idle_connections=node.get("max_idle_connections", 0),
        max_idle_connections_per_host=node.get("max_idle_connections_per_host") or 250,
        idle_connection_timeout_s=node.get("idle_connection_timeout", 0.0),
        response_header_timeout_s=node.get("response_header_timeout", 0.0),
        expect_continue_timeout_s=node.get("expect_continue_timeout", 0.0),
        dialer_timeout_s=node.get("dialer_timeout", 0.0),
        dialer_fallback_delay_s=node.get("dialer_fallback_delay") or 0.3,
        dialer_keep_alive_s=node.get("dialer_keep_alive") or 15.0,
        dns_cache_ttl_s=dns_cache_ttl if dns_cache_ttl >= 1 else 30.0,
    )


def _client_tls(node: Node, reading: Reading) -> ClientTLS:
    insecure = node.get("allow_insecure_connections", False)
    block = node.get("client_tls")
    if block is None and not insecure:
        return ClientTLS()
    client = read_client_tls(block or {}, node.place("client_tls"), reading)
    return evolve(client, allow_insecure_connections=True) if insecure else client


def _warn_about_the_rest(node: Node, reading: Reading) -> None:
    for key, why in (
        ("async_agent", "this build has no async agents"),
        ("plugin", "Go plugins cannot be loaded"),
    ):
        if node.get(key):
            where = node.place(key)
            reading.problems.add(where, f'"{key}" is ignored: {why}', fatal=False)
