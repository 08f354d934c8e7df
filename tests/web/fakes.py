"""Fakes for the edges of the web part: an exchange with a client, and a small gateway."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from gatekeeper import testing
from gatekeeper.component import Runtime
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.gate import Gate, V
from gatekeeper.message import Decoded, Request, Response
from gatekeeper.pipeline import Around, Route
from gatekeeper.proxy import Proxy
from gatekeeper.web.site import Gateway
from gatekeeper.wire.exchange import BodyStream, Lines


class FakeSink:
    """
    Where a long answer goes.

    Attributes:
        data: What was written.
        full: Set it to make the writer wait; `drain` lets it go on.
    """

    def __init__(self) -> None:
        self.data = b""
        self.finished = False
        self.aborted = False
        self.full = False
        self.waiting: Deferred[None] | None = None

    def write(self, data: bytes) -> None:
        self.data += data

    @property
    def is_full(self) -> bool:
        return self.full

    def ready(self) -> Deferred[None] | None:
        if not self.full:
            return None
        self.waiting = Deferred()
        return self.waiting

    def drain(self) -> None:
        self.full = False
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.callback(None)

    def finish(self) -> None:
        self.finished = True

    def abort(self) -> None:
        self.aborted = True


class FakeExchange:
    """
    A request of a client, and what it was answered.

    Attributes:
        status, lines, answer: The answer's parts; status 0 means none yet.
        sink: Where a long answer goes, once it began.
    """

    def __init__(
        self,
        target: str = "/",
        method: str = "GET",
        headers: Mapping[str, Sequence[str]] | None = None,
        body: bytes | BodyStream = b"",
        *,
        host: str = "shop.example",
        peer: str = "192.0.2.1",
    ) -> None:
        self.method = method
        self.target = target
        self.version = "HTTP/1.1"
        self.headers = {name: list(values) for name, values in (headers or {}).items()}
        self.host = host
        self.peer = peer
        self.secure = False
        self.certificate: bytes | None = None
        self.body = body
        self.gone: Callable[[], None] | None = None
        self.status = 0
        self.lines: list[tuple[str, str]] = []
        self.answer = b""
        self.length: int | None = None
        self.sink = FakeSink()
        self.aborted = False

    def respond(self, status: int, headers: Lines, body: bytes) -> None:
        assert not self.status, "answered twice"
        self.status, self.lines, self.answer = status, list(headers), body

    def start(self, status: int, headers: Lines, length: int | None) -> FakeSink:
        assert not self.status, "answered twice"
        self.status, self.lines, self.length = status, list(headers), length
        return self.sink

    def abort(self) -> None:
        self.aborted = True

    def leave(self) -> None:
        """Let the client go."""
        assert self.gone is not None
        self.gone()

    def header(self, name: str) -> str | None:
        """Give the values of a header of the answer, or None."""
        found = [value for key, value in self.lines if key == name]
        return ", ".join(found) if found else None


class FakePipe:
    """
    A pipe that records requests and answers what it is told.

    Args:
        outcome: A response, an exception to raise, or None to wait until the test calls
            `answer`.
    """

    def __init__(self, outcome: Response | Exception | None = None) -> None:
        self.outcome = outcome
        self.requests: list[Request] = []
        self.cancelled = False
        self._waiting: Deferred[Response] | None = None

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if self.outcome is not None:
            return self.outcome
        self._waiting = Deferred(self._given_up)
        return await self._waiting

    def answer(self, outcome: Response | Exception) -> None:
        """End a call that waits."""
        assert self._waiting is not None
        if isinstance(outcome, Exception):
            self._waiting.errback(outcome)
        else:
            self._waiting.callback(outcome)

    def _given_up(self, _: Deferred[Response]) -> None:
        self.cancelled = True


def open_gate(visitor: V) -> V:
    """Let everybody through."""
    return visitor


def waiting_gate(until: Deferred[None] | None = None) -> Gate:
    """Make a gate that lets everybody through, when something has happened."""

    def gate(visitor: V) -> Coroutine[Any, Any, V]:
        async def later() -> V:
            if until is not None:
                await until
            return visitor

        return later()

    return gate


def order() -> Decoded:
    """Give a usual response; data is owned by who holds it, so it is new each time."""
    return Decoded({"id": 7})


def endpoint(path: str = "/order", method: str = "GET", **other: Any) -> Endpoint:
    """Make an endpoint with one backend; the path in router syntax."""
    other.setdefault("backends", (Backend(),))
    return Endpoint(endpoint=path, path=path, method=method, **other)


class Shop:
    """
    A small gateway to ask.

    Args:
        routes: Endpoints, with their pipes (default: one that answers at once) and
            perhaps what stands around the handler.
        router: The ``router`` namespace.
        service: Other keys of the configuration.
        logs: Whether somebody wants the access log.
    """

    def __init__(
        self,
        *routes: tuple[Endpoint, Proxy] | tuple[Endpoint, Proxy, Around] | Endpoint,
        router: Mapping[str, Any] | None = None,
        service: ServiceConfig | None = None,
        logs: bool = False,
    ) -> None:
        self.clock = Clock()
        self.runtime: Runtime = testing.runtime(self.clock)
        self.access: list[str] = []
        self.pipes: list[Any] = []
        triples: list[Route] = []
        for route in routes:
            parts: tuple[Any, ...] = (
                (route, FakePipe(order())) if isinstance(route, Endpoint) else route
            )
            triples.append((parts[0], parts[1], parts[2] if len(parts) == 3 else Around()))
            self.pipes.append(parts[1])
        config = service or ServiceConfig()
        if router is not None:
            settings = Settings(dict(router), "/extra_config/router")
            config = evolve(config, extra_config={"router": settings})
        self.gateway = Gateway(
            config,
            triples,
            self.runtime,
            self.access.append if logs else None,
            now=lambda: 1_795_426_503.25,
        )

    def ask(self, target: str = "/order", method: str = "GET", **other: Any) -> FakeExchange:
        """Send a request; what it was answered is in the exchange."""
        exchange = FakeExchange(target, method, **other)
        self.gateway.application(exchange)
        return exchange

    @property
    def log(self) -> list[tuple[str, str]]:
        """What the application log holds."""
        log = self.runtime.log
        assert isinstance(log, testing.RecordedLog)
        return log.lines
