"""
Node-wide state that several processes share: one file in memory, mapped by all of them.

The supervisor makes it, once for each configuration that it runs, and hands its descriptor
down; workers attach to it::

    state = SharedState.create()                    # in the supervisor
    state = SharedState.attach(int(argument))       # in a worker

Everything is exact: a token is given once, whoever asks.  Nothing depends on a process that
goes on living: locks are given back by the kernel, and whatever a killed worker was writing
is harmless (see `lock`, `directory`, `bucket`, `keys` and `document`).  Time is the node's
monotonic clock, the same in all processes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic_ns

from gatekeeper.nodewide.bucket import SharedBucket
from gatekeeper.nodewide.counters import SharedCounters
from gatekeeper.nodewide.directory import Directory
from gatekeeper.nodewide.document import SharedDocument
from gatekeeper.nodewide.file import Region, SharedFile
from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.keys import SharedBuckets
from gatekeeper.nodewide.lock import Lock
from gatekeeper.nodewide.seats import take_seat

__all__ = ["SharedMemory", "SharedState"]


_ZEROS = bytes(1 << 16)


class SharedMemory:
    """Bytes; see `gatekeeper.nodewide.interface.Memory`."""

    def __init__(self, directory: Directory, name: str, size: int) -> None:
        region = directory.lend(name, f"memory {size}", size, _nothing)
        self.buffer = memoryview(region.bytes)[region.start : region.start + size]
        self._lock = Lock(directory.file.fd, region.place)

    def lock(self) -> AbstractContextManager[None]:
        """Keep everybody else out."""
        return self._lock


class SharedState:
    """
    Lends state of the node; see `gatekeeper.nodewide.interface.NodeState`.

    Made by `create` and `attach`.  A process that was forked from one that has it must
    attach for itself.

    Args:
        directory: What is in the file.
        now_ns: A clock that never goes back, is the same in all processes, and is above 0.
    """

    def __init__(self, directory: Directory, now_ns: Callable[[], int]) -> None:
        self._directory = directory
        self._now_ns = now_ns
        self._seat: int | None = None
        self._surviving: dict[str, SharedMemory] = {}

    @classmethod
    def create(cls, now_ns: Callable[[], int] = monotonic_ns) -> SharedState:
        """Make new state, with everything zero."""
        return cls(Directory.create(SharedFile.create()), now_ns)

    @classmethod
    def attach(cls, fd: int, now_ns: Callable[[], int] = monotonic_ns) -> SharedState:
        """
        Join state that another process has made.

        Args:
            fd: What this process inherited.  It is ours from now on: closed by `close`,
                and not inherited any further.

        Raises:
            ValueError: This is something else.
        """
        os.set_inheritable(fd, False)
        return cls(Directory(SharedFile(fd)), now_ns)

    def fileno(self) -> int:
        """Give the descriptor that workers must inherit."""
        return self._directory.file.fd

    def close(self) -> None:
        """Leave; what was lent must not be used any more."""
        self._directory.file.close()

    def bucket(self, name: str, refill: Refill) -> SharedBucket:
        """Lend one bucket."""
        return SharedBucket(self._directory, name, refill, self._now_ns)

    def buckets(self, name: str, refill: Refill, idle_s: float) -> SharedBuckets:
        """Lend a bucket per key; `idle_s` is what the first one asks for."""
        return SharedBuckets(self._directory, name, refill, idle_s, self._now_ns)

    def counters(self, name: str, count: int) -> SharedCounters:
        """Lend some counters, zero at the beginning."""
        if self._seat is None:
            self._seat = take_seat(self._directory)
        return SharedCounters(self._directory, name, count, self._seat)

    def memory(self, name: str, size: int, *, survives: bool = False) -> SharedMemory:
        """Lend some bytes."""
        memory = SharedMemory(self._directory, name, size)
        if survives:
            self._surviving[name] = memory
        return memory

    def document(self, name: str, max_bytes: int) -> SharedDocument:
        """Lend a document, empty at the beginning."""
        return SharedDocument(self._directory, name, max_bytes, self._now_ns)

    def take_over(self, old: SharedState) -> None:
        """
        Begin with the bytes that survive.

        Both states must have been asked for them in this process, and nobody may be writing.
        Pages that are zero stay untouched, so that they take no real memory here either.
        """
        for name, memory in self._surviving.items():
            before = old._surviving.get(name)
            if before is not None and len(before.buffer) == len(memory.buffer):
                _copy(before.buffer, memory.buffer)


def _copy(source: memoryview, target: memoryview) -> None:
    for begin in range(0, len(source), len(_ZEROS)):
        piece = source[begin : begin + len(_ZEROS)]
        if piece != _ZEROS[: len(piece)]:
            target[begin : begin + len(piece)] = piece


def _nothing(_: Region) -> None:
    """Leave it zero."""
