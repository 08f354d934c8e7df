"""
The configuration as the gateway sees it: frozen, complete, inherited, checked.

Nothing here knows of files.  `gatekeeper.config.load` makes these values, after
defaults and inheritance were applied, so that nobody else has to ask where a value
came from.  Times are seconds, sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from gatekeeper.message import JSON

__all__ = [
    "TLS",
    "Backend",
    "ClientTLS",
    "Endpoint",
    "HTTPClient",
    "KeyPair",
    "Server",
    "ServiceConfig",
    "Settings",
]


@frozen
class Settings:
    """
    The value of one `extra_config` namespace.

    Attributes:
        value: As written; JSON numbers that are no integers are floats.
        pointer: Where it stands, e.g. ``/endpoints/0/extra_config/proxy``, with the
            spelling that the file uses (old namespaces are translated only in the key).
    """

    value: JSON
    pointer: str


@frozen
class KeyPair:
    """A certificate chain and its key, both PEM files."""

    certificate: str
    private_key: str


@frozen
class TLS:
    """
    How clients reach us over TLS (specification, section 18.2).

    Attributes:
        keys: At least one pair; several are chosen by SNI, the first is the default.
        min_version, max_version: ``TLS10`` to ``TLS13``.
        curves, ciphers: IANA numbers as configured; empty means the default.
        client_cas: PEM files that may sign client certificates.
    """

    keys: Sequence[KeyPair]
    min_version: str = "TLS13"
    max_version: str = "TLS13"
    curves: Sequence[int] = ()
    ciphers: Sequence[int] = ()
    enable_mtls: bool = False
    client_cas: Sequence[str] = ()
    disable_system_ca_pool: bool = False


@frozen
class ClientTLS:
    """
    How we reach backends over TLS (specification, section 11.6).

    The defaults are those of a file without a ``client_tls`` block.
    """

    allow_insecure_connections: bool = False
    ca_certs: Sequence[str] = ()
    disable_system_ca_pool: bool = False
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    curves: Sequence[int] = ()
    ciphers: Sequence[int] = ()
    client_certs: Sequence[KeyPair] = ()


@frozen
class HTTPClient:
    """How connections to backends are made and kept (specification, section 3)."""

    tls: ClientTLS = field(factory=ClientTLS)
    disable_keep_alives: bool = False
    disable_compression: bool = False
    max_idle_connections: int = 0
    max_idle_connections_per_host: int = 250
    idle_connection_timeout_s: float = 0.0
    response_header_timeout_s: float = 0.0
    expect_continue_timeout_s: float = 0.0
    dialer_timeout_s: float = 0.0
    dialer_fallback_delay_s: float = 0.3
    dialer_keep_alive_s: float = 15.0
    dns_cache_ttl_s: float = 30.0


@frozen
class Server:
    """How clients reach us (specification, section 18).  Zero times mean "not configured"."""

    port: int = 8080
    listen_ip: str = ""
    tls: TLS | None = None
    use_h2c: bool = False
    read_timeout_s: float = 0.0
    read_header_timeout_s: float = 0.0
    write_timeout_s: float = 0.0
    idle_timeout_s: float = 0.0
    max_header_bytes: int = 0
    max_shutdown_wait_time_s: float = 0.0


@frozen
class Backend:
    """
    One call that an endpoint makes (specification, section 5).

    Attributes:
        url_pattern: Begins with a slash; placeholders are tokens: ``/x/{{.Id}}``.
        method: Upper case.
        hosts: Origins, sanitised and inherited; verbatim with `disable_host_sanitize`.
        encoding: As written, in lower case only for choosing a decoder; ``no-op``
            when the endpoint's `output_encoding` is ``no-op``; "" means JSON.
        pointer: Where it stands in the file.
    """

    url_pattern: str = "/"
    method: str = "GET"
    hosts: Sequence[str] = ()
    disable_host_sanitize: bool = False
    encoding: str = ""
    is_collection: bool = False
    target: str = ""
    allow: Sequence[str] = ()
    deny: Sequence[str] = ()
    mapping: Mapping[str, str] = {}
    group: str = ""
    sd: str = "static"
    sd_scheme: str = "http"
    input_headers: Sequence[str] = ()
    input_query_strings: Sequence[str] = ()
    extra_config: Mapping[str, Settings] = {}
    pointer: str = ""


@frozen
class Endpoint:
    """
    One route (specification, section 4).

    Attributes:
        endpoint: As written in the file, for messages and logs.
        path: In router syntax: ``/a/:id``.
        method: Upper case, for routing.
        params: Names of placeholders, sorted, as written.
        timeout_s: May be negative: expires immediately.
        input_headers: Canonical names, or ``*``.
        pointer: Where it stands in the file.
    """

    endpoint: str
    path: str
    backends: Sequence[Backend]
    method: str = "GET"
    params: Sequence[str] = ()
    timeout_s: float = 2.0
    cache_ttl_s: float = 0.0
    concurrent_calls: int = 1
    input_headers: Sequence[str] = ()
    input_query_strings: Sequence[str] = ()
    output_encoding: str = "json"
    extra_config: Mapping[str, Settings] = {}
    pointer: str = ""


@frozen
class ServiceConfig:
    """
    A whole file (specification, section 3).

    Attributes:
        version: 3, or 2 for files of KrakenD 1.x: a few behaviours follow it
            (specification, section 23, rows marked P).
        file: The path that was read, as given.
        extra_config: By namespace, in the names of KrakenD 2.
        warnings: Things worth a line in the log, such as a key that is close to a known one.
    """

    version: int = 3
    name: str = ""
    file: str = ""
    server: Server = field(factory=Server)
    client: HTTPClient = field(factory=HTTPClient)
    endpoints: Sequence[Endpoint] = ()
    debug_endpoint: bool = False
    echo_endpoint: bool = False
    disable_rest: bool = False
    extra_config: Mapping[str, Settings] = {}
    warnings: Sequence[str] = ()
