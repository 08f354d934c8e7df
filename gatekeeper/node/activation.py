"""
Take sockets that a service manager has opened for us.

With a systemd socket unit the port is open before we are, so that connections wait instead of
being refused while the gateway starts or is replaced.

Source: ``sd_listen_fds(3)``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import MutableMapping

__all__ = ["given_sockets"]

FIRST = 3
_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def given_sockets(environ: MutableMapping[str, str], pid: int) -> list[socket.socket]:
    """
    Give the listening stream sockets that are meant for this process.

    Args:
        environ: Read and cleared, so that no child takes them for its own.
        pid: Ours.
    """
    for_us = environ.get("LISTEN_PID") == str(pid)
    number = environ.get("LISTEN_FDS", "")
    for name in _VARIABLES:
        environ.pop(name, None)
    if not for_us or not number.isdigit():
        return []
    sockets = []
    for fd in range(FIRST, FIRST + int(number)):
        os.set_inheritable(fd, False)
        found = socket.socket(fileno=fd)
        if found.type == socket.SOCK_STREAM and found.getsockopt(
            socket.SOL_SOCKET, socket.SO_ACCEPTCONN
        ):
            found.setblocking(False)
            sockets.append(found)
        else:
            found.detach()
    return sockets
