"""
Count answers where the supervisor can see it, at the price of an addition.

A configuration's workers share one piece of memory.  Each slot has its part, only its worker
writes there, and whoever takes the place of a worker goes on counting where it stopped, so
nothing is lost with a process.
"""

from __future__ import annotations

import os
from mmap import mmap

from gatekeeper.config.model import ServiceConfig
from gatekeeper.view import Answers, by_class
from gatekeeper.web.counters import CLASSES, Counters

__all__ = ["SharedCounts"]

WIDTH = 8


class SharedCounts:
    """
    The memory of one configuration.

    Args:
        service: Its endpoints are counted.
        slots: How many workers count.
        number: A descriptor of the memory; None makes it.
    """

    def __init__(self, service: ServiceConfig, slots: int, number: int | None = None) -> None:
        self._service = service
        self._slots = slots
        self._size = size = Counters.size(len(service.endpoints))
        if number is None:
            number = os.memfd_create("gatekeeper-counts", os.MFD_CLOEXEC)
            os.ftruncate(number, slots * size * WIDTH)
        self._number = number
        self._memory = mmap(number, slots * size * WIDTH)
        self._numbers = memoryview(self._memory).cast("Q")

    def fileno(self) -> int:
        """Give the descriptor, for a worker."""
        return self._number

    def counters(self, slot: int) -> Counters:
        """Give a worker its part."""
        part = self._numbers[slot * self._size : (slot + 1) * self._size]
        return Counters(len(self._service.endpoints), part)

    def read(self) -> Answers:
        """Sum up what all workers have counted, by endpoint and class."""
        totals = [0] * self._size
        for slot in range(self._slots):
            start = slot * self._size
            part = self._numbers[start : start + self._size].tolist()
            totals = [total + more for total, more in zip(totals, part, strict=True)]
        names = [(endpoint.method, endpoint.endpoint) for endpoint in self._service.endpoints]
        rows = (totals[at : at + CLASSES] for at in range(0, self._size, CLASSES))
        return dict(zip([*names, ("", "")], map(by_class, rows), strict=True))

    def close(self) -> None:
        """Give the memory back."""
        self._numbers.release()
        self._memory.close()
        os.close(self._number)
