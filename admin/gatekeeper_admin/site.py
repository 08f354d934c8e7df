"""
The admin site: what runs here, and how it does.

A Klein application on a listener of its own.  It sees a `View` and is lent `Orders`, nothing
else.  Pages are for people, ``/status.json`` and ``/metrics`` for programs, ``/live`` and
``/ready`` for whoever decides where requests go.

================ ======================================================
``/``            the page
``/status.json`` the same as JSON
``/metrics``     Prometheus
``/live``        200 while the process runs
``/ready``       200 while new requests are welcome, otherwise 503
``POST /reload`` loads the configuration again; needs the token
================ ======================================================
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from klein import Klein
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from twisted.web.server import Request

from gatekeeper.log import Log
from gatekeeper.orders import Orders
from gatekeeper.view import View
from gatekeeper_admin.guard import Guard
from gatekeeper_admin.metrics import registry_of
from gatekeeper_admin.pages.overview import Overview
from gatekeeper_admin.settings import AdminSettings
from gatekeeper_admin.status import change_of, status_of
from gatekeeper_admin.token import shown_token

__all__ = ["AdminSite", "admin_resource"]


class AdminSite:
    """
    The pages of one gateway.

    Args:
        view: Gives what is shown.
        orders: Does what operators order.
        token: What they have to know; empty: they may order nothing.
        log: Where orders are told.
    """

    app = Klein()

    def __init__(self, view: Callable[[], View], orders: Orders, token: bytes, log: Log) -> None:
        self.view = view
        self.orders = orders
        self.token = token
        self.log = log

    @app.route("/")
    async def overview(self, request: Request) -> Any:  # Klein renders elements
        """Show the page."""
        view = self.view()
        picture = await view.look()
        request.setHeader(b"Content-Type", b"text/html; charset=utf-8")
        return Overview(view, picture, has_orders=bool(self.token))

    @app.route("/status.json")
    async def status(self, request: Request) -> bytes:
        """Give the same as JSON."""
        view = self.view()
        picture = await view.look()
        request.setHeader(b"Content-Type", b"application/json")
        return orjson.dumps(status_of(view, picture), option=orjson.OPT_INDENT_2)

    @app.route("/metrics")
    async def metrics(self, request: Request) -> bytes:
        """Give what Prometheus reads."""
        view = self.view()
        picture = await view.look()
        request.setHeader(b"Content-Type", CONTENT_TYPE_LATEST.encode("ascii"))
        return generate_latest(registry_of(view, picture))

    @app.route("/live")
    def live(self, request: Request) -> bytes:
        """Say that the process runs."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return b"live\n"

    @app.route("/ready")
    def ready(self, request: Request) -> bytes:
        """Say whether new requests are welcome."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        if self.view().ready():
            return b"ready\n"
        request.setResponseCode(503)
        return b"draining\n"

    @app.route("/reload", methods=["POST"])
    async def reload(self, request: Request) -> bytes:
        """Load the configuration again and say what came of it."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        if not self.token:
            request.setResponseCode(403)
            return b"There are no commands here: no token is configured.\n"
        if not shown_token(request, self.token):
            self.log.warning(
                f"[SERVICE: Admin] a reload without the right token was refused "
                f"({request.getClientAddress().host})"
            )
            request.setResponseCode(401)
            request.setHeader(b"WWW-Authenticate", b'Bearer realm="admin"')
            return b"This needs the token.\n"
        change = await self.orders.reload("admin site")
        if b"text/html" in (request.getHeader(b"accept") or b""):
            request.setResponseCode(303)
            request.setHeader(b"Location", b"/")
            return b""
        request.setHeader(b"Content-Type", b"application/json")
        request.setResponseCode(200 if change.ok else 422)
        return orjson.dumps(change_of(change), option=orjson.OPT_INDENT_2)


def admin_resource(
    view: Callable[[], View], orders: Orders, settings: AdminSettings, log: Log
) -> Guard:
    """
    Make the site's root for a `twisted.web.server.Site`.

    Args:
        view: Gives what is shown.
        orders: Does what operators order.
        settings: What a browser may call this site, and what operators have to know.
        log: Where orders are told.
    """
    site = AdminSite(view, orders, settings.token.encode(), log)
    return Guard(site.app.resource(), settings.names, writable={b"/reload"})
