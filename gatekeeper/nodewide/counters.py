"""
Numbers that all processes of a node count up, without a lock.

Each process counts in a row of its own; whoever wants to know adds the rows up.  A row stays
when its process dies, and belongs to the next one in its seat.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.nodewide.directory import SEATS_TAKEN, Directory
from gatekeeper.nodewide.file import Region
from gatekeeper.nodewide.seats import MAX_SEATS

__all__ = ["SharedCounters"]

_LINE = 8
"""Words in a line of a processor's cache: no two rows share one."""


class SharedCounters:
    """
    See `gatekeeper.nodewide.interface.Counters`.

    Args:
        seat: Of this process.
    """

    def __init__(self, directory: Directory, name: str, count: int, seat: int) -> None:
        self._count = count
        self._stride = -(-max(1, count) // _LINE) * _LINE
        size = self._stride * MAX_SEATS * 8
        region = directory.lend(name, f"counters {count}", size, _nothing)
        first = region.start // 8
        self._rows = region.words[first : first + self._stride * MAX_SEATS]
        self._own = self._row(seat)
        self._head = directory.head.words

    def add(self, index: int, amount: int = 1) -> None:
        """Count."""
        self._own[index] += amount

    def values(self) -> Sequence[int]:
        """Give what all processes have counted."""
        rows = [self._row(seat).tolist() for seat in range(self._head[SEATS_TAKEN])]
        return tuple(map(sum, zip(*rows, strict=True)))

    def _row(self, seat: int) -> memoryview:
        start = seat * self._stride
        return self._rows[start : start + self._count]


def _nothing(_: Region) -> None:
    """Leave it zero."""
