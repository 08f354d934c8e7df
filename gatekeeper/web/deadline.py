"""Let several steps of one request share one deadline."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.asking import Ask
from gatekeeper.errors import DeadlineExceeded
from gatekeeper.message import BodyStream, Request, Response
from gatekeeper.wire.deadlines import Deadlines

__all__ = ["Deadline", "TimedBody"]

T = TypeVar("T")


class Deadline:
    """So many seconds from now, for whatever is run until `stop` is called."""

    __slots__ = ("_is_over", "_running", "_ticket")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._is_over = False
        self._running: Deferred[Any] | None = None
        self._ticket = deadlines.start(seconds, self._expire)

    async def ask(self, ask: Ask, request: Request) -> Response:
        """
        Ask a proxy.

        Raises:
            DeadlineExceeded: The time was over first; the work was cancelled.
        """

        def give_up(_: Deferred[Response]) -> None:
            running.cancel()

        waiting: Deferred[Response] = Deferred(give_up)
        self._check()
        running = ask(request, waiting.callback, waiting.errback)
        return await self._awaited(waiting)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """
        Do one step.

        Raises:
            DeadlineExceeded: As `ask`.
        """
        if self._is_over:
            work.close()
        self._check()
        return await self._awaited(Deferred.fromCoroutine(work))

    def _check(self) -> None:
        if self._is_over:
            raise DeadlineExceeded

    async def _awaited(self, waiting: Deferred[T]) -> T:
        self._running = waiting
        try:
            return await waiting
        except CancelledError:
            if self._is_over:
                raise DeadlineExceeded from None
            raise
        finally:
            self._running = None

    def stop(self) -> None:
        """Everything is done."""
        self._ticket.stop()

    def _expire(self) -> None:
        self._is_over = True
        if self._running is not None:
            self._running.cancel()


class TimedBody:
    """A stream that must be read to its end before a deadline."""

    def __init__(self, body: BodyStream, deadline: Deadline) -> None:
        self.length = body.length
        self._body = body
        self._deadline = deadline

    async def read(self) -> bytes:
        """Give the next bytes, or raise `DeadlineExceeded`."""
        return await self._deadline.run(self._body.read())

    def close(self) -> None:
        """Nothing more will be read."""
        self._deadline.stop()
        self._body.close()
