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

Stores are in memory that all workers of the node share, so what one of them has kept is
there for all.  A store is known by its name, and lasts as long as its configuration does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Final, Protocol

from gatekeeper.httpcache.allowance import Allowance
from gatekeeper.httpcache.entry import LEAST_SIZE, LEAST_WEIGHT, Entry
from gatekeeper.httpcache.lru import LRU, Bounds
from gatekeeper.nodewide.interface import NodeState

__all__ = ["MAX_BODY_BYTES", "MAX_MEMORY", "Part", "Store", "Stores"]

MAX_MEMORY: Final = 128 * 1024 * 1024
"""What stores without bounds take together, unless configured otherwise."""

MAX_BODY_BYTES: Final = 16 * 1024 * 1024
"""The longest body that such a store keeps."""

_SHARED: Final = ""
_NAME: Final = "qos/http-cache "


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
    All stores of a configuration.

    Args:
        node: Lends the memory.
        max_memory: Bytes for the stores without bounds.
        at_limit: Called when these bytes are used up for the first time, in one process.

    Attributes:
        common: The LRU behind the stores without bounds.

    Raises (here and where bounded stores are made):
        TooLarge: No memory is as large as a store.
        OSError: This node has no such memory.
    """

    def __init__(self, node: NodeState, max_memory: int, at_limit: Callable[[], None]) -> None:
        self._node = node
        bounds = Bounds(max_memory, None, attrgetter("weight"), LEAST_WEIGHT)
        self.common = LRU(partial(node.memory, f"{_NAME}common"), bounds, at_limit)
        self._bounded: Part | None = None

    def own(self, name: str) -> Part:
        """Give a store without bounds to one backend, which nobody else has by this name."""
        return self._part(f"{name}\n")

    def shared(self) -> Part:
        """Give the store without bounds that backends share."""
        return self._part(_SHARED)

    def own_bounded(self, name: str, max_bytes: int, max_items: int) -> Part:
        """Give a bounded store to one backend, which nobody else has by this name."""
        return self._bounded_part(f"own {name}", max_bytes, max_items)

    def shared_bounded(self, max_bytes: int, max_items: int) -> Part:
        """Give the bounded store that backends share; who asks first sets its bounds."""
        if self._bounded is None:
            self._bounded = self._bounded_part("shared", max_bytes, max_items)
        return self._bounded

    def _bounded_part(self, name: str, max_bytes: int, max_items: int) -> Part:
        bounds = Bounds(max_bytes, max_items, attrgetter("size"), LEAST_SIZE)
        return Part(LRU(partial(self._node.memory, _NAME + name), bounds), "", max_bytes)

    def _part(self, prefix: str) -> Part:
        return Part(self.common, prefix, min(MAX_BODY_BYTES, self.common.bounds.max_bytes))
