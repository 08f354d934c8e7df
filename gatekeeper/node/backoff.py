"""
How long to wait before a worker that died is replaced.

Not at all when it had lived for a while: then something rare has happened.  Each time that one
dies young the wait doubles, so that a worker that cannot live does not keep the machine busy.
"""

from __future__ import annotations

__all__ = ["Backoff"]

STEADY_S = 10.0
FIRST_S = 0.25
LONGEST_S = 30.0


class Backoff:
    """The waits of one slot."""

    def __init__(self) -> None:
        self._died_young = 0

    def after(self, lived_s: float) -> float:
        """Tell how long to wait now that a worker has died that lived so long."""
        if lived_s >= STEADY_S:
            self._died_young = 0
            return 0.0
        self._died_young += 1
        return min(LONGEST_S, FIRST_S * 2.0 ** min(self._died_young - 1, 10))
