"""
The admin site: what runs here, and how it does.

A Klein application on a listener of its own.  It sees a `View` and nothing else, so it
cannot change anything.  Pages are for people, ``/status.json`` and ``/metrics`` for
programs, ``/live`` and ``/ready`` for whoever decides where requests go.

============== ====================================================
``/``          the page
``/status.json`` the same as JSON
``/metrics``   Prometheus
``/live``      200 while the process runs
``/ready``     200 while new requests are welcome, otherwise 503
============== ====================================================
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson
from klein import Klein
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from twisted.web.server import Request

from gatekeeper.view import View
from gatekeeper_admin.guard import Guard
from gatekeeper_admin.metrics import registry_of
from gatekeeper_admin.pages.overview import Overview
from gatekeeper_admin.status import status_of

__all__ = ["AdminSite", "admin_resource"]


class AdminSite:
    """
    The pages of one gateway.

    Args:
        view: What is shown.
    """

    app = Klein()

    def __init__(self, view: View) -> None:
        self.view = view
        self.registry: CollectorRegistry = registry_of(view)

    @app.route("/")
    def overview(self, request: Request) -> Any:  # Klein renders elements, its types do not say so
        """Show the page."""
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        return Overview(self.view)

    @app.route("/status.json")
    def status(self, request: Request) -> bytes:
        """Give the same as JSON."""
        request.setHeader(b"Content-Type", b"application/json")
        return orjson.dumps(status_of(self.view), option=orjson.OPT_INDENT_2)

    @app.route("/metrics")
    def metrics(self, request: Request) -> bytes:
        """Give what Prometheus reads."""
        request.setHeader(b"Content-Type", CONTENT_TYPE_LATEST.encode("ascii"))
        return generate_latest(self.registry)

    @app.route("/live")
    def live(self, request: Request) -> bytes:
        """Say that the process runs."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return b"live\n"

    @app.route("/ready")
    def ready(self, request: Request) -> bytes:
        """Say whether new requests are welcome."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        if self.view.ready():
            return b"ready\n"
        request.setResponseCode(503)
        return b"draining\n"


def admin_resource(view: View, names: Collection[str]) -> Guard:
    """
    Make the site's root for a `twisted.web.server.Site`.

    Args:
        view: What is shown.
        names: What a browser may call this site in ``Host``, besides addresses of the
            loopback interface; see `Guard`.
    """
    return Guard(AdminSite(view).app.resource(), names)
