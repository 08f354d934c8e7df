"""
The process as a whole: the gateway and what may be added to it, its logs and its signals.

``twistd`` and ``twist`` have a log of their own.  Unless the operator has said where that
goes, what it would tell becomes part of ours, so that standard output holds one log.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from twisted.application.service import MultiService
from twisted.logger import ILogObserver, textFileLogObserver
from twisted.python.components import Componentized
from twisted.python.logfile import LogFile

from gatekeeper.log import Log
from gatekeeper.logging.observer import Observer, TwistedLines
from gatekeeper.logging.stdout import Lines, Stdout
from gatekeeper.logging.streams import descriptor
from gatekeeper.refusal import CannotStart
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
    if chosen or _is_daemon(parent) or parent.get("logFile", sys.stdout) is not sys.stdout:
        return TwistedLines()
    return Stdout(descriptor("stdout"))


def _is_daemon(parent: Any) -> bool:
    return "nodaemon" in parent and not (parent["nodaemon"] or parent["debug"])


def _log_file(parent: Any) -> str:
    """Name the file that ``twistd`` would write its log to, or nothing."""
    if "nodaemon" not in parent or parent.get("syslog") or parent.get("logger"):
        return ""
    name = parent.get("logfile") or ("twistd.log" if _is_daemon(parent) else "")
    return "" if name == "-" else str(name)


def _opened(name: str) -> LogFile:
    try:
        file: LogFile = LogFile.fromFullPath(os.path.abspath(name))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CannotStart(f"log file: open {name}: {reason}") from error
    return file


class Application(MultiService):
    """
    Everything that runs in this process.

    Args:
        reactor: Runs it.
        log: The application log.
        lines: What stands for standard output.
        parent: The options of ``twistd`` or ``twist``.

    Attributes:
        observer: Writes Twisted's events to our log.
        signals: What signals do.
    """

    def __init__(self, reactor: Any, log: Log, lines: Lines, parent: Any) -> None:
        super().__init__()
        self._reactor = reactor
        self._file: Any = None  # a `LogFile`, once ``twistd`` wants one
        self._parent = parent
        self.signals = Signals(reactor, self.reopen)
        self.observer: Any = Observer(log)
        self._is_ours = not isinstance(lines, TwistedLines)
        if self._is_ours and "fileLogObserverFactory" in parent:  # ``twist``
            parent["fileLogObserverFactory"] = lambda _file: self.observer

    def setServiceParent(self, parent: Any) -> None:
        """
        Offer an observer to the application, where ``twistd`` looks for one.

        Raises:
            CannotStart: The log file cannot be opened.
        """
        if isinstance(parent, Componentized):
            name = _log_file(self._parent)
            if self._is_ours:
                parent.setComponent(ILogObserver, self.observer)
            elif name:  # as ``twistd`` would, but a file that somebody moved is opened anew
                self._file = _opened(name)
                parent.setComponent(ILogObserver, textFileLogObserver(self._file))
        super().setServiceParent(parent)

    def privilegedStartService(self) -> None:
        """Take signals before anybody can see that we are there."""
        self.signals.install()
        super().privilegedStartService()

    def startService(self) -> None:
        """Start everything; signals are ours again when the reactor has installed its own."""
        super().startService()
        self._reactor.callWhenRunning(self.signals.install)

    def reopen(self) -> None:
        """Open the log file anew."""
        if self._file is not None:
            self._file.reopen()
