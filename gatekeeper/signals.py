"""
What signals mean to us.

========================= ==========================================================
SIGTERM, SIGINT, SIGQUIT  stop in order; one more changes nothing
SIGHUP                    load the configuration again
SIGUSR1                   open logs anew, after somebody has moved a file
========================= ==========================================================

The handlers replace Twisted's, after which ``twistd`` would end with the signal instead of
status 0.  Why a second SIGTERM is not the end at once: decision 0013.

Source: KrakenD documentation, "Graceful shutdown"; conformance case ``shutdown``.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from gatekeeper.logging.layout import layout
from gatekeeper.logging.streams import tell

__all__ = ["Signals"]

_NAMES = {signal.SIGTERM: "terminated", signal.SIGINT: "interrupt", signal.SIGQUIT: "quit"}


class Signals:
    """
    Handlers for one process.

    Args:
        reactor: Is stopped.
        reopen: What SIGUSR1 does.

    Attributes:
        on_hang_up, on_user: Lists of what SIGHUP and SIGUSR1 do.
    """

    def __init__(self, reactor: Any, reopen: Callable[[], object]) -> None:
        self.on_hang_up: list[Callable[[], object]] = []
        self.on_user = [reopen]
        self._reactor = reactor
        self._stopping = False

    def install(self) -> None:
        """Take over; called when the reactor runs and has installed its own."""
        for number in (*_NAMES, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, self._arrived)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        """Called by Python between two instructions, so only pass it on."""
        del frame
        self._reactor.callFromThread(self.handle, number)

    def handle(self, number: int) -> None:
        """Do what a signal asks for."""
        if number in _NAMES:
            self._stop(signal.Signals(number))
        elif not self._stopping:
            for act in self.on_hang_up if number == signal.SIGHUP else self.on_user:
                act()

    def _stop(self, number: signal.Signals) -> None:
        if self._stopping:
            return
        self._stopping = True
        stamp = layout("2006/01/02 15:04:05")(time.time())
        tell(f"{stamp} Signal intercepted: {_NAMES[number]}")
        self._reactor.stop()
