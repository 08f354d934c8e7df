"""
Bring Twisted's log and ours together, in one direction or the other.

Usually Twisted's events become lines of our application log: what Twisted tells about itself
at DEBUG, and what nobody has caught at ERROR, in one line with an id; the traceback follows
at DEBUG.  But when the operator said where Twisted's log goes (``--logfile``, ``--syslog``,
``--logger``), or when a daemon has no standard output, our lines go there.
"""

from __future__ import annotations

from secrets import token_hex

from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.log import Log, Write
from gatekeeper.logging.clean import clean
from gatekeeper.wire.deadlines import Timers

__all__ = ["Observer", "TwistedLines", "to_twisted"]

_LEVELS = {
    "DEBUG": LogLevel.debug,
    "INFO": LogLevel.info,
    "NOTICE": LogLevel.info,
    "WARNING": LogLevel.warn,
    "ERROR": LogLevel.error,
    "CRITICAL": LogLevel.critical,
}


@implementer(ILogObserver)
class Observer:
    """
    Write Twisted's events to our log.

    Args:
        log: Ours.
    """

    def __init__(self, log: Log) -> None:
        self.log = log

    def __call__(self, event: LogEvent) -> None:
        """Called by Twisted for each event."""
        failure = event.get("log_failure")
        if isinstance(failure, Failure):
            self._unexpected(failure, formatEvent(event))
            return
        say = {
            LogLevel.warn: self.log.warning,
            LogLevel.error: self.log.error,
            LogLevel.critical: self.log.error,
        }.get(event.get("log_level", LogLevel.info), self.log.debug)
        say(f"[SERVICE: Twisted] {formatEvent(event)}")

    def _unexpected(self, failure: Failure, context: str) -> None:
        number = token_hex(4)
        kind = getattr(failure.type, "__name__", str(failure.type))
        what = clean(f"{kind}: {failure.getErrorMessage()}")
        self.log.error(f"[SERVICE: Twisted] internal error {number}: {what}")
        if self.log.debugs:
            trace = f"{context}\n{failure.getTraceback()}".strip()
            self.log.debug(f"[SERVICE: Twisted] internal error {number}: {clean(trace)}")


_logger = Logger(namespace="gatekeeper")


def to_twisted(logger: Logger = _logger) -> Write:
    """Write our lines to Twisted's log; whoever observes it stamps them."""

    def write(level: str, text: str) -> None:
        logger.emit(_LEVELS[level], "{severity} {text}", severity=level, text=text)

    return write


class TwistedLines:
    """Lines that are complete already, such as those of the access log, to Twisted's log."""

    def __init__(self, logger: Logger = _logger) -> None:
        self._logger = logger

    def write(self, line: str) -> None:
        """Take a line."""
        self._logger.info("{line}", line=line.rstrip("\n"))

    def begin(self, reactor: Timers) -> None:
        """Nothing changes."""

    def end(self) -> None:
        """Nothing waits."""
