"""
Ask a proxy and be told, without a coroutine of one's own.

A proxy is an async function, and awaiting it is how it is used nearly everywhere.  The two
ends of the usual request are another matter: the endpoint, which starts the work, and the
backend, which waits for the network.  Where nothing stands between them, a coroutine, its
context and a Deferred would be made and thrown away only to hand one value over; that cost
a seventh of a small request.  So a proxy may offer ``ask`` as well, which does the same
with two callbacks.  Whoever starts work uses `asker`, which works for every proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Protocol, TypeAlias

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gatekeeper.message import Request, Response
from gatekeeper.proxy import Proxy

__all__ = ["NOTHING", "Answered", "Ask", "Failed", "Running", "Work", "asker"]


class Running(Protocol):
    """Work that somebody waits for."""

    def cancel(self) -> object:
        """Give it up; unless it has ended, `failed` is told a `CancelledError`."""


Answered: TypeAlias = Callable[[Response], None]
"""Takes what the proxy would return.  Never raises."""

Failed: TypeAlias = Callable[[BaseException], None]
"""Takes what the proxy would raise.  Never raises."""

Ask: TypeAlias = Callable[[Request, Answered, Failed], Running]
"""
Start the work of a proxy.

One of the two functions is called once: before `Ask` returns, or later.
"""


class _Nothing:
    """Work that has ended already."""

    def cancel(self) -> None:
        """Do nothing."""


NOTHING: Running = _Nothing()


def asker(proxy: Proxy) -> Ask:
    """Give the proxy's own ``ask``, or one that runs it as a coroutine."""
    own: Ask | None = getattr(proxy, "ask", None)
    if own is not None:
        return own

    def ask(request: Request, answered: Answered, failed: Failed) -> Running:
        return Work(proxy(request), answered, failed)

    return ask


class Work:
    """
    A coroutine that runs until it ends.

    It may wait for Deferreds.  This is what `Deferred.fromCoroutine` does, without the
    Deferred: nobody adds callbacks here, and a request has several of them.  As there, the
    coroutine has a context of its own.

    Args:
        answered: Told what the coroutine returns.
        failed: Told what it raises.
    """

    __slots__ = ("_answered", "_coroutine", "_failed", "_run", "_waiting")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Any],
        answered: Callable[[Any], object],
        failed: Failed,
    ) -> None:
        self._coroutine = coroutine
        self._answered = answered
        self._failed = failed
        self._run = copy_context().run
        self._waiting: Deferred[Any] | None = None
        self._go_on(None)

    def cancel(self) -> None:
        """Cancel what it waits for; what that raises in the coroutine is its own affair."""
        if self._waiting is not None:
            self._waiting.cancel()

    def _go_on(self, result: object) -> None:
        """Run to the next Deferred that has no result; that one wakes us."""
        self._waiting = None
        try:
            if isinstance(result, Failure):
                waiting = self._run(result.throwExceptionIntoGenerator, self._coroutine)
            else:
                waiting = self._run(self._coroutine.send, None)
        except StopIteration as end:
            returned = end.value
        except BaseException as error:  # noqa: BLE001 - who waits for us is told
            self._failed(error)
            return
        else:
            self._waiting = waiting
            waiting.addBoth(self._go_on)
            return
        self._answered(returned)
