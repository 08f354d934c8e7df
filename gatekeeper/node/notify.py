"""
Tell systemd how we are.

Source: ``sd_notify(3)``, ``systemd.service(5)`` for ``Type=notify``, ``notify-reload`` and
``WatchdogSec=``.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

__all__ = ["Notify"]


class Notify:
    """
    The service manager that started us, if there is one.

    Args:
        environ: Where it says how it can be reached.

    Attributes:
        watchdog_s: It must hear from us within so many seconds; 0 is never.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        path = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        mine = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        usec = environ.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(usec) / 1e6 if self._address and mine and usec.isdigit() else 0.0

    def ready(self, status: str) -> None:
        """We serve, or serve with another configuration."""
        self._say("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """We load the configuration again; `ready` follows in any case."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._say("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """We end."""
        self._say("STOPPING=1")

    def alive(self) -> None:
        """We are not stuck."""
        self._say("WATCHDOG=1")

    def _say(self, *words: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.sendto("\n".join(words).encode(), socket.MSG_DONTWAIT, self._address)
