"""
Send lines to the local syslog daemon.

The priority is one for all messages: the facility, and the severity of the *configured*
level.  That is surprising and kept for compatibility.

Source: RFC 3164; KrakenD documentation, "Logging", key ``syslog``.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence

from gatekeeper.logging.layout import layout

__all__ = ["SOCKETS", "Syslog", "SyslogUnreachable", "facility"]

SOCKETS = ("/dev/log", "/var/run/syslog", "/var/run/log")

_SEVERITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
_LOCAL0, _LOCAL3 = 16, 19


class SyslogUnreachable(ConnectionError):
    """There is no daemon."""


def facility(name: str) -> int:
    """Give the number of ``local0`` to ``local7``; anything else is ``local3``."""
    known = {f"local{number}": _LOCAL0 + number for number in range(8)}
    return known.get(name.lower(), _LOCAL3)


class Syslog:
    """
    A connection to the daemon.

    Args:
        level: The configured level, upper case.
        number: Of the facility.
        tag: What messages are marked with; empty means our name.

    Raises:
        SyslogUnreachable: None of the sockets is there.
    """

    def __init__(self, level: str, number: int, tag: str, sockets: Sequence[str] = SOCKETS) -> None:
        priority = number * 8 + _SEVERITIES.get(level, 2)
        self._sockets = sockets
        self._stamp = layout("Jan _2 15:04:05")
        self._head, self._tag = f"<{priority}>", tag or "gatekeeper"
        self._connection = _connect(sockets)

    def write(self, level: str, text: str) -> None:
        """Send a line."""
        stamp = self._stamp(time.time())
        line = f"{self._head}{stamp} {self._tag}[{os.getpid()}]: {level} > {text}\n"
        try:
            self._connection.send(line.encode("utf-8", "backslashreplace"), socket.MSG_DONTWAIT)
        except OSError:
            pass  # busy or restarting: the message is lost, requests go on

    def reopen(self) -> None:
        """Connect again: the daemon may be another one by now."""
        try:
            connection = _connect(self._sockets)
        except SyslogUnreachable:
            return
        self._connection.close()
        self._connection = connection


def _connect(sockets: Sequence[str]) -> socket.socket:
    for path in sockets:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            connection = socket.socket(socket.AF_UNIX, kind)
            try:
                connection.connect(path)
            except OSError:
                connection.close()
            else:
                return connection
    raise SyslogUnreachable("Unix syslog delivery error")
