"""
Ration the downloads of key sets that anybody can cause.

A token with an unknown ``kid`` may be the first one after a rotation of keys, or made up.  Both
are answered by looking at the key set again, but not for everybody who asks.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["Ration"]


@frozen
class Ration:
    """
    So many at once, and later one each period.

    What was spent is one number, which the caller keeps: the time when all are there again.

    Attributes:
        name: Under which that number is kept.
        burst: How many are there after a quiet time.
        period_s: After which one more is there.
    """

    name: str
    burst: int
    period_s: float

    def is_left(self, full_at: float, now: float) -> bool:
        """Tell whether one may be spent."""
        return full_at - now <= (self.burst - 1) * self.period_s

    def spent(self, full_at: float, now: float) -> float:
        """Take one; gives the new number."""
        return max(full_at, now) + self.period_s
