"""
Remember elements for two to three times a while, in memory of fixed size.

There are three bloom filters: previous, current and next.  An element is put in current and
next, and looked for in previous and current.  When time slides, each filter takes the place
of the one before it, and the oldest is emptied and becomes next::

    added at ...         remembered until the third slide
    ───────────┬───────────────┬───────────────┬──────────────
     current   │   previous    │               │
     next      │   current     │   previous    │  forgotten

The bits live in memory that all workers of the node share.  One process writes: the one
that runs the RPC server.  All others only read, and nobody has to lock: setting a bit is
seen at once or a little later, and a slide changes one byte before anything is emptied.
The filter that is emptied is "next", where nobody looks.

A filter in which nothing was ever put is neither read nor emptied, so that it takes no real
memory however large it is.

Source: specification of authentication, section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.nodewide.interface import NodeState
from gatekeeper.revocation.hashing import FAMILIES
from gatekeeper.revocation.settings import Revocation

__all__ = ["SlidingFilter"]

_HEADER = 64
"""Byte 0 says which slot is previous; bytes 1 to 3 whether slots 0 to 2 hold anything."""

_NOTHING = bytes(1 << 20)


class SlidingFilter:
    """
    The three filters.

    Args:
        settings: Their shape.
        node: Lends the memory; whoever asks with the same shape gets the same bits.
    """

    def __init__(self, settings: Revocation, node: NodeState) -> None:
        bits, hashes = settings.bits, settings.hashes
        self._places = FAMILIES[settings.hash_name](hashes, bits)
        self._size = (bits + 7) // 8
        name = f"auth/revoker {bits} {hashes} {settings.hash_name}"
        self._memory = node.memory(name, _HEADER + 3 * self._size, survives=True)
        self._bytes = self._memory.buffer

    def __contains__(self, element: bytes) -> bool:
        shared = self._bytes
        previous = shared[0]
        current = (previous + 1) % 3
        slots = [slot for slot in (previous, current) if shared[1 + slot]]
        if not slots:
            return False
        places = self._places(element)
        return any(self._has(slot, places) for slot in slots)

    def add(self, element: bytes) -> None:
        """Remember an element.  Only for the one process that writes."""
        shared = self._bytes
        places = self._places(element)
        for ahead in (1, 2):
            slot = (shared[0] + ahead) % 3
            shared[1 + slot] = 1
            base = _HEADER + slot * self._size
            for place in places:
                shared[base + (place >> 3)] |= 1 << (place & 7)

    def slide(self) -> None:
        """Let a while pass.  Only for the one process that writes."""
        shared = self._bytes
        oldest = shared[0]
        shared[0] = (oldest + 1) % 3
        if shared[1 + oldest]:
            base = _HEADER + oldest * self._size
            for begin in range(base, base + self._size, len(_NOTHING)):
                end = min(begin + len(_NOTHING), base + self._size)
                shared[begin:end] = _NOTHING[: end - begin]
            shared[1 + oldest] = 0

    def _has(self, slot: int, places: Sequence[int]) -> bool:
        base = _HEADER + slot * self._size
        shared = self._bytes
        return all(shared[base + (place >> 3)] >> (place & 7) & 1 for place in places)
