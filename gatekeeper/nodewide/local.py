"""Node-wide state of a node that has one process: plain objects in its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from time import monotonic_ns

from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.token_bucket import take

__all__ = ["LocalState"]

MAX_KEYS = 1_000_000
"""Clients that a limit remembers; about 200 bytes each."""


class LocalBucket:
    """One bucket; see `gatekeeper.nodewide.interface.Bucket`."""

    def __init__(self, refill: Refill, now_ns: Callable[[], int]) -> None:
        self._refill = refill
        self._now_ns = now_ns
        self._tokens = refill.stock
        self._last_ns = now_ns()

    def take(self) -> bool:
        """Take a token; False when there is none."""
        allowed, self._tokens, self._last_ns = take(
            self._refill, self._tokens, self._last_ns, self._now_ns()
        )
        return allowed


class LocalBuckets:
    """
    A bucket per key, in order of last use; see `gatekeeper.nodewide.interface.Buckets`.

    Each use looks at the two oldest keys and forgets those that were idle for too long, so
    that no sweep is needed.
    """

    def __init__(self, refill: Refill, idle_ns: int, now_ns: Callable[[], int]) -> None:
        self._refill = refill
        self._idle_ns = idle_ns
        self._now_ns = now_ns
        self._states: dict[str, tuple[int, int, int]] = {}

    def take(self, key: str) -> bool:
        """Take a token of this key's bucket; False when there is none."""
        now_ns = self._now_ns()
        self._forget_idle(now_ns)
        tokens, last_ns, _ = self._states.pop(key, (self._refill.stock, now_ns, now_ns))
        allowed, tokens, last_ns = take(self._refill, tokens, last_ns, now_ns)
        self._states[key] = tokens, last_ns, now_ns
        return allowed

    def _forget_idle(self, now_ns: int) -> None:
        for _ in range(2):
            oldest = next(iter(self._states), None)
            if oldest is None:
                return
            used_ns = self._states[oldest][2]
            if now_ns - used_ns <= self._idle_ns and len(self._states) < MAX_KEYS:
                return
            del self._states[oldest]


class LocalCounters:
    """Counters; see `gatekeeper.nodewide.interface.Counters`."""

    def __init__(self, count: int) -> None:
        self._numbers = [0] * count

    def add(self, index: int, amount: int = 1) -> None:
        """Count."""
        self._numbers[index] += amount

    def values(self) -> Sequence[int]:
        """Give what was counted."""
        return tuple(self._numbers)


class LocalMemory:
    """Bytes; see `gatekeeper.nodewide.interface.Memory`."""

    def __init__(self, size: int) -> None:
        self.buffer = memoryview(bytearray(size))

    def lock(self) -> AbstractContextManager[None]:
        """Nobody else is here."""
        return nullcontext()


class LocalState:
    """
    Lends state of this process; see `gatekeeper.nodewide.interface.NodeState`.

    Args:
        now_ns: A clock that never goes back.
    """

    def __init__(self, now_ns: Callable[[], int] = monotonic_ns) -> None:
        self._now_ns = now_ns
        self._memories: dict[str, LocalMemory] = {}

    def bucket(self, name: str, refill: Refill) -> LocalBucket:
        """Lend one bucket."""
        return LocalBucket(refill, self._now_ns)

    def buckets(self, name: str, refill: Refill, idle_s: float) -> LocalBuckets:
        """Lend a bucket per key."""
        return LocalBuckets(refill, int(idle_s * 1e9), self._now_ns)

    def counters(self, name: str, count: int) -> LocalCounters:
        """Lend some counters."""
        return LocalCounters(count)

    def memory(self, name: str, size: int) -> LocalMemory:
        """Lend some bytes."""
        if name not in self._memories:
            self._memories[name] = LocalMemory(size)
        return self._memories[name]
