"""Count the bytes of bodies that are still coming in."""

from __future__ import annotations

__all__ = ["Allowance"]


class Allowance:
    """
    Bytes that may be held for bodies which are being recorded.

    Args:
        max_bytes: For all of them together.

    Attributes:
        used: How many are held now.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used = 0

    def take(self, count: int) -> bool:
        """Take some; False when there are not so many."""
        if self.used + count > self.max_bytes:
            return False
        self.used += count
        return True

    def give_back(self, count: int) -> None:
        """Give back what was taken."""
        self.used -= count
