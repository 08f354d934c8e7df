"""
Cheap timers for "no longer than".

A gateway starts one timer per request and stops nearly all of them again, and most last
equally long.  So there is one queue for each duration, in which whoever comes last ends
last, and one timer of the clock for the head of each queue.  Starting and stopping are
a dictionary's insertion and deletion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

__all__ = ["Deadlines", "Ticket", "Timers"]


class Timers(Protocol):
    """
    A clock that rings: Twisted's `IReactorTime`.

    This is a protocol because zope's interfaces have no `self` for a type checker.
    """

    def seconds(self) -> float:
        """Give the time."""

    def callLater(self, delay: float, call: Callable[..., object], /, *args: object) -> Any:
        """Call something after so many seconds; gives an `IDelayedCall`."""


class _Queue:
    """
    Everything that lasts equally long.

    Attributes:
        armed: Whether a timer of the clock is running, or just ringing.
    """

    __slots__ = ("armed", "clock", "owner", "waiting")

    def __init__(self, owner: Deadlines) -> None:
        self.owner = owner
        self.clock = owner.clock
        self.waiting: dict[Ticket, None] = {}
        self.armed = False

    def arm(self, due: float) -> None:
        self.armed = True
        self.clock.callLater(max(0.0, due - self.clock.seconds()), self.expire)

    def expire(self) -> None:
        now = self.clock.seconds()
        self.owner.expiring = True
        try:
            for _ in range(len(self.waiting)):  # not those that begin meanwhile
                ticket = next(iter(self.waiting), None)
                if ticket is None or ticket.due > now:
                    break
                del self.waiting[ticket]
                ticket.expired()
        finally:  # one that raises must not take the others' time from them
            self.owner.expiring = False
            self.armed = False
            if self.waiting:
                self.arm(next(iter(self.waiting)).due)


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

    Attributes:
        expiring: True while those are called whose time is over.  Work that is cancelled
            meanwhile was too late; at any other time nobody wants its result any more.  (So
            limits on a client's connection, whose end means the latter, have other timers.)
    """

    def __init__(self, clock: Timers) -> None:
        self.clock = clock
        self.expiring = False
        self._queues: _Queues = {}

    def start(self, seconds: float, expired: Callable[[], object]) -> Ticket:
        """Call `expired` unless the ticket is stopped within so many seconds."""
        queue = self._queues.get(seconds)
        if queue is None:
            queue = self._queues[seconds] = _Queue(self)
        ticket = Ticket(queue, self.clock.seconds() + seconds, expired)
        queue.waiting[ticket] = None
        if not queue.armed:
            queue.arm(ticket.due)
        return ticket
