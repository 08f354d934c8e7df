"""
The health page: the gateway runs, and when asynchronous agents were last alive.

Source: KrakenD documentation, "Health"; kept for compatibility with the conformance case
``builtin-endpoints``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gatekeeper.encoding.json import dumps
from gatekeeper.web.errors import Plain

__all__ = ["Health", "stamp"]

_JSON = (("Content-Type", "application/json; charset=utf-8"),)
_SHORT = Plain(200, _JSON, b'{"status":"ok"}')


class Health:
    """
    What the page tells.

    Args:
        version: Of the configuration; 1.x only said that it was well.
        now: Seconds since the epoch.
    """

    def __init__(self, version: int = 3, now: Callable[[], float] = time.time) -> None:
        self._version = version
        self._now = now
        self._started = now()
        self._agents: dict[str, str] = {}

    def ping(self, agent: str) -> None:
        """Note that an asynchronous agent is alive."""
        self._agents[agent] = self._stamp()

    def page(self) -> Plain:
        """Make the answer."""
        if self._version == 2:
            return _SHORT
        told = {"agents": self._agents, "now": self._stamp(), "status": "ok"}
        return Plain(200, _JSON, dumps(told))

    def _stamp(self) -> str:
        now = self._now()
        return stamp(now, now - self._started)


def stamp(now: float, since_start: float) -> str:
    """Write a time as Go prints it: ``2026-11-23 10:36:15.7004 +0000 UTC m=+0.0191``."""
    local = time.localtime(now)
    date = time.strftime("%Y-%m-%d %H:%M:%S", local)
    zone = time.strftime("%z %Z", local)
    fraction = f"{now % 1:.6f}"[1:].rstrip("0").rstrip(".")
    return f"{date}{fraction} {zone} m={since_start:+.9f}"
