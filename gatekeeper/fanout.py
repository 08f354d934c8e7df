"""
Make several calls for one request at the same time.

What the answers mean is said by a subclass: a merge waits for all of them, a race for the
first good one.  Common to both: the calls share one deadline, and when nothing more is
awaited (enough answers, no more time, the client left) every call that still runs is
cancelled.  What such a call still gives is dropped, and its end is nobody's error.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gatekeeper.body import drop
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Proxy
from gatekeeper.wire.deadlines import Deadlines

__all__ = ["FanOut"]


class FanOut(ABC):
    """Calls for one request; used once."""

    __slots__ = ("_calls", "_done", "_over")

    def __init__(self) -> None:
        self._calls: list[Deferred[Any]] = []
        self._done: Deferred[None] | None = None
        self._over = False

    @abstractmethod
    def answered(self, response: Response) -> bool:
        """Take an answer; True when nothing more is awaited.  Never raises."""

    @abstractmethod
    def failed(self, error: BaseException) -> bool:
        """Take the error of a call; True when nothing more is awaited.  Never raises."""

    @abstractmethod
    def expired(self) -> None:
        """The time is over; the calls that still run are going to be cancelled."""

    async def run(
        self, proxies: Iterable[Proxy], request: Request, seconds: float, deadlines: Deadlines
    ) -> None:
        """
        Make the calls and wait until nothing more is awaited.

        Calls that have not begun by then are left out.

        Raises:
            CancelledError: The whole was cancelled, and all calls with it.
        """
        for proxy in proxies:
            call = Deferred.fromCoroutine(proxy(request))
            self._calls.append(call)
            call.addCallbacks(self._arrived, self._lost)
            if self._over:
                return
        self._done = Deferred(self._leave)
        ticket = deadlines.start(seconds, self._expire)
        try:
            await self._done
        finally:
            ticket.stop()

    def _arrived(self, response: Response) -> None:
        if self._over:
            drop(response)
        elif self.answered(response):
            self._finish()

    def _lost(self, failure: Failure) -> None:
        assert failure.value is not None
        if not self._over and self.failed(failure.value):
            self._finish()

    def _expire(self) -> None:
        self.expired()
        self._finish()

    def _finish(self) -> None:
        self._stop()
        if self._done is not None:
            self._done.callback(None)

    def _leave(self, _: Deferred[None]) -> None:
        self._stop()

    def _stop(self) -> None:
        self._over = True
        for call in self._calls:
            call.cancel()
