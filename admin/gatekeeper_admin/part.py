"""
Start and stop the admin site with the gateway.

A busy port stops the start only when the configuration names that port; see decision 0004.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.web.server import Site

from gatekeeper.log import Log
from gatekeeper.orders import Orders
from gatekeeper.refusal import CannotStart, bind_reason
from gatekeeper.view import View
from gatekeeper_admin.settings import AdminSettings
from gatekeeper_admin.site import admin_resource

__all__ = ["AdminPart"]


class AdminPart:
    """
    The site on its own listener.

    Args:
        settings: Where it listens.
        view: Gives what it shows; it is another one after a reload.
        orders: Does what operators order.
        reactor: Listens.
    """

    def __init__(
        self,
        settings: AdminSettings,
        view: Callable[[], View],
        orders: Orders,
        reactor: Any,
        log: Log,
    ) -> None:
        self._settings = settings
        self._site = Site(admin_resource(view, orders, settings, log), timeout=30)
        self._site.displayTracebacks = False
        self._site.noisy = False
        self._reactor = reactor
        self._log = log
        self._port: Any = None

    def start(self) -> None:
        """
        Listen.

        Raises:
            CannotStart: The configured port is not to be had.
        """
        settings = self._settings
        where = f"{settings.address}:{settings.port}"
        try:
            self._port = self._reactor.listenTCP(
                settings.port, self._site, interface=settings.address
            )
        except CannotListenError as error:
            if settings.configured:
                raise CannotStart(
                    f"admin site: cannot listen on {where}: {bind_reason(error)}"
                ) from error
            self._log.warning(f"[SERVICE: Admin] {where} is busy: serving without an admin site")
            return
        self._log.info(f"[SERVICE: Admin] Listening on {where}")

    def stop(self) -> Deferred[None] | None:
        """Stop listening."""
        if self._port is None:
            return None
        stopped: Deferred[None] | None = self._port.stopListening()
        return stopped
