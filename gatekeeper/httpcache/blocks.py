"""
Keep bytes in chains of blocks.

Blocks have numbers from 1; each knows the next one of its chain.  The free ones are a chain
themselves, so that giving one back is two writes, however long it is.  A block that was
never used is taken only when none is free: what was never needed costs no memory.

Whoever calls this holds the lock, and marks the store while something changes.
"""

from __future__ import annotations

from gatekeeper.httpcache.layout import BLOCK, Layout

__all__ = ["Blocks", "Chain"]

Chain = tuple[int, int, int]
"""The first block, the last one, and how many bytes there are."""

_USED, _FREE, _FRESH = 32, 33, 34
"""Words of the head: blocks in chains, the first free one, the first that was never used."""


class Blocks:
    """
    The blocks of a store.

    Args:
        words, data: All of its memory.
        places: What is where.
    """

    def __init__(self, words: memoryview[int], data: memoryview[int], places: Layout) -> None:
        self._words = words
        self._bytes = data
        self._links = places.links_at - 1
        self._data = places.data_at - BLOCK
        self._most = places.blocks

    def begin(self) -> None:
        """Begin with nothing."""
        words = self._words
        words[_USED] = words[_FREE] = 0
        words[_FRESH] = 1

    def can_have(self, size: int) -> bool:
        """Tell whether there are so many blocks at all."""
        return _count(size) <= self._most

    def has_free(self, size: int) -> bool:
        """Tell whether so many bytes can be written now."""
        return self._words[_USED] + _count(size) <= self._most

    def write(self, content: bytes) -> Chain:
        """Keep some bytes, at least one; there must be blocks for them."""
        words, memory, links, data = self._words, self._bytes, self._links, self._data
        free, fresh = words[_FREE], words[_FRESH]
        source, size = memoryview(content), len(content)
        first = block = 0
        for start in range(0, size, BLOCK):
            last = block
            if free:
                block, free = free, words[links + free]
            else:
                block, fresh = fresh, fresh + 1
            piece = source[start : start + BLOCK]
            place = data + block * BLOCK
            memory[place : place + len(piece)] = piece
            if start:
                words[links + last] = block
            else:
                first = block
        words[_FREE], words[_FRESH] = free, fresh
        words[_USED] += _count(size)
        return first, block, size

    def read(self, chain: Chain) -> bytes:
        """Give what was written."""
        block, _, left = chain
        words, memory, links = self._words, self._bytes, self._links
        pieces: list[memoryview[int]] = []
        place = self._data + block * BLOCK
        while left > BLOCK:
            pieces.append(memory[place : place + BLOCK])
            left -= BLOCK
            block = words[links + block]
            place = self._data + block * BLOCK
        pieces.append(memory[place : place + left])
        return b"".join(pieces)

    def free(self, chain: Chain) -> None:
        """Give the blocks of a chain back."""
        first, last, size = chain
        words = self._words
        words[self._links + last] = words[_FREE]
        words[_FREE] = first
        words[_USED] -= _count(size)


def _count(size: int) -> int:
    return -(-size // BLOCK)
