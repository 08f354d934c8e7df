"""The state of a gateway as JSON: the shape of ``/status.json``."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from gatekeeper.view import Change, Picture, View, WorkerView

__all__ = ["change_of", "status_of"]


def status_of(view: View, picture: Picture) -> dict[str, Any]:
    """
    Describe a gateway.

    Returns:
        ``name``, ``version``, ``compatible_with``, ``config_version``, ``file``,
        ``started_at`` (seconds since the epoch), ``uptime_s``, ``health`` (``"ok"`` or
        ``"draining"``), ``warnings`` (texts), ``endpoints`` (objects: ``method``,
        ``path``, ``timeout_s``, ``output_encoding``, ``backends``, ``components``,
        ``answers``), ``in_flight``, ``connections``, ``node`` (``generation``, ``workers``,
        ``restarts``, ``reloads``, ``last_reload``, ``last_renewal``), ``workers`` (objects as
        `WorkerView`; ``board`` lists ``kind``, ``place`` and ``facts``).
    """
    counts, node = picture.counts, picture.node
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
        "node": {
            "generation": node.generation,
            "workers": node.workers,
            "restarts": node.restarts,
            "is_reloading": node.is_reloading,
            "reloads": dict(node.reloads),
            "last_reload": node.last and change_of(node.last),
            "last_renewal": node.certificates and change_of(node.certificates),
        },
        "workers": [_worker(worker) for worker in picture.workers],
        "endpoints": [
            {
                **asdict(endpoint),
                "answers": dict(counts.answers.get((endpoint.method, endpoint.path), {})),
            }
            for endpoint in view.endpoints
        ],
    }


def change_of(change: Change) -> dict[str, Any]:
    """Describe an attempt to change something: ``at``, ``ok``, ``why``, ``by``."""
    return asdict(change)


def _worker(worker: WorkerView) -> dict[str, Any]:
    board = [
        {"kind": notice.kind, "place": notice.place, "facts": dict(notice.facts)}
        for notice in worker.board
    ]
    return {**asdict(worker, recurse=False), "board": board}
