"""Count requests for the metrics: plain slots, which the node reads when it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

__all__ = ["CLASSES", "Counters"]

CLASSES = 10
"""Slots of one row: an answer's class is the first digit of its status."""


class Counters:
    """
    What the gateway has done since its start.

    Args:
        endpoints: How many there are.
        memory: Where to count: `size` unsigned numbers.  Without it nobody else can see.

    Attributes:
        in_flight: Requests of endpoints that are being answered.
        by_endpoint: For each endpoint, in the order of the configuration, ten numbers:
            answers by the first digit of their status; 0 counts clients that left.
        others: The same for everything that no endpoint answers.
    """

    __slots__ = ("by_endpoint", "in_flight", "others")

    def __init__(self, endpoints: int, memory: memoryview | None = None) -> None:
        rows = endpoints + 1
        slots = [[0] * CLASSES for _ in range(rows)] if memory is None else _cut(memory, rows)
        self.in_flight = 0
        self.by_endpoint: Sequence[list[int]] = slots[:-1]
        self.others = slots[-1]

    @staticmethod
    def size(endpoints: int) -> int:
        """Tell how many numbers are needed."""
        return (endpoints + 1) * CLASSES


def _cut(memory: memoryview, rows: int) -> list[list[int]]:
    """Give a row its part of the memory; it is used as a list of numbers is."""
    parts = [memory[row * CLASSES : (row + 1) * CLASSES] for row in range(rows)]
    return cast("list[list[int]]", parts)
