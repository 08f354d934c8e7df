"""A shop with few customers, for the demo: the backend behind the example's gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gatekeeper.wire.exchange import Exchange

__all__ = ["shop"]

_JSON = "application/json"

_PAGES: Mapping[str, tuple[str, str]] = {
    "/users/": (
        _JSON,
        json.dumps({"id": 7, "name": "Ann Example", "email": "ann@shop.example", "password": "-"}),
    ),
    "/orders": (
        _JSON,
        json.dumps([{"order": 1, "total": 19.90}, {"order": 2, "total": 5.00}]),
    ),
    "/text": ("text/plain", "Hello from a backend.\n"),
}


def shop(exchange: Exchange) -> None:
    """Answer a request, as an `Application`."""
    for path, (kind, text) in _PAGES.items():
        if exchange.target.startswith(path):
            exchange.respond(200, [("Content-Type", kind)], text.encode())
            return
    exchange.respond(404, [("Content-Type", _JSON)], b'{"error": "no such page"}')
