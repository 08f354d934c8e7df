"""
Write lines to standard output, cheaply and without ever getting in the way.

Lines are collected for a moment and written together, in pieces of whole lines that a pipe
takes at once, so that lines of several processes do not mix.  When nobody reads at the other
end, lines are dropped rather than the gateway stopped.  When there is no standard output at
all, or it goes away, nothing happens.
"""

from __future__ import annotations

import os
import select
from typing import Protocol

from gatekeeper.wire.deadlines import Timers

__all__ = ["Lines", "Stdout"]

FLUSH_S = 0.02
PIECE = 4096
"""POSIX guarantees that a pipe takes so many bytes as one."""
FULL = 64 * 1024


class Lines(Protocol):
    """Somewhere that takes lines."""

    def write(self, line: str) -> None:
        """Take text that ends with a newline; never raises."""

    def begin(self, reactor: Timers) -> None:
        """The reactor runs: lines may be collected for a moment."""

    def end(self) -> None:
        """The reactor is about to stop: nothing may wait any longer."""


class Stdout:
    """
    Lines to a file descriptor.

    Args:
        fd: Where to; None for nowhere.

    Attributes:
        dropped: How many lines nobody wanted to read.
    """

    def __init__(self, fd: int | None) -> None:
        self.dropped = 0
        self._fd = fd
        self._clock: Timers | None = None
        self._waiting: list[bytes] = []
        self._size = 0
        self._poll = select.poll()
        if fd is not None:
            self._poll.register(fd, select.POLLOUT)

    def begin(self, reactor: Timers) -> None:
        """From now on write a moment later, together."""
        self._clock = reactor

    def end(self) -> None:
        """From now on write at once again."""
        self._clock = None
        self.flush()

    def write(self, line: str) -> None:
        """Take a line."""
        if self._fd is None:
            return
        data = line.encode("utf-8", "backslashreplace")
        self._waiting.append(data)
        self._size += len(data)
        if self._clock is None or self._size > FULL:
            self.flush()
        elif len(self._waiting) == 1:
            self._clock.callLater(FLUSH_S, self.flush)

    def flush(self) -> None:
        """Write what has been collected."""
        waiting, self._waiting, self._size = self._waiting, [], 0
        piece: list[bytes] = []
        size = 0
        for line in waiting:
            if piece and size + len(line) > PIECE:
                self._put(piece)
                piece, size = [], 0
            piece.append(line)
            size += len(line)
        if piece:
            self._put(piece)

    def _put(self, lines: list[bytes]) -> None:
        if self._fd is None:
            return
        try:
            if self._poll.poll(0):
                os.write(self._fd, b"".join(lines))
            else:
                self.dropped += len(lines)
        except BlockingIOError:  # somebody made it non-blocking
            self.dropped += len(lines)
        except OSError:  # closed, or its reader is gone
            self._fd = None
