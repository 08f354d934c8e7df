"""
A text that the processes of a node tell one another, and whose turn it is to write it.

::

    word 0    version: how often something was published
    word 1-2  lengths of the two halves
    word 3    the lease: process that holds it, 0 when nobody does
    word 4    when it ends
    word 5    its number
    byte 64   two halves; an even version stands in the first one, an odd one in the second

What is published goes into the half that nobody reads, then its length, and the version
last.  So a process that is killed in between has published nothing.  A process that is
killed while it holds the lease loses it: the others see that it is gone.

The lease's process is written before its end.  So a process that is killed between the two
leaves a lease that has ended, or that belongs to the dead.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from gatekeeper.nodewide.directory import Directory
from gatekeeper.nodewide.file import Region
from gatekeeper.nodewide.interface import TooLong
from gatekeeper.nodewide.lock import Lock
from gatekeeper.nodewide.seats import is_alive

__all__ = ["SharedDocument"]

_VERSION, _LENGTHS, _HOLDER, _END, _NUMBER = 0, 1, 3, 4, 5
_HEAD = 64


class SharedDocument:
    """See `gatekeeper.nodewide.interface.Document`."""

    def __init__(
        self, directory: Directory, name: str, max_bytes: int, now_ns: Callable[[], int]
    ) -> None:
        size = _HEAD + 2 * max_bytes
        region = directory.lend(name, f"document {max_bytes}", size, _nothing)
        self._lock = Lock(directory.file.fd, region.place)
        self._words = region.words[region.start // 8 : region.start // 8 + _HEAD // 8]
        self._bytes = memoryview(region.bytes)[region.start : region.start + size]
        self._max_bytes = max_bytes
        self._now_ns = now_ns
        self._number = 0

    @property
    def version(self) -> int:
        """How often something was published."""
        return self._words[_VERSION]

    def read(self) -> bytes:
        """Give what was published last."""
        words = self._words
        with self._lock:
            half = words[_VERSION] & 1
            start = self._start(half)
            return bytes(self._bytes[start : start + words[_LENGTHS + half]])

    def publish(self, content: bytes, after: int) -> bool:
        """Tell everybody, unless another came first."""
        size = len(content)
        if size > self._max_bytes:
            raise TooLong(size, self._max_bytes)
        words = self._words
        with self._lock:
            if words[_VERSION] != after:
                return False
            half = (after + 1) & 1
            start = self._start(half)
            self._bytes[start : start + size] = content
            words[_LENGTHS + half] = size
            words[_VERSION] = after + 1
        return True

    def try_lease(self, seconds: float) -> bool:
        """Take the lease, unless somebody has it."""
        words, now_ns = self._words, self._now_ns()
        with self._lock:
            holder = words[_HOLDER]
            if holder and words[_END] > now_ns and is_alive(holder):
                return False
            words[_HOLDER] = os.getpid()
            words[_END] = now_ns + int(seconds * 1e9)
            words[_NUMBER] += 1
            self._number = words[_NUMBER]
        return True

    def release(self) -> None:
        """Give the lease back; does nothing when it is another's by now."""
        words = self._words
        with self._lock:
            if self._number and words[_NUMBER] == self._number:
                words[_HOLDER] = 0
        self._number = 0

    def _start(self, half: int) -> int:
        return _HEAD + half * self._max_bytes


def _nothing(_: Region) -> None:
    """Leave it zero."""
