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

from gatekeeper.log import Write
from gatekeeper.logging.layout import layout

__all__ = ["SOCKETS", "SyslogUnreachable", "facility", "syslog"]

SOCKETS = ("/dev/log", "/var/run/syslog", "/var/run/log")

_SEVERITIES = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}
_LOCAL0, _LOCAL3 = 16, 19


class SyslogUnreachable(ConnectionError):
    """There is no daemon."""


def facility(name: str) -> int:
    """Give the number of ``local0`` to ``local7``; anything else is ``local3``."""
    known = {f"local{number}": _LOCAL0 + number for number in range(8)}
    return known.get(name.lower(), _LOCAL3)


def syslog(level: str, number: int, tag: str, sockets: Sequence[str] = SOCKETS) -> Write:
    """
    Connect to the daemon.

    Args:
        level: The configured level, upper case.
        number: Of the facility.
        tag: What messages are marked with; empty means our name.

    Raises:
        SyslogUnreachable: None of the sockets is there.
    """
    connection = _connect(sockets)
    priority = number * 8 + _SEVERITIES.get(level, 2)
    stamp = layout("Jan _2 15:04:05")
    head, tail = f"<{priority}>", f" {tag or 'gatekeeper'}[{os.getpid()}]: "

    def write(level: str, text: str) -> None:
        line = f"{head}{stamp(time.time())}{tail}{level} > {text}\n"
        try:
            connection.send(line.encode("utf-8", "backslashreplace"), socket.MSG_DONTWAIT)
        except OSError:
            pass  # busy or restarting: the message is lost, requests go on

    return write


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
