"""
The arithmetic of KrakenD's token bucket.

It refills only when it is found empty, and the request that finds it refilled to the brim is
not deducted.  That lets a burst of twice the capacity and one through after a long pause;
kept, because limits are tuned to it (conformance cases of ``throttling``).
"""

from __future__ import annotations

from gatekeeper.nodewide.interface import Refill

__all__ = ["take"]


def take(refill: Refill, tokens: int, last_ns: int, now_ns: int) -> tuple[bool, int, int]:
    """
    Ask for one token.

    Args:
        tokens, last_ns: The bucket: its tokens, and the time up to which it was refilled.
        now_ns: Of a clock that never goes back, in nanoseconds.

    Returns:
        Whether there was a token, and the bucket afterwards.
    """
    if tokens > 0:
        return True, tokens - 1, last_ns
    intervals = (now_ns - last_ns) // refill.interval_ns
    if intervals <= 0:
        return False, tokens, last_ns
    last_ns += intervals * refill.interval_ns
    if tokens + intervals > refill.capacity:
        return True, refill.capacity, last_ns
    return True, tokens + intervals - 1, last_ns
