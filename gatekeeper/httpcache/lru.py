"""
Keep entries in bounded memory; the one that was not used for longest goes first.

The memory is shared by all processes of the node, and one of them may be killed at any
moment.  So the store is marked while it is changed: whoever finds the mark that nobody is
left to take away empties the store, which a cache may do at any time.  Only then; what a
store gives is always what was put.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import blake2b
from struct import Struct

from attrs import frozen

from gatekeeper.httpcache.allowance import Allowance
from gatekeeper.httpcache.blocks import Blocks, Chain
from gatekeeper.httpcache.entry import Entry
from gatekeeper.httpcache.index import KNOWN, Digest, Index
from gatekeeper.httpcache.layout import layout
from gatekeeper.httpcache.record import pack, unpack
from gatekeeper.nodewide.interface import Memory

__all__ = ["LRU", "Bounds"]

_STATE, _BYTES, _TOLD, _HAS_SECRET, _SECRET = range(5)
"""Words of the head; the secret has four."""

_NEW, _WHOLE, _CHANGING = range(3)

_DIGEST = Struct("=qq")


@frozen
class Bounds:
    """
    How much is kept.

    Attributes:
        max_bytes: All entries together stay below this, and each single one does.
        max_items: How many there are at most; None for any number.
        size_of: What counts as the size of an entry.
        least: No entry's size is smaller.
    """

    max_bytes: int
    max_items: int | None
    size_of: Callable[[Entry], int]
    least: int


class LRU:
    """
    Entries by key.

    Args:
        lend: Lends memory of a given size; zero at the beginning, and the same for all who
            shall share the store.
        bounds: How much is kept.
        full: Called when an entry has to go to make room for the first time; in one
            process only.

    Attributes:
        recording: What bodies may take while they come in, in this process: as much again
            as the store.

    Raises:
        TooLarge: No memory is as large as this store.
    """

    def __init__(
        self,
        lend: Callable[[int], Memory],
        bounds: Bounds,
        full: Callable[[], None] = lambda: None,
    ) -> None:
        places = layout(bounds.max_bytes, bounds.max_items, bounds.least)
        self.bounds = bounds
        self.recording = Allowance(bounds.max_bytes)
        self._full = full
        self._memory = memory = lend(places.size)
        self._words = words = memory.buffer.cast("q")
        self._index = Index(words, places)
        self._blocks = Blocks(words, memory.buffer, places)
        self._hash = blake2b(digest_size=_DIGEST.size, key=self._secret())

    def __len__(self) -> int:
        return len(self._index)

    @property
    def used_bytes(self) -> int:
        """The sizes of all entries and keys."""
        return self._words[_BYTES]

    def get(self, key: str) -> Entry | None:
        """Find an entry, which then was used last."""
        digest, index, words = self._digest(key), self._index, self._words
        with self._memory.lock():
            if words[_STATE] != _WHOLE:
                self._begin()
            slot = index.find(digest)
            if not slot:
                return None
            if not index.is_newest(slot):
                words[_STATE] = _CHANGING
                index.touch(slot)
                words[_STATE] = _WHOLE
            record = self._blocks.read(self._known(slot)[0])
        return unpack(key, record)

    def put(self, key: str, entry: Entry) -> None:
        """Keep an entry in place of an older one, unless it is as large as all may be."""
        digest, record = self._digest(key), pack(key, entry)
        size = len(key) + self.bounds.size_of(entry)
        is_first = False
        with self._memory.lock():
            self._change()
            self._forget(self._index.find(digest))
            if (
                record is not None
                and size < self.bounds.max_bytes
                and self._blocks.can_have(len(record))
            ):
                is_first = self._make_room(size, len(record))
                self._keep(digest, record, size)
            self._words[_STATE] = _WHOLE
        if is_first:
            self._full()

    def delete(self, key: str) -> None:
        """Forget an entry, if there is one."""
        digest = self._digest(key)
        with self._memory.lock():
            self._change()
            self._forget(self._index.find(digest))
            self._words[_STATE] = _WHOLE

    def _secret(self) -> bytes:
        """Give what only the processes of this node know: names of entries come from clients."""
        words = self._words
        with self._memory.lock():
            if not words[_HAS_SECRET]:
                words[_SECRET : _SECRET + 4] = memoryview(secrets.token_bytes(32)).cast("q")
                words[_HAS_SECRET] = 1
            return bytes(words[_SECRET : _SECRET + 4])

    def _digest(self, key: str) -> Digest:
        hashed = self._hash.copy()
        hashed.update(key.encode("utf-8", "surrogatepass"))
        low, high = _DIGEST.unpack(hashed.digest())
        return low, high

    def _change(self) -> None:
        """Mark the store, so that it is emptied if this process does not come to the end."""
        if self._words[_STATE] != _WHOLE:
            self._begin()
        self._words[_STATE] = _CHANGING

    def _begin(self) -> None:
        """Begin with nothing: nobody was here before, or somebody was killed at work."""
        if self._words[_STATE] == _CHANGING:
            self._index.wipe()
        self._index.begin()
        self._blocks.begin()
        self._words[_BYTES] = 0
        self._words[_STATE] = _WHOLE

    def _known(self, slot: int) -> tuple[Chain, int]:
        """Give where an entry is, and its size."""
        first, last, length, size = self._words[slot + KNOWN : slot + KNOWN + 4].tolist()
        return (first, last, length), size

    def _keep(self, digest: Digest, record: bytes, size: int) -> None:
        known = self._index.add(digest) + KNOWN
        words = self._words
        words[known], words[known + 1], words[known + 2] = self._blocks.write(record)
        words[known + 3] = size
        words[_BYTES] += size

    def _forget(self, slot: int) -> None:
        if slot:
            chain, size = self._known(slot)
            self._index.remove(slot)
            self._blocks.free(chain)
            self._words[_BYTES] -= size

    def _make_room(self, size: int, length: int) -> bool:
        """Let the oldest entries go; True when that never happened before."""
        had_room = True
        while not self._has_room(size, length):
            self._forget(self._index.oldest)
            had_room = False
        if had_room or self._words[_TOLD]:
            return False
        self._words[_TOLD] = 1
        return True

    def _has_room(self, size: int, length: int) -> bool:
        most = self.bounds.max_items
        return (
            self._words[_BYTES] + size <= self.bounds.max_bytes
            and (most is None or len(self._index) < most)
            and not self._index.is_full
            and self._blocks.has_free(length)
        )
