"""Changes of a store that end in the middle, because their process was killed there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from operator import attrgetter
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.entry import LEAST_SIZE
from gatekeeper.httpcache.lru import LRU, Bounds
from gatekeeper.nodewide.interface import Memory
from gatekeeper.nodewide.local import LocalState
from tests.httpcache.answers import SIZE, large

BOUNDS = Bounds(4 * SIZE + 5000, 4, attrgetter("size"), LEAST_SIZE)
LENGTHS = {"a": 100, "b": 1500, "c": 3000, "d": 10}


class Killed(BaseException):
    """Stands for the end of a process."""


class DyingBuffer:
    """Memory that can be written so many times."""

    def __init__(self, buffer: Any, left: list[int]) -> None:
        self._buffer = buffer
        self._left = left

    def cast(self, kind: str) -> DyingBuffer:
        return DyingBuffer(self._buffer.cast(kind), self._left)

    def __getitem__(self, place: Any) -> Any:
        return self._buffer[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        if not self._left[0]:
            raise Killed
        self._left[0] -= 1
        self._buffer[place] = value


class DyingMemory:
    """The same, to be lent."""

    def __init__(self, memory: Memory, writes: int) -> None:
        self.buffer: Any = DyingBuffer(memory.buffer, [writes])
        self.lock: Callable[[], AbstractContextManager[None]] = memory.lock


def dying(memory: Callable[[str, int], Memory], writes: int, size: int) -> DyingMemory:
    return DyingMemory(memory("/m", size), writes)


class TornTests(SynchronousTestCase):
    """Others find what was put, or nothing; and the store goes on."""

    def at_each_write(self, before: str, work: Callable[[LRU], object]) -> None:
        """
        Kill a process at each of its writes, and look what others find.

        Args:
            before: What is in the store.
            work: What the process does.
        """
        for writes in range(200):
            memory = LocalState().memory
            lru = LRU(partial(memory, "/m"), BOUNDS) if before else None
            for key in before:
                assert lru is not None
                lru.put(key, large(LENGTHS[key]))
            try:
                work(LRU(partial(dying, memory, writes), BOUNDS))
            except Killed:
                self.look(LRU(partial(memory, "/m"), BOUNDS) if lru is None else lru)
            else:
                self.assertGreater(writes, 1)
                return
        self.fail("it never came to an end")

    def look(self, lru: LRU) -> None:
        """Whatever is found is right, and everything can be put again."""
        self.found(lru)
        for _ in range(2):
            for key, length in LENGTHS.items():
                lru.put(key, large(length))
            self.assertEqual(self.found(lru), {"a", "b", "c", "d"})
        lru.put("e", large(4500))
        self.assertEqual(len(lru), 2)
        for key in "abcde":
            lru.delete(key)
        self.assertEqual((len(lru), lru.used_bytes), (0, 0))

    def found(self, lru: LRU) -> set[str]:
        kept = {key: lru.get(key) for key in LENGTHS}
        bodies = {key: found.answer.body for key, found in kept.items() if found is not None}
        self.assertEqual(bodies, {key: b"x" * LENGTHS[key] for key in bodies})
        size = sum(SIZE - 2 + LENGTHS[key] for key in bodies)
        self.assertEqual((len(lru), lru.used_bytes), (len(bodies), size))
        return set(bodies)

    def test_new(self) -> None:
        """A process is killed while it makes the store, and puts something into it."""
        self.at_each_write("", lambda lru: lru.put("b", large(1500)))

    def test_put(self) -> None:
        """While it replaces something, and makes room for something."""
        self.at_each_write("abc", lambda lru: lru.put("b", large(1500)))
        self.at_each_write("abcd", lambda lru: lru.put("c", large(3000)))
        self.at_each_write("abcd", lambda lru: lru.put("e", large(4500)))

    def test_get(self) -> None:
        """While it makes something the newest."""
        self.at_each_write("abc", lambda lru: lru.get("a"))
        self.at_each_write("abc", lambda lru: lru.get("b"))

    def test_delete(self) -> None:
        """While it forgets something."""
        self.at_each_write("abc", lambda lru: lru.delete("b"))

    def test_repair(self) -> None:
        """While it repairs what another one has left."""

        def work(lru: LRU) -> None:
            lru._words[0] = 2
            lru.get("a")

        self.at_each_write("abc", work)
