"""
The arithmetic of KrakenD's token buckets.

The one of KrakenD 2 refills only when it is found empty, and the request that finds it
refilled to the brim is not deducted.  That lets a burst of twice the capacity and one
through after a long pause; kept, because limits are tuned to it (conformance cases of
``throttling``).  The one of KrakenD 1, for files of version 2, refills all the time and
never gives more than its capacity at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.nodewide.interface import Refill

__all__ = ["Take", "take", "take_steadily", "taking"]

Take: TypeAlias = Callable[[Refill, int, int, int], tuple[bool, int, int]]
"""
Asks for one token.

Takes the shape; the bucket, which is its tokens and the time up to which it was refilled;
and the time now, of a clock that never goes back, in nanoseconds.  Gives whether there was
a token, and the bucket afterwards.  A refusal leaves the bucket as it was.
"""


def taking(refill: Refill) -> Take:
    """Choose the arithmetic of a shape."""
    return take_steadily if refill.is_steady else take


def take(refill: Refill, tokens: int, last_ns: int, now_ns: int) -> tuple[bool, int, int]:
    """Ask as KrakenD 2 does; see `Take`."""
    if tokens > 0:
        return True, tokens - 1, last_ns
    intervals = (now_ns - last_ns) // refill.interval_ns
    if intervals <= 0:
        return False, tokens, last_ns
    last_ns += intervals * refill.interval_ns
    if tokens + intervals > refill.capacity:
        return True, refill.capacity, last_ns
    return True, tokens + intervals - 1, last_ns


def take_steadily(refill: Refill, tokens: int, last_ns: int, now_ns: int) -> tuple[bool, int, int]:
    """Ask as KrakenD 1 does; see `Take`."""
    intervals = (now_ns - last_ns) // refill.interval_ns
    if intervals > 0:
        last_ns += intervals * refill.interval_ns
        tokens = min(refill.capacity, tokens + intervals * refill.per_interval)
    if tokens > 0:
        return True, tokens - 1, last_ns
    return False, tokens, last_ns
