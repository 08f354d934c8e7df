"""The backend of the trial: it tells what the gateway lets it know."""

from __future__ import annotations

import json
from typing import Any

from klein import Klein

__all__ = ["application"]


def application() -> Klein:
    """Make the backend's web site."""
    app: Any = Klein()

    @app.route("/users/<user>/orders")
    def of_user(request: Any, user: str) -> bytes:
        return _answer(request, user)

    @app.route("/orders")
    def of_everybody(request: Any) -> bytes:
        return _answer(request, "everybody")

    application: Klein = app
    return application


def _answer(request: Any, whose: str) -> bytes:
    request.setHeader(b"Content-Type", b"application/json")
    told = {
        "orders_of": whose,
        "x_user": request.getHeader("x-user"),
        "x_roles": request.getHeader("x-roles"),
    }
    return json.dumps(told).encode("utf-8")
