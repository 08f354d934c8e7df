"""
Ration the downloads of key sets that anybody can cause.

A token with an unknown ``kid`` may be the first one after a rotation of keys, or made up.  Both
are answered by looking at the key set again, but not for everybody who asks.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Ration"]


class Ration:
    """
    So many at once, and later one each period.

    Args:
        seconds: The time.
        burst: How many are there after a quiet time.
        period_s: After which one more is there.
    """

    def __init__(self, seconds: Callable[[], float], burst: int, period_s: float) -> None:
        self._seconds = seconds
        self._burst = burst
        self._period_s = period_s
        self._full_at = 0.0

    @property
    def is_left(self) -> bool:
        """Whether one may be spent."""
        return self._full_at - self._seconds() <= (self._burst - 1) * self._period_s

    def spend(self) -> None:
        """Take one."""
        self._full_at = max(self._full_at, self._seconds()) + self._period_s
