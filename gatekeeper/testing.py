"""
Fakes for the edges of the gateway, for our tests and for those of components.

`FakeBackend` stands where the HTTP client would: it records what is asked and answers from
a script, at once or when the test says so.  `runtime` lends a whole `Runtime` on a clock
that the test moves.  `request` and `client_request` make values with sensible defaults::

    backend = FakeBackend()
    backend.on("/users/7", body={"name": "Ann"})
    proxy = rate_limit(settings, placement, runtime(clock, backend))(inner)
    response = test.successResultOf(run(proxy(request(params={"Id": "7"}))))
"""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from gatekeeper.component import Runtime
from gatekeeper.log import Log
from gatekeeper.message import JSON, Body, ClientRequest, Headers, Lines, Request
from gatekeeper.nodewide.local import LocalState
from gatekeeper.wire.client import Answer, HTTPExchanges, Origin
from gatekeeper.wire.deadlines import Deadlines

__all__ = [
    "Call",
    "FakeBackend",
    "FakeStream",
    "RecordedLog",
    "answer",
    "client_request",
    "request",
    "run",
    "runtime",
]

T = TypeVar("T")

_HEADERS: Headers = {
    "User-Agent": ["Gatekeeper/test"],
    "X-Forwarded-For": ["192.0.2.1"],
    "X-Forwarded-Host": ["shop.example"],
}


class RecordedLog(Log):
    """
    A log that remembers.

    Attributes:
        lines: Levels and texts.
    """

    def __init__(self, level: str = "DEBUG") -> None:
        self.lines: list[tuple[str, str]] = []
        super().__init__(lambda name, text: self.lines.append((name, text)), level)


class FakeStream:
    """
    A body that the test sends piece by piece.

    Args:
        pieces: What has arrived already.
        length: What was announced.
        ended: Whether the pieces are all there is; otherwise use `send`, `end` and
            `break_off`.

    Attributes:
        closed: Whether the reader wants no more.
        cancelled: Whether a read was given up.
    """

    def __init__(
        self, *pieces: bytes, length: int | None = None, ended: bool | None = None
    ) -> None:
        self.length = length
        self.closed = False
        self.cancelled = False
        self._pieces = list(pieces)
        self._ended = bool(pieces) if ended is None else ended
        self._error: Exception | None = None
        self._waiting: Deferred[None] | None = None

    async def read(self) -> bytes:
        """Give one piece as it was sent; wait when there is none."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._ended or self.closed:
                return b""
            self._waiting = Deferred(self._given_up)
            await self._waiting
        return self._pieces.pop(0)

    def close(self) -> None:
        """Nothing more will be read."""
        self.closed = True

    def send(self, piece: bytes) -> None:
        """Let some bytes arrive."""
        self._pieces.append(piece)
        self._wake()

    def end(self) -> None:
        """Let the body end as it should."""
        self._ended = True
        self._wake()

    def break_off(self, error: Exception | None = None) -> None:
        """Let the connection break."""
        self._error = error or ConnectionError("unexpected EOF")
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def _given_up(self, _: Deferred[None]) -> None:
        self._waiting = None
        self.cancelled = self.closed = True


class Call:
    """
    One request that a `FakeBackend` was asked.

    Attributes:
        origin, method, target, lines, body: As they were given.
        cancelled: Whether it was given up before it was answered.
    """

    def __init__(self, origin: Origin, method: str, target: str, lines: Lines, body: Body) -> None:
        self.origin, self.method, self.target = origin, method, target
        self.lines, self.body = list(lines), body
        self.cancelled = False
        self.waiting: Deferred[Answer] | None = None

    @property
    def headers(self) -> dict[str, list[str]]:
        """Names as given, to their values."""
        found: dict[str, list[str]] = {}
        for name, value in self.lines:
            found.setdefault(name, []).append(value)
        return found

    def answer(self, response: Answer | Exception) -> None:
        """Answer a call that hangs."""
        waiting, self.waiting = self.waiting, None
        if waiting is None:
            raise ValueError("this call was answered, or given up")
        if isinstance(response, Exception):
            waiting.errback(response)
        else:
            waiting.callback(response)

    def hang(self) -> Deferred[Answer]:
        """Let the caller wait until `answer`, or until it gives up."""

        def give_up(_: Deferred[Answer]) -> None:
            self.cancelled = True
            self.waiting = None

        self.waiting = Deferred(give_up)
        return self.waiting


class FakeBackend:
    """
    All backends there are: an `HTTPExchanges` without a network.

    A target without script is answered with 200 and an empty object.

    Attributes:
        calls: What was asked, in order.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._scripts: dict[str, list[Answer | Exception | None]] = {}

    def on(
        self,
        target: str,
        status: int = 200,
        body: JSON | bytes | FakeStream = b"{}",
        headers: Sequence[tuple[str, str]] = (),
        length: int | None = None,
    ) -> None:
        """
        Say what a target answers; several answers are given in turn, the last one stays.

        Args:
            target: ``/path?query``, or ``METHOD /path?query``.
            body: Bytes and streams as they are; anything else as JSON.
        """
        self._script(target).append(answer(status, body, headers, length))

    def fails(self, target: str, error: Exception) -> None:
        """Let a target fail, with an `ExchangeError` or a `ValueError`."""
        self._script(target).append(error)

    def hangs(self, target: str) -> None:
        """Let calls of a target wait for `Call.answer`."""
        self._script(target).append(None)

    def request(
        self,
        origin: Origin,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: Body = b"",
    ) -> Deferred[Answer]:
        """Do what the script says."""
        call = Call(origin, method, target, headers, body)
        self.calls.append(call)
        script = self._scripts.get(f"{method} {target}") or self._scripts.get(target)
        if not script:
            return succeed(answer())
        response = script.pop(0) if len(script) > 1 else script[0]
        if response is None:
            return call.hang()
        if isinstance(response, Exception):
            return fail(response)
        return succeed(response)

    def _script(self, target: str) -> list[Answer | Exception | None]:
        return self._scripts.setdefault(target, [])


def answer(
    status: int = 200,
    body: JSON | bytes | FakeStream = b"{}",
    headers: Sequence[tuple[str, str]] = (),
    length: int | None = None,
) -> Answer:
    """Make an answer; what is neither bytes nor a stream becomes JSON."""
    if not isinstance(body, bytes | FakeStream):
        body = json.dumps(body).encode()
    if isinstance(body, bytes) and length is None:
        length = len(body)
    return Answer(status, "", tuple(headers), body, length)


def runtime(clock: Clock | None = None, http: HTTPExchanges | None = None) -> Runtime:
    """Lend what components need: time that the test moves, fake backends, a recorded log."""
    time: Any = clock or Clock()
    return Runtime(
        clock=time,
        deadlines=Deadlines(time),
        http=http or FakeBackend(),
        log=RecordedLog(),
        node=LocalState(lambda: int(time.seconds() * 1e9)),
        epoch=time.seconds,
    )


def run(work: Coroutine[Any, Any, T]) -> Deferred[T]:
    """Start a coroutine; cancelling the Deferred cancels it."""
    return Deferred.fromCoroutine(work)


def request(
    path: str = "/",
    method: str = "GET",
    *,
    params: Mapping[str, str] | None = None,
    query: Headers | None = None,
    headers: Headers | None = None,
    body: Body = b"",
    url: str = "",
) -> Request:
    """Make a request as the web part gives it to a pipe."""
    return Request(
        method=method,
        path=path,
        params=params or {},
        query=query or {},
        headers=_HEADERS if headers is None else headers,
        body=body,
        url=url,
    )


def client_request(
    target: str = "/",
    method: str = "GET",
    *,
    headers: Headers | None = None,
    body: Body = b"",
    params: Mapping[str, str] | None = None,
    peer: str = "192.0.2.1",
) -> ClientRequest:
    """Make a request as the wire reads it; `target` needs no escapes."""
    path, _, query = target.partition("?")
    return ClientRequest(
        method=method,
        target=target,
        path=path,
        query=query,
        version="HTTP/1.1",
        headers=headers or {},
        host="shop.example",
        peer=peer,
        secure=False,
        body=body,
        params=params or {},
        client_ip=peer,
    )
