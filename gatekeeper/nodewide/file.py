"""
A file without a name, in memory, that all processes of a node map.

It is sparse: what nobody has touched costs nothing.  It only grows, in windows, and each
process maps a window when it first needs something in it.  Something larger than half a
window has windows of its own.
"""

from __future__ import annotations

import os
import tempfile
from mmap import mmap

from attrs import frozen

__all__ = ["WINDOW", "Region", "SharedFile", "span"]

WINDOW = 1 << 28
"""Bytes that are mapped at once; only addresses, no memory."""


@frozen
class Region:
    """
    A part of the file, as this process sees it.  Nothing else is in it.

    Attributes:
        bytes: The whole map that it is in.
        words: The same, in signed numbers of 8 bytes.
        start: Where it begins in the map; a multiple of 8.
        place: Where it begins in the file; its bytes there stand for locks.
        size: In bytes.
    """

    bytes: mmap
    words: memoryview
    start: int
    place: int
    size: int


class SharedFile:
    """
    The file.

    Args:
        fd: Is closed by `close`.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._maps: dict[tuple[int, int], tuple[mmap, memoryview]] = {}

    @classmethod
    def create(cls) -> SharedFile:
        """Make an empty one, whose descriptor children may inherit."""
        if hasattr(os, "memfd_create"):
            fd = os.memfd_create("gatekeeper")
        else:  # macOS
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
        os.set_inheritable(fd, True)
        return cls(fd)

    def region(self, place: int, size: int) -> Region:
        """Map a part that was chosen with `span`; the file must be long enough."""
        start = place % WINDOW
        window = (place, size) if size > WINDOW // 2 else (place - start, WINDOW)
        if window not in self._maps:
            mapped = mmap(self.fd, window[1], offset=window[0])
            self._maps[window] = mapped, memoryview(mapped).cast("q")
        mapped, words = self._maps[window]
        return Region(mapped, words, start, place, size)

    def grow(self, end: int) -> None:
        """Make the file long enough; called by one process at a time."""
        if os.fstat(self.fd).st_size < end:
            os.ftruncate(self.fd, -(-end // WINDOW) * WINDOW)

    def close(self) -> None:
        """Let go of the file; what was lent must not be used any more."""
        self._maps.clear()
        os.close(self.fd)


def span(free: int, size: int) -> tuple[int, int]:
    """
    Choose where something goes.

    Args:
        free: Everything from here on is free.

    Returns:
        Where it begins and where it ends: never across windows, unless it has its own.
    """
    if size > WINDOW // 2:
        place = -(-free // WINDOW) * WINDOW
        return place, place + -(-size // WINDOW) * WINDOW
    align = 4096 if size >= 4096 else 64  # no two small things in one line of a cache
    place = -(-free // align) * align
    if place // WINDOW != (place + size - 1) // WINDOW:
        place = -(-place // WINDOW) * WINDOW
    return place, place + size
