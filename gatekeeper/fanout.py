"""
Make several calls for one request at the same time.

What the answers mean is said by a subclass: a merge waits for all of them, a race for the
first good one.  Common to both: the calls share one deadline, and when nothing more is
awaited (enough answers, no more time, the client left) every call that still runs is
cancelled.  What such a call still gives is dropped, and its end is nobody's error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.asking import Ask, Running
from gatekeeper.body import drop
from gatekeeper.message import Request, Response
from gatekeeper.wire.deadlines import Deadlines, Ticket

__all__ = ["FanOut"]


class FanOut(ABC):
    """
    Calls for one request; used once.

    Args:
        done: Called once, when nothing more is awaited or the whole was cancelled.
    """

    __slots__ = ("_calls", "_cancelled", "_done", "_over", "_ticket")

    def __init__(self, done: Callable[[], None] | None = None) -> None:
        self._calls: list[Running] = []
        self._done = done
        self._over = self._cancelled = False
        self._ticket: Ticket | None = None

    @abstractmethod
    def answered(self, response: Response) -> bool:
        """Take an answer; True when nothing more is awaited.  Never raises."""

    @abstractmethod
    def failed(self, error: BaseException) -> bool:
        """Take the error of a call; True when nothing more is awaited.  Never raises."""

    @abstractmethod
    def expired(self) -> None:
        """The time is over; the calls that still run are going to be cancelled."""

    @property
    def is_cancelled(self) -> bool:
        """Whether it ended because nobody wants to know any more."""
        return self._cancelled

    def start(
        self, asks: Iterable[Ask], request: Request, seconds: float, deadlines: Deadlines
    ) -> None:
        """Make the calls.  Those that have not begun when nothing more is awaited are left out."""
        arrived, lost = self._arrived, self._lost
        for ask in asks:
            self._calls.append(ask(request, arrived, lost))
            if self._over:
                self._stop()
                return
        self._ticket = deadlines.start(seconds, self._expire)

    async def run(
        self, asks: Iterable[Ask], request: Request, seconds: float, deadlines: Deadlines
    ) -> None:
        """
        Make the calls and wait until nothing more is awaited.

        Raises:
            CancelledError: The whole was cancelled, and all calls with it.
        """
        waiting: Deferred[None] = Deferred(lambda _: self.cancel())
        self._done = lambda: waiting.callback(None)
        self.start(asks, request, seconds, deadlines)
        await waiting
        if self._cancelled:
            raise CancelledError

    def cancel(self) -> None:
        """End the whole: nobody waits for it any more."""
        if not self._over:
            self._cancelled = True
            self._finish()

    def _arrived(self, response: Response) -> None:
        if self._over:
            drop(response)
        elif self.answered(response):
            self._finish()

    def _lost(self, error: BaseException) -> None:
        if not self._over and self.failed(error):
            self._finish()

    def _expire(self) -> None:
        self.expired()
        self._finish()

    def _finish(self) -> None:
        self._over = True
        self._stop()
        done, self._done = self._done, None
        if done is not None:
            done()

    def _stop(self) -> None:
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            ticket.stop()
        calls, self._calls = self._calls, []
        for call in calls:
            call.cancel()
