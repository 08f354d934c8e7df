"""
Take sockets that a service manager has opened for us.

With a systemd socket unit the port is open before we are, so that connections wait instead of
being refused while the gateway starts or is replaced.

Twisted clears the variables that tell about them as soon as its endpoints are imported, for the
sake of its own ``systemd:`` endpoint, so they are read where the kernel keeps them.

Source: ``sd_listen_fds(3)``; ``proc_pid_environ(5)``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

__all__ = ["first_environment", "given_sockets"]

FIRST = 3


def first_environment(path: Path = Path("/proc/self/environ")) -> Mapping[str, str]:
    """Give the variables that this process was started with; none where nobody keeps them."""
    try:
        data = path.read_bytes()
    except OSError:
        return {}
    pairs = (item.partition(b"=") for item in data.split(b"\0"))
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def given_sockets(environ: Mapping[str, str], pid: int) -> list[socket.socket]:
    """
    Give the listening stream sockets that are meant for this process.

    Args:
        environ: The variables that the process was started with.
        pid: Ours.
    """
    number = environ.get("LISTEN_FDS", "")
    if environ.get("LISTEN_PID") != str(pid) or not number.isdigit():
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
