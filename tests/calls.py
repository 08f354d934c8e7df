"""Proxies whose answers a test gives by hand, and what they need around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Runtime
from gatekeeper.log import Log
from gatekeeper.message import Body, Decoded, Request, Response
from gatekeeper.proxy import Proxy
from gatekeeper.wire.client import Answer
from gatekeeper.wire.deadlines import Deadlines

__all__ = [
    "Backend",
    "CallsTestCase",
    "NoExchanges",
    "Stream",
    "always",
    "broken",
    "request",
    "run",
    "runtime",
]


class NoExchanges:
    """A client that must not be used."""

    def request(self, *args: object, **kwargs: object) -> Deferred[Answer]:
        raise AssertionError("nobody may call a backend here")


def runtime(
    clock: Clock, written: Callable[[str, str], None] = lambda level, text: None
) -> Runtime:
    """Lend a clock and a log."""
    return Runtime(clock, Deadlines(clock), NoExchanges(), Log(written))


def request(body: Body = b"", **params: str) -> Request:
    return Request("GET", "/", params, {}, {}, body)


class Stream:
    """
    A body that arrives in pieces.

    Attributes:
        length: As given.
        closed: Whether `close` was called.
        waiting: Set while somebody reads behind the last piece of an open stream.
    """

    def __init__(
        self,
        *pieces: bytes,
        length: int | None = None,
        error: Exception | None = None,
        stays_open: bool = False,
    ) -> None:
        self.length = length
        self.closed = False
        self.waiting: Deferred[bytes] | None = None
        self._pieces = list(pieces)
        self._error = error
        self._stays_open = stays_open

    async def read(self) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._error is not None:
            raise self._error
        if self._stays_open:
            self.waiting = Deferred()
            return await self.waiting
        return b""

    def close(self) -> None:
        self.closed = True


class Backend:
    """
    A backend's pipe.

    Attributes:
        requests: What it was asked.
        calls: One Deferred for each request: fire it to answer.
        cancelled: How many calls were cancelled.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.calls: list[Deferred[Response]] = []
        self.cancelled = 0

    async def proxy(self, request: Request) -> Response:
        self.requests.append(request)
        call: Deferred[Response] = Deferred(self._cancel)
        self.calls.append(call)
        return await call

    def _cancel(self, call: Deferred[Response]) -> None:
        self.cancelled += 1

    def answer(self, response: Response | dict[str, Any] | None, call: int = 0) -> None:
        """Answer a call; data stand for a complete response."""
        if response is None or isinstance(response, dict):
            response = Decoded(response)
        self.calls[call].callback(response)

    def fail(self, error: Exception, call: int = 0) -> None:
        self.calls[call].errback(error)


def always(response: Response) -> Proxy:
    """Give a proxy that answers at once."""

    async def proxy(request: Request) -> Response:
        return response

    return proxy


def broken(error: Exception) -> Proxy:
    """Give a proxy that fails at once."""

    async def proxy(request: Request) -> Response:
        raise error

    return proxy


def run(proxy: Proxy, asked: Request | None = None) -> Deferred[Response]:
    """Begin a call."""
    return Deferred.fromCoroutine(proxy(asked or request()))


class CallsTestCase(SynchronousTestCase):
    """A test with a clock and a log."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.written: list[str] = []
        self.runtime = runtime(self.clock, lambda level, text: self.written.append(text))

    def decoded(self, call: Deferred[Response]) -> Decoded:
        """Give the data that a call ended with."""
        response = self.successResultOf(call)
        assert isinstance(response, Decoded)
        return response

    def assertQuiet(self) -> None:
        """No timer rings later, and nothing was logged."""
        self.clock.advance(1000)
        self.assertEqual(self.written, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
