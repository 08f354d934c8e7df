"""
Cheap timers for "no longer than".

A gateway starts one timer per request and stops nearly all of them again, and most last
equally long.  So there is one queue for each duration, in which whoever comes last ends
last, and one timer of the clock for the head of each queue.  Starting and stopping are
a dictionary's insertion and deletion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from twisted.internet.interfaces import IDelayedCall, IReactorTime

__all__ = ["Deadlines", "Ticket"]


class _Queue:
    """Everything that lasts equally long."""

    __slots__ = ("call", "clock", "seconds", "waiting")

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.waiting: dict[Ticket, None] = {}
        self.call: IDelayedCall | None = None

    def arm(self, due: float) -> None:
        self.call = self.clock.callLater(max(0.0, due - self.clock.seconds()), self.expire)

    def expire(self) -> None:
        self.call = None
        now = self.clock.seconds()
        while self.waiting:
            ticket = next(iter(self.waiting))
            if ticket.due > now:
                self.arm(ticket.due)
                return
            del self.waiting[ticket]
            ticket.expired()


class Ticket:
    """One running deadline."""

    __slots__ = ("_queue", "due", "expired")

    def __init__(self, queue: _Queue, due: float, expired: Callable[[], object]) -> None:
        self._queue = queue
        self.due = due
        self.expired = expired

    def stop(self) -> None:
        """Forget it; does nothing when it has expired or was stopped."""
        self._queue.waiting.pop(self, None)


_Queues: TypeAlias = dict[float, _Queue]


class Deadlines:
    """
    Deadlines on one clock.

    A duration's queue stays for ever, so durations must come from the configuration,
    not from clients.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.clock = clock
        self._queues: _Queues = {}

    def start(self, seconds: float, expired: Callable[[], object]) -> Ticket:
        """Call `expired` unless the ticket is stopped within so many seconds."""
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = _Queue(self.clock, seconds)
        ticket = Ticket(queue, self.clock.seconds() + seconds, expired)
        queue.waiting[ticket] = None
        if queue.call is None:
            queue.arm(ticket.due)
        return ticket
