"""
Where everything is in the memory of a store.

Places are counted in words of 8 bytes, but for the data, which are bytes::

    head      numbers: of the store, of its index, of its blocks (64 words)
    buckets   for each part of the digests: the first slot (see `index`)
    slots     for each entry: what is known about it
    links     for each block: the next one of its chain (see `blocks`)
    data      for each block: 1024 bytes

Memory that was never touched costs nothing, so there is a place for as many entries as a
store may ever hold.  Only when they are tiny *and* many, more than 65536 and smaller than
a block each, places run out before the bounds of the store are reached; then the oldest
entries go.  So a store never takes much more than twice its bytes.
"""

from __future__ import annotations

from typing import Final

from attrs import frozen

__all__ = ["BLOCK", "HEAD", "LARGEST", "SLOT", "Layout", "TooLarge", "layout"]

WORD: Final = 8
HEAD: Final = 64
SLOT: Final = 9
BLOCK: Final = 1024
_BESIDE: Final = 128  # what is written down with an entry and is not part of its size, about
_MANY: Final = 1 << 16
_MAX_BUCKETS: Final = 1 << 20

LARGEST: Final = 1 << 40
"""Bytes that a store may have at most, whatever memory there is."""


class TooLarge(ValueError):
    """A store is larger than any memory."""


@frozen
class Layout:
    """
    How many there are of each, and where the first one is.

    Attributes:
        buckets, slots, blocks: Their numbers; `buckets` is a power of two.
        buckets_at, slots_at, links_at: Words.
        data_at: Bytes.
        size: Bytes of everything.
    """

    buckets: int
    slots: int
    blocks: int
    buckets_at: int
    slots_at: int
    links_at: int
    data_at: int
    size: int


def layout(max_bytes: int, max_items: int | None, least: int) -> Layout:
    """
    Plan a store.

    Args:
        least: No entry is smaller than this, in bytes.

    Raises:
        TooLarge: It would be larger than `LARGEST`.
    """
    if max_bytes > LARGEST:
        raise TooLarge(f"more than {LARGEST} bytes")
    slots = min(max_bytes // least + 1, max_bytes // BLOCK + _MANY)
    if max_items is not None:
        slots = min(slots, max_items)
    blocks = (max_bytes + _BESIDE * slots) // BLOCK + slots + 1
    buckets = min(_MAX_BUCKETS, 1 << (slots - 1).bit_length())
    slots_at = HEAD + buckets
    links_at = slots_at + slots * SLOT
    data_at = (links_at + blocks) * WORD
    return Layout(
        buckets, slots, blocks, HEAD, slots_at, links_at, data_at, data_at + blocks * BLOCK
    )
