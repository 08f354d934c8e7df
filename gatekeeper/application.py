"""
The process as a whole: the gateway and what may be added to it, its logs and its signals.

``twistd`` and ``twist`` have a log of their own.  Unless the operator has said where that
goes, what it would tell becomes part of ours, so that standard output holds one log.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.application.service import MultiService
from twisted.logger import ILogObserver
from twisted.python.components import Componentized

from gatekeeper.journal import Journal
from gatekeeper.logging.observer import Observer, TwistedLines
from gatekeeper.logging.stdout import Lines, Stdout
from gatekeeper.logging.streams import descriptor
from gatekeeper.signals import Signals

__all__ = ["Application", "standard_output"]


def standard_output(parent: Any) -> Lines:
    """
    Choose what stands for standard output.

    It is Twisted's log when the operator has said where that goes, and for a daemon, whose
    standard output is ``/dev/null``.

    Args:
        parent: The options of ``twistd`` or ``twist``; empty when we run on our own.
    """
    chosen = parent.get("logfile") or parent.get("syslog") or parent.get("logger")
    is_daemon = "nodaemon" in parent and not (parent["nodaemon"] or parent["debug"])
    if chosen or is_daemon or parent.get("logFile", sys.stdout) is not sys.stdout:
        return TwistedLines()
    return Stdout(descriptor("stdout"))


class Application(MultiService):
    """
    Everything that runs in this process.

    Args:
        reactor: Runs it.
        journal: The open logs.
        parent: The options of ``twistd`` or ``twist``.

    Attributes:
        observer: Writes Twisted's events to our log.
    """

    def __init__(self, reactor: Any, journal: Journal, parent: Any) -> None:
        super().__init__()
        self.observer = Observer(journal.log)
        self._reactor = reactor
        self._signals = Signals(reactor, journal.log)
        self._is_ours = not isinstance(journal.lines, TwistedLines)
        if self._is_ours and "fileLogObserverFactory" in parent:  # ``twist``
            parent["fileLogObserverFactory"] = lambda _file: self.observer

    def setServiceParent(self, parent: Any) -> None:
        """Offer our observer to the application, where ``twistd`` looks for one."""
        if self._is_ours and isinstance(parent, Componentized):
            parent.setComponent(ILogObserver, self.observer)
        super().setServiceParent(parent)

    def startService(self) -> None:
        """Start everything; signals are ours as soon as the reactor has installed its own."""
        super().startService()
        self._reactor.callWhenRunning(self._signals.install)
