"""The configuration that the gateways under test run, and the others' translation of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from benchmarks.bodies import SCHEMA, SIZES
from benchmarks.scenarios import Group
from benchmarks.secrets import Secrets

__all__ = ["haproxy", "krakend", "nginx", "nginx_backend"]

_PLENTY = 1_000_000_000


def krakend(
    group: Group, port: int, origin: str, secrets: Secrets, namespaces: Collection[str] | None
) -> dict[str, Any]:
    """
    Write what this gateway and KrakenD run.

    Args:
        namespaces: Those that the gateway implements; None is all.
    """

    def has(namespace: str) -> bool:
        return namespaces is None or namespace in namespaces

    service: dict[str, Any] = {
        "router": {"disable_access_log": True},
        "telemetry/logging": {"level": "WARNING", "stdout": True},
        "gatekeeper/admin": {"disabled": True},
        **{name: value for name, value in group.extra.items() if has(name)},
    }
    made: dict[str, Any] = {
        "version": 3,
        "name": "benchmark",
        "port": port,
        "host": [origin],
        "timeout": "10s",
        "extra_config": service,
        "endpoints": [
            *_usual(),
            *(_with_components(secrets, has) if group.components else ()),
            *_routes(group.routes),
        ],
    }
    if group.secure:
        made["tls"] = {
            "public_key": str(secrets.certificate),
            "private_key": str(secrets.key),
            "min_version": "TLS12",
        }
    return made


def _get(path: str, *backends: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"endpoint": path, "backend": list(backends), **more}


def _small(**more: Any) -> dict[str, Any]:
    return {"url_pattern": "/small.json", **more}


def _usual() -> list[dict[str, Any]]:
    collection = {"url_pattern": "/collection.json", "is_collection": True}
    posted = {"method": "POST", "backend": [{"url_pattern": "/posted", "method": "POST"}]}
    return [
        _get("/noop", _small(), output_encoding="no-op"),
        _get("/json", _small()),
        _get("/allow", _small(allow=["id", "name", "stock.count"])),
        _get("/merge", _small(), {"url_pattern": "/other.json"}, {"url_pattern": "/third.json"}),
        _get("/collection", collection, output_encoding="json-collection"),
        {"endpoint": "/post", **posted},
        *(
            _get(f"/body{size}", {"url_pattern": f"/body{size}.bin"}, output_encoding="no-op")
            for size in SIZES
        ),
    ]


def _with_components(secrets: Secrets, has: Any) -> list[dict[str, Any]]:
    limit, clients = {"max_rate": _PLENTY}, {"client_max_rate": _PLENTY, "strategy": "ip"}
    validator = {
        "alg": "RS256",
        "jwk_local_path": str(secrets.keys),
        "disable_jwk_security": True,
        "issuer": "https://shop.example",
    }
    bots = {"deny": ["bot"], "patterns": ["(?i)crawler", "^curl/[0-6]"]}
    rule = [{"check_expr": "req_params.Id.matches('^[0-9]+$')"}]
    found = [
        ("/limited", "qos/ratelimit/router", limit, "GET"),
        ("/limited-clients", "qos/ratelimit/router", clients, "GET"),
        ("/jwt", "auth/validator", validator, "GET"),
        ("/bots", "security/bot-detector", bots, "GET"),
        ("/cel/{id}", "validation/cel", rule, "GET"),
        ("/schema", "validation/json-schema", SCHEMA, "POST"),
    ]
    return [
        {
            "endpoint": path,
            "method": method,
            "backend": [
                _small()
                if method == "GET"
                else {"url_pattern": "/posted", "method": method}
            ],
            "extra_config": {namespace: settings},
        }
        for path, namespace, settings, method in found
        if has(namespace)
    ]  # fmt: skip


def _routes(count: int) -> list[dict[str, Any]]:
    return [_get(f"/route{number}/{{id}}", _small()) for number in range(count)]


_NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    types {{ application/json json; application/octet-stream bin; }}
    keepalive_requests 1000000000;
    {body}
}}
"""

_BACKEND = """server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ root {root}; open_file_cache max=100; }}
    location = /posted {{ default_type application/json; return 200 '{{"accepted":true}}'; }}
}}"""

_PROXY = """
    upstream backend {{ server {backend}; keepalive 512; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} {secure} backlog=4096;
        {certificate}
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location = /noop {{ proxy_pass http://backend/small.json; }}
        location = /json {{ proxy_pass http://backend/small.json; }}
        location = /collection {{ proxy_pass http://backend/collection.json; }}
        location ~ ^/(body[0-9]+)$ {{ rewrite ^/(.*)$ /$1.bin break; proxy_pass http://backend; }}
        location ~ ^/route {{ rewrite ^ /small.json break; proxy_pass http://backend; }}
        location / {{ return 404; }}
    }}
"""


def nginx_backend(folder: str, root: str, port: int) -> str:
    """Write the configuration of the backend."""
    return _NGINX.format(folder=folder, body=_BACKEND.format(port=port, root=root))


def nginx(folder: str, group: Group, port: int, origin: str, secrets: Secrets) -> str:
    """Write nginx's own translation."""
    certificate = f"ssl_certificate {secrets.certificate}; ssl_certificate_key {secrets.key};"
    proxy = _PROXY.format(
        port=port,
        backend=origin.removeprefix("http://"),
        secure="ssl http2" if group.secure else "",
        certificate=certificate if group.secure else "",
    )
    return _NGINX.format(folder=folder, body=proxy)


_HAPROXY = """
global
    nbthread 1
    maxconn 8192
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 5s
    option http-keep-alive
frontend front
    bind 127.0.0.1:{port} backlog 4096
    http-request return status 404 content-type text/plain string "404 page not found" if {{ path /nowhere }}
    http-request set-path /small.json if {{ path /noop }} or {{ path_beg /route }}
    http-request set-path %[path].bin if {{ path_beg /body }}
    default_backend origin
backend origin
    http-reuse always
    server one {backend} pool-max-conn 512
"""


def haproxy(port: int, origin: str) -> str:
    """Write HAProxy's own translation."""
    return _HAPROXY.format(port=port, backend=origin.removeprefix("http://"))
