"""
Find entries by name, and know which one was not used for longest.

Every entry has a slot.  Its digest says in which bucket it is; the slots of a bucket are a
list, and all slots are a ring in order of use::

    word 0-1   digest of the key
    word 2     the next slot of the same bucket; of those without entry, the next free one
    word 3-4   the entry that was used after this one, and the one before
    word 5-8   whatever the store knows about the entry

A slot is named by its first word, so that 0 is none.  The ring is closed by an anchor in
the head: after the newest comes the oldest.

Whoever calls this holds the lock, and marks the store while something changes.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from gatekeeper.httpcache.layout import SLOT, Layout

__all__ = ["KNOWN", "Digest", "Index"]

Digest: TypeAlias = tuple[int, int]
"""16 bytes, as two signed numbers."""

KNOWN: Final = 5
_NEXT, _NEWER, _OLDER = 2, 3, 4

_ITEMS, _FREE, _FRESH, _ANCHOR = 16, 17, 18, 20
"""Words of the head: entries, the first free slot, the first slot never used, the anchor."""

_CHUNK = 1 << 20


class Index:
    """
    The index of a store.

    Args:
        words: All of its memory.
        places: What is where.
    """

    def __init__(self, words: memoryview[int], places: Layout) -> None:
        self._words = words
        self._buckets = places.buckets_at
        self._mask = places.buckets - 1
        self._first = places.slots_at
        self._most = places.slots

    def __len__(self) -> int:
        return self._words[_ITEMS]

    @property
    def is_full(self) -> bool:
        """Whether no slot is free."""
        return self._words[_ITEMS] >= self._most

    @property
    def oldest(self) -> int:
        """The slot that was not used for longest."""
        return self._words[_ANCHOR + _NEWER]

    def begin(self) -> None:
        """Begin with nothing, in memory that is zero."""
        words = self._words
        words[_ITEMS] = words[_FREE] = 0
        words[_FRESH] = self._first
        words[_ANCHOR + _NEWER] = words[_ANCHOR + _OLDER] = _ANCHOR

    def wipe(self) -> None:
        """Forget what is in the buckets; then `begin`."""
        end = self._buckets + self._mask + 1
        for start in range(self._buckets, end, _CHUNK):
            stop = min(start + _CHUNK, end)
            self._words[start:stop] = memoryview(bytes(8 * (stop - start))).cast("q")

    def find(self, digest: Digest) -> int:
        """Find a slot; 0 when there is none."""
        words, (low, high) = self._words, digest
        slot = words[self._buckets + (low & self._mask)]
        while slot and (words[slot] != low or words[slot + 1] != high):
            slot = words[slot + _NEXT]
        return slot

    def add(self, digest: Digest) -> int:
        """Give a slot to a new entry, which is the newest; one must be free."""
        words, (low, high) = self._words, digest
        slot = words[_FREE]
        if slot:
            words[_FREE] = words[slot + _NEXT]
        else:
            slot = words[_FRESH]
            words[_FRESH] = slot + SLOT
        bucket = self._buckets + (low & self._mask)
        words[slot], words[slot + 1] = low, high
        words[slot + _NEXT] = words[bucket]
        words[bucket] = slot
        words[_ITEMS] += 1
        self._join(slot)
        return slot

    def remove(self, slot: int) -> None:
        """Take a slot from its entry."""
        words = self._words
        place = self._buckets + (words[slot] & self._mask)
        while words[place] != slot:
            place = words[place] + _NEXT
        words[place] = words[slot + _NEXT]
        self._leave(slot)
        words[slot + _NEXT] = words[_FREE]
        words[_FREE] = slot
        words[_ITEMS] -= 1

    def is_newest(self, slot: int) -> bool:
        """Tell whether nothing was used since."""
        return self._words[_ANCHOR + _OLDER] == slot

    def touch(self, slot: int) -> None:
        """Make an entry the newest."""
        self._leave(slot)
        self._join(slot)

    def _join(self, slot: int) -> None:
        words = self._words
        newest = words[_ANCHOR + _OLDER]
        words[slot + _OLDER] = newest
        words[slot + _NEWER] = _ANCHOR
        words[newest + _NEWER] = slot
        words[_ANCHOR + _OLDER] = slot

    def _leave(self, slot: int) -> None:
        words = self._words
        newer, older = words[slot + _NEWER], words[slot + _OLDER]
        words[newer + _OLDER] = older
        words[older + _NEWER] = newer
