"""
List the keys that a file may have, level by level, and how each is read.

Objects that need more than one value's worth of reading are left `raw`; the module that
is named after them continues there.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from gatekeeper.config.weak import (
    Decode,
    boolean,
    duration,
    integer,
    mapping,
    objects,
    raw,
    text,
    texts,
)

__all__ = ["V2", "V3", "Keys"]

_SERVICE: dict[str, Decode] = {
    "version": integer,
    "name": text,
    "port": integer,
    "listen_ip": text,
    "host": texts,
    "timeout": duration,
    "cache_ttl": duration,
    "output_encoding": text,
    "endpoints": raw,
    "async_agent": raw,
    "extra_config": objects,
    "debug_endpoint": boolean,
    "echo_endpoint": boolean,
    "disable_rest": boolean,
    "sequential_start": boolean,
    "plugin": raw,
    "tls": objects,
    "client_tls": objects,
    "allow_insecure_connections": boolean,
    "use_h2c": boolean,
    "read_timeout": duration,
    "write_timeout": duration,
    "idle_timeout": duration,
    "read_header_timeout": duration,
    "max_header_bytes": integer,
    "max_shutdown_wait_time": duration,
    "disable_keep_alives": boolean,
    "disable_compression": boolean,
    "max_idle_connections": integer,
    "max_idle_connections_per_host": integer,
    "idle_connection_timeout": duration,
    "response_header_timeout": duration,
    "expect_continue_timeout": duration,
    "dialer_timeout": duration,
    "dialer_fallback_delay": duration,
    "dialer_keep_alive": duration,
    "dns_cache_ttl": duration,
}

_ENDPOINT: dict[str, Decode] = {
    "endpoint": text,
    "method": text,
    "backend": raw,
    "timeout": duration,
    "cache_ttl": duration,
    "concurrent_calls": integer,
    "output_encoding": text,
    "extra_config": objects,
}

_BACKEND: dict[str, Decode] = {
    "url_pattern": text,
    "host": texts,
    "disable_host_sanitize": boolean,
    "method": text,
    "encoding": text,
    "is_collection": boolean,
    "target": text,
    "allow": texts,
    "deny": texts,
    "mapping": mapping,
    "group": text,
    "sd": text,
    "extra_config": objects,
    # Decoded by KrakenD and then overwritten; documentation examples contain the first one.
    "timeout": raw,
    "concurrentcalls": raw,
    "urlkeys": raw,
    "decoder": raw,
}

_TLS: dict[str, Decode] = {
    "disabled": boolean,
    "keys": raw,
    "public_key": text,
    "private_key": text,
    "min_version": text,
    "max_version": text,
    "curve_preferences": raw,
    "cipher_suites": raw,
    "prefer_server_cipher_suites": boolean,
    "enable_mtls": boolean,
    "ca_certs": texts,
    "disable_system_ca_pool": boolean,
}

_CLIENT_TLS: dict[str, Decode] = {
    "allow_insecure_connections": boolean,
    "ca_certs": texts,
    "disable_system_ca_pool": boolean,
    "min_version": text,
    "max_version": text,
    "curve_preferences": raw,
    "cipher_suites": raw,
    "client_certs": raw,
}


@frozen
class Keys:
    """
    The keys of one version of the configuration.

    Attributes:
        service, endpoint, backend, tls, client_tls: Names and how they are read.
        other_names: Names that mean something in the other version: what they are here.
    """

    service: Mapping[str, Decode]
    endpoint: Mapping[str, Decode]
    backend: Mapping[str, Decode]
    other_names: Mapping[str, str]
    tls: Mapping[str, Decode] = _TLS
    client_tls: Mapping[str, Decode] = _CLIENT_TLS

    def level(self, name: str) -> Mapping[str, Decode]:
        """Give the keys of ``service``, ``endpoint`` and so on."""
        levels: dict[str, Mapping[str, Decode]] = {
            "service": self.service,
            "endpoint": self.endpoint,
            "backend": self.backend,
            "tls": self.tls,
            "client_tls": self.client_tls,
        }
        return levels[name]


V3 = Keys(
    service=_SERVICE,
    endpoint=_ENDPOINT | {"input_headers": texts, "input_query_strings": texts},
    backend=_BACKEND | {"sd_scheme": text, "input_headers": texts, "input_query_strings": texts},
    other_names={
        "headers_to_pass": "input_headers",
        "querystring_params": "input_query_strings",
        "whitelist": "allow",
        "blacklist": "deny",
    },
)

V2 = Keys(
    service=_SERVICE,
    endpoint=_ENDPOINT | {"headers_to_pass": texts, "querystring_params": texts},
    backend=_BACKEND | {"whitelist": texts, "blacklist": texts},
    other_names={
        "input_headers": "headers_to_pass",
        "input_query_strings": "querystring_params",
    },
)
