"""
Which backend keeps its answers where.

=================  ==============================  ==============================
                   own store                       shared store
=================  ==============================  ==============================
both bounds set    an LRU of its own               one LRU; the first one's bounds
otherwise          a part of the common LRU        one part of the common LRU
=================  ==============================  ==============================

A store without bounds never forgets in the original.  Here all of them together have a
hard limit: they are parts of one common LRU, told apart by a prefix of their keys.

All of this belongs to one process; workers do not share answers.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Final, Protocol

from gatekeeper.httpcache.entry import Entry
from gatekeeper.httpcache.lru import LRU, Allowance, Bounds

__all__ = ["MAX_BODY_BYTES", "MAX_MEMORY", "Part", "Store", "Stores"]

MAX_MEMORY: Final = 128 * 1024 * 1024
"""What stores without bounds take together, unless configured otherwise."""

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""The longest body that such a store keeps."""

_SHARED: Final = ""


class Store(Protocol):
    """
    Where a backend's answers are kept.

    Attributes:
        recording: What bodies may take while they come in.
        longest_body: The longest body that is kept.
    """

    recording: Allowance
    longest_body: int

    def get(self, key: str) -> Entry | None:
        """Find an entry."""

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry."""

    def delete(self, key: str) -> None:
        """Forget an entry."""


class Part:
    """Some of the entries of an LRU: those whose keys have a prefix."""

    def __init__(self, lru: LRU, prefix: str, longest_body: int) -> None:
        self.recording = lru.recording
        self.longest_body = longest_body
        self._lru = lru
        self._prefix = prefix

    def get(self, key: str) -> Entry | None:
        """Find an entry."""
        return self._lru.get(self._prefix + key)

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry."""
        self._lru.put(self._prefix + key, entry)

    def delete(self, key: str) -> None:
        """Forget an entry."""
        self._lru.delete(self._prefix + key)


class Stores:
    """
    All stores of one process.

    Args:
        max_memory: Bytes for the stores without bounds.
        at_limit: Called once, when these bytes are used up for the first time.

    Attributes:
        common: The LRU behind the stores without bounds.
    """

    def __init__(self, max_memory: int, at_limit: Callable[[], None]) -> None:
        self._at_limit: Callable[[], None] | None = at_limit
        bounds = Bounds(max_memory, None, attrgetter("weight"))
        self.common = LRU(bounds, self._common_is_full)
        self._bounded: Part | None = None
        self._parts = 0

    def own(self) -> Part:
        """Make a store without bounds for one backend."""
        self._parts += 1
        return self._part(f"{self._parts}\n")

    def shared(self) -> Part:
        """Give the store without bounds that backends share."""
        return self._part(_SHARED)

    def own_bounded(self, max_bytes: int, max_items: int) -> Part:
        """Make a bounded store for one backend."""
        return Part(LRU(Bounds(max_bytes, max_items, attrgetter("size"))), "", max_bytes)

    def shared_bounded(self, max_bytes: int, max_items: int) -> Part:
        """Give the bounded store that backends share; who asks first sets its bounds."""
        if self._bounded is None:
            self._bounded = self.own_bounded(max_bytes, max_items)
        return self._bounded

    def _part(self, prefix: str) -> Part:
        return Part(self.common, prefix, min(MAX_BODY_BYTES, self.common.bounds.max_bytes))

    def _common_is_full(self) -> None:
        tell, self._at_limit = self._at_limit, None
        if tell is not None:
            tell()
