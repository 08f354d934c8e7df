"""
Let the kernel forget processes that ended without a parent.

In a container we are process 1, which inherits every orphan.  Elsewhere somebody else is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from twisted.application.service import Service

__all__ = ["Reaper"]

EVERY_S = 2.0


class Reaper(Service):
    """
    Looks after orphans, if that is our duty.

    Args:
        reactor: Tells when.
        pid: Ours.
    """

    def __init__(self, reactor: Any, pid: int = 0) -> None:
        self._reactor = reactor
        self._pid = pid
        self._call: Any = None

    def startService(self) -> None:
        """Begin."""
        super().startService()
        if (self._pid or os.getpid()) == 1:
            self._look()

    def stopService(self) -> None:
        """End."""
        super().stopService()
        if self._call is not None:
            self._call.cancel()

    def _look(self) -> None:
        self._call = self._reactor.callLater(EVERY_S, self._look)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
