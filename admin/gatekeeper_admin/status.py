"""The state of a gateway as JSON: the shape of ``/status.json``."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from gatekeeper.view import View

__all__ = ["status_of"]


def status_of(view: View) -> dict[str, Any]:
    """
    Describe a gateway.

    Returns:
        ``name``, ``version``, ``compatible_with``, ``config_version``, ``file``,
        ``started_at`` (seconds since the epoch), ``uptime_s``, ``health`` (``"ok"`` or
        ``"draining"``), ``warnings`` (texts), ``endpoints`` (objects: ``method``,
        ``path``, ``timeout_s``, ``output_encoding``, ``backends``, ``components``,
        ``answers``), ``in_flight``, ``connections``.
    """
    counts = view.counts()
    return {
        "name": view.name,
        "version": view.version,
        "compatible_with": view.compatible_with,
        "config_version": view.config_version,
        "file": view.file,
        "started_at": view.started_at,
        "uptime_s": view.uptime_s,
        "health": "ok" if view.ready() else "draining",
        "in_flight": counts.in_flight,
        "connections": counts.connections,
        "idle_backend_connections": counts.idle_backend_connections,
        "warnings": list(view.warnings),
        "endpoints": [
            {
                **asdict(endpoint),
                "answers": dict(counts.answers.get((endpoint.method, endpoint.path), {})),
            }
            for endpoint in view.endpoints
        ],
    }
