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

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gatekeeper.message import Request, Response
from gatekeeper.proxy import Proxy

__all__ = ["Answered", "Ask", "Failed", "Running", "asker", "run"]


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


def asker(proxy: Proxy) -> Ask:
    """Give the proxy's own ``ask``, or one that runs it as a coroutine."""
    own: Ask | None = getattr(proxy, "ask", None)
    if own is not None:
        return own

    def ask(request: Request, answered: Answered, failed: Failed) -> Running:
        return run(proxy(request), answered, failed)

    return ask


def run(work: Any, answered: Answered, failed: Failed) -> Deferred[None]:
    """Run a coroutine that gives a response, and tell how it ended."""

    def lost(failure: Failure) -> None:
        assert failure.value is not None
        failed(failure.value)

    running: Deferred[Response] = Deferred.fromCoroutine(work)
    return running.addCallbacks(answered, lost)
