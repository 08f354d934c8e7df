"""
What signals mean to us.

SIGTERM, SIGINT and SIGQUIT stop the gateway in order; one more changes nothing.  The handlers
replace Twisted's, after which ``twistd`` would end with the signal instead of status 0.
SIGHUP is for reloading, which a single process cannot do without losing requests: it says so.

Source: KrakenD documentation, "Graceful shutdown"; conformance case ``shutdown``.
"""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import Any

from gatekeeper.log import Log
from gatekeeper.logging.layout import layout
from gatekeeper.logging.streams import tell

__all__ = ["Signals"]

_NAMES = {signal.SIGTERM: "terminated", signal.SIGINT: "interrupt", signal.SIGQUIT: "quit"}


class Signals:
    """
    Handlers for one process.

    Args:
        reactor: Is stopped.
        log: Where SIGHUP is answered.
    """

    def __init__(self, reactor: Any, log: Log) -> None:
        self._reactor = reactor
        self._log = log
        self._stopping = False

    def install(self) -> None:
        """Take over; called when the reactor runs and has installed its own."""
        for number in _NAMES:
            signal.signal(number, self._arrived)
        signal.signal(signal.SIGHUP, self._arrived)

    def _arrived(self, number: int, frame: FrameType | None) -> None:
        """Called by Python between two instructions, so only pass it on."""
        del frame
        self._reactor.callFromThread(self.handle, number)

    def handle(self, number: int) -> None:
        """Do what a signal asks for."""
        if number == signal.SIGHUP:
            self._log.warning(
                "[SERVICE: Gateway] SIGHUP: not reloading, the configuration stays as it is"
            )
            return
        if self._stopping:
            return
        self._stopping = True
        stamp = layout("2006/01/02 15:04:05")(time.time())
        tell(f"{stamp} Signal intercepted: {_NAMES[signal.Signals(number)]}")
        self._reactor.stop()
