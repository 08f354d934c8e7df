"""Node-wide state of a node that has one process: plain objects in its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from mmap import mmap
from time import monotonic_ns
from typing import Any, TypeVar

from gatekeeper.nodewide.interface import OtherShape, Refill, TooLong
from gatekeeper.nodewide.token_bucket import taking

__all__ = ["LocalState"]

T = TypeVar("T")

MAX_KEYS = 1_000_000
"""Clients that a limit remembers; about 200 bytes each."""


class LocalBucket:
    """One bucket; see `gatekeeper.nodewide.interface.Bucket`."""

    def __init__(self, refill: Refill, now_ns: Callable[[], int]) -> None:
        self._refill = refill
        self._take = taking(refill)
        self._now_ns = now_ns
        self._tokens = refill.stock
        self._last_ns = now_ns()

    def take(self) -> bool:
        """Take a token; False when there is none."""
        allowed, self._tokens, self._last_ns = self._take(
            self._refill, self._tokens, self._last_ns, self._now_ns()
        )
        return allowed


class LocalBuckets:
    """
    A bucket per key, in order of last use; see `gatekeeper.nodewide.interface.Buckets`.

    Each use looks at the two oldest keys and forgets those that were idle for too long, so
    that no sweep is needed.  When there are too many keys, a new one takes over the bucket
    of the oldest as it stands: many names never get more than so many buckets hold.
    """

    def __init__(
        self, refill: Refill, idle_ns: int, now_ns: Callable[[], int], max_keys: int = MAX_KEYS
    ) -> None:
        self._refill = refill
        self._take = taking(refill)
        self._idle_ns = idle_ns
        self._now_ns = now_ns
        self._max_keys = max_keys
        self._states: dict[str, tuple[int, int, int]] = {}

    def take(self, key: str) -> bool:
        """Take a token of this key's bucket; False when there is none."""
        now_ns = self._now_ns()
        self._forget_idle(now_ns)
        tokens, last_ns, _ = self._states.pop(key) if key in self._states else self._new(now_ns)
        allowed, tokens, last_ns = self._take(self._refill, tokens, last_ns, now_ns)
        self._states[key] = tokens, last_ns, now_ns
        return allowed

    def _new(self, now_ns: int) -> tuple[int, int, int]:
        if len(self._states) < self._max_keys:
            return self._refill.stock, now_ns, now_ns
        return self._states.pop(next(iter(self._states)))

    def _forget_idle(self, now_ns: int) -> None:
        for _ in range(2):
            oldest = next(iter(self._states), None)
            if oldest is None or now_ns - self._states[oldest][2] <= self._idle_ns:
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
        self.buffer = memoryview(mmap(-1, size))  # what is never touched costs nothing

    def lock(self) -> AbstractContextManager[None]:
        """Nobody else is here."""
        return nullcontext()


class _Text:
    """What all handles of one document share."""

    def __init__(self) -> None:
        self.version = 0
        self.content = b""
        self.holder: LocalDocument | None = None
        self.end_ns = 0


class LocalDocument:
    """A handle of a document; see `gatekeeper.nodewide.interface.Document`."""

    def __init__(self, text: _Text, max_bytes: int, now_ns: Callable[[], int]) -> None:
        self._text = text
        self._max_bytes = max_bytes
        self._now_ns = now_ns

    @property
    def version(self) -> int:
        """How often something was published."""
        return self._text.version

    def read(self) -> bytes:
        """Give what was published last."""
        return self._text.content

    def publish(self, content: bytes, after: int) -> bool:
        """Tell everybody, unless another came first."""
        if len(content) > self._max_bytes:
            raise TooLong(len(content), self._max_bytes)
        if self._text.version != after:
            return False
        self._text.content, self._text.version = content, after + 1
        return True

    def try_lease(self, seconds: float) -> bool:
        """Take the lease, unless somebody has it."""
        text, now_ns = self._text, self._now_ns()
        if text.holder is not None and text.end_ns > now_ns:
            return False
        text.holder, text.end_ns = self, now_ns + int(seconds * 1e9)
        return True

    def release(self) -> None:
        """Give the lease back; does nothing when it is another's by now."""
        if self._text.holder is self:
            self._text.holder = None


class LocalState:
    """
    Lends state of this process; see `gatekeeper.nodewide.interface.NodeState`.

    Args:
        now_ns: A clock that never goes back.
    """

    def __init__(self, now_ns: Callable[[], int] = monotonic_ns) -> None:
        self._now_ns = now_ns
        self._lent: dict[str, tuple[object, Any]] = {}

    def bucket(self, name: str, refill: Refill) -> LocalBucket:
        """Lend one bucket."""
        return self._lend(name, refill, lambda: LocalBucket(refill, self._now_ns))

    def buckets(self, name: str, refill: Refill, idle_s: float) -> LocalBuckets:
        """Lend a bucket per key."""
        idle_ns = int(idle_s * 1e9)
        return self._lend(
            name, ("buckets", refill), lambda: LocalBuckets(refill, idle_ns, self._now_ns)
        )

    def counters(self, name: str, count: int) -> LocalCounters:
        """Lend some counters."""
        return self._lend(name, ("counters", count), lambda: LocalCounters(count))

    def memory(self, name: str, size: int, *, survives: bool = False) -> LocalMemory:
        """Lend some bytes; one process cannot load another configuration."""
        return self._lend(name, ("memory", size), lambda: LocalMemory(size))

    def document(self, name: str, max_bytes: int) -> LocalDocument:
        """Lend a handle of a document, empty at the beginning."""
        text = self._lend(name, ("document", max_bytes), _Text)
        return LocalDocument(text, max_bytes, self._now_ns)

    def _lend(self, name: str, shape: object, make: Callable[[], T]) -> T:
        """Give what is known by a name, or make it."""
        known = self._lent.get(name)
        if known is None:
            known = self._lent[name] = shape, make()
        if known[0] != shape:
            raise OtherShape(name)
        lent: T = known[1]
        return lent
