"""
Keep entries in bounded memory; the one that was not used for longest goes first.

The sizes of bodies that are still coming in are counted as well, see `Allowance`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from attrs import frozen

from gatekeeper.httpcache.entry import Entry

__all__ = ["LRU", "Allowance", "Bounds"]


@frozen
class Bounds:
    """
    How much is kept.

    Attributes:
        max_bytes: All entries together stay below this, and each single one does.
        max_items: How many there are at most; None for any number.
        size_of: What counts as the size of an entry.
    """

    max_bytes: int
    max_items: int | None
    size_of: Callable[[Entry], int]


class Allowance:
    """
    Bytes that may be held for bodies which are being recorded.

    Args:
        max_bytes: For all of them together.

    Attributes:
        used: How many are held now.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used = 0

    def take(self, count: int) -> bool:
        """Take some; False when there are not so many."""
        if self.used + count > self.max_bytes:
            return False
        self.used += count
        return True

    def give_back(self, count: int) -> None:
        """Give back what was taken."""
        self.used -= count


class LRU:
    """
    Entries by key.

    Args:
        bounds: How much is kept.
        full: Called each time an entry has to go to make room.

    Attributes:
        used_bytes: The sizes of all entries and keys.
        recording: What bodies may take while they come in: as much again as the store.
    """

    def __init__(self, bounds: Bounds, full: Callable[[], None] = lambda: None) -> None:
        self.bounds = bounds
        self.used_bytes = 0
        self.recording = Allowance(bounds.max_bytes)
        self._full = full
        self._entries: OrderedDict[str, Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        """Find an entry, which then was used last."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry in place of an older one, unless it is as large as all may be."""
        self.delete(key)
        size = self._size(key, entry)
        if size >= self.bounds.max_bytes:
            return
        self._entries[key] = entry
        self.used_bytes += size
        while self._is_too_much():
            oldest, gone = self._entries.popitem(last=False)
            self.used_bytes -= self._size(oldest, gone)
            self._full()

    def delete(self, key: str) -> None:
        """Forget an entry, if there is one."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.used_bytes -= self._size(key, entry)

    def _is_too_much(self) -> bool:
        most = self.bounds.max_items
        return self.used_bytes > self.bounds.max_bytes or (
            most is not None and len(self._entries) > most
        )

    def _size(self, key: str, entry: Entry) -> int:
        return len(key) + self.bounds.size_of(entry)
