"""Count requests for the metrics: plain slots, which the node reads when it is asked."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Counters"]


class Counters:
    """
    What the gateway has done since its start.

    Attributes:
        in_flight: Requests of endpoints that are being answered.
        by_endpoint: For each endpoint, in the order of the configuration, ten numbers:
            answers by the first digit of their status; 0 counts clients that left.
        others: The same for everything that no endpoint answers.
    """

    __slots__ = ("by_endpoint", "in_flight", "others")

    def __init__(self, endpoints: int) -> None:
        self.in_flight = 0
        self.by_endpoint: Sequence[list[int]] = [[0] * 10 for _ in range(endpoints)]
        self.others = [0] * 10
