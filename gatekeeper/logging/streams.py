"""
Talk to whoever started us: the standard streams as they were given.

While Twisted runs, ``sys.stdout`` and ``sys.stderr`` are parts of its log; what an operator
must see, whatever becomes of logs, goes to the descriptors themselves.
"""

from __future__ import annotations

import os
import sys

__all__ = ["descriptor", "occupy", "tell"]


def descriptor(stream: str) -> int | None:
    """
    Give the number of ``stdout`` or ``stderr``, or None when we were started without it.

    Without it the number may by now belong to a file or a connection.
    """
    original = getattr(sys, f"__{stream}__")
    try:
        return None if original is None else int(original.fileno())
    except (OSError, ValueError):
        return None


def tell(text: str) -> None:
    """Write a text and a newline to standard error, if there is one."""
    fd = descriptor("stderr")
    if fd is None:
        return
    try:
        os.write(fd, f"{text}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass  # its reader is gone, and with it everybody whom we could tell


def occupy() -> None:
    """
    Open ``/dev/null`` on standard descriptors that are closed.

    Otherwise the next connection gets their number, and whoever writes to "standard
    output" writes to a client.
    """
    while True:
        fd = os.open(os.devnull, os.O_RDWR)
        if fd > 2:
            os.close(fd)
            return
