"""
Keep the other processes of the node out, for microseconds.

A lock is one byte of the shared file, locked with POSIX record locks: the kernel gives it
back when its holder dies, however it dies, so that a killed worker never leaves a lock
behind.  Record locks belong to a process, so they do not keep out its other threads: state
is used by the reactor's thread only.  Decision page 0035 has what else was measured.
"""

from __future__ import annotations

from fcntl import LOCK_EX, LOCK_UN, lockf
from types import TracebackType

__all__ = ["Lock"]


class Lock:
    """
    A lock that is taken with ``with``; not by somebody who holds it already.

    Args:
        fd: The shared file.
        place: The byte that stands for the lock.
    """

    __slots__ = ("_fd", "_place")

    def __init__(self, fd: int, place: int) -> None:
        self._fd = fd
        self._place = place

    def __enter__(self) -> None:
        lockf(self._fd, LOCK_EX, 1, self._place)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        lockf(self._fd, LOCK_UN, 1, self._place)
