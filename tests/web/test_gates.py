"""Tests of `gatekeeper.web.gates`: requests at the gates of an endpoint, on the short way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import Refused
from gatekeeper.gate import Gate, V, Visitor
from gatekeeper.message import Reply, Streamed
from gatekeeper.pipeline import Around
from gatekeeper.testing import FakeStream
from tests.web.fakes import (
    FakeExchange,
    FakePipe,
    Shop,
    endpoint,
    open_gate,
    order,
    waiting_gate,
)


def saying(verdict: Any) -> Gate:
    """Make a gate that says the same to everybody; an exception is raised."""

    def gate(_: V) -> V | Reply:
        if isinstance(verdict, Exception):
            raise verdict
        said: V | Reply = verdict
        return said

    return gate


def later(until: Deferred[Any], gate: Gate) -> Gate:
    """Make a gate that says what another one says, but not at once."""

    def waiting(visitor: V) -> Any:
        async def wait() -> Any:
            await until
            return gate(visitor)

        return wait()

    return waiting


class GatesTestCase(SynchronousTestCase):
    """An endpoint behind gates."""

    def ask(
        self,
        *gates: Gate,
        target: str = "/order/7",
        headers: Mapping[str, Sequence[str]] | None = None,
        outcome: Any = None,
        **other: Any,
    ) -> FakeExchange:
        self.pipe = FakePipe(order() if outcome is None else outcome)
        made = endpoint("/order/:id", timeout_s=1.0, **other)
        self.shop = Shop((made, self.pipe, Around(gates=gates)), logs=True)
        return self.shop.ask(target, headers=headers or {})


class VerdictTests(GatesTestCase):
    """What a gate may say."""

    def test_passes(self) -> None:
        """Who is let through is answered as without gates."""
        exchange = self.ask(open_gate)
        self.assertEqual((exchange.status, exchange.answer), (200, b'{"id":7}'))
        [request] = self.pipe.requests
        self.assertEqual(request.params, {"Id": "7"})

    def test_refuses(self) -> None:
        """A refusal has its own headers only, no body of the endpoint, and its log line."""
        for verdict in (
            Reply(403, [("X-Why", "1")], errors=("why",)),
            Refused(403, "why", [("X-Why", "1")]),
        ):
            with self.subTest(verdict=verdict):
                exchange = self.ask(open_gate, saying(verdict), saying(ZeroDivisionError()))
                self.assertEqual((exchange.status, exchange.answer), (403, b""))
                self.assertEqual(exchange.lines, [("X-Why", "1")])
                self.assertEqual(self.pipe.requests, [])
                self.assertIn("Error #01: why", self.shop.access)
                self.assertEqual(self.shop.gateway.counters.by_endpoint[0][4], 1)
                self.assertEqual(self.shop.gateway.counters.in_flight, 0)

    def test_crash(self) -> None:
        """A gate that fails, or forgets to say something, is a 500 with an id for the log."""
        for verdict in (ZeroDivisionError("with a secret"), None, True, "yes"):
            with self.subTest(verdict=verdict):
                exchange = self.ask(saying(verdict))
                number = exchange.header("X-Gatekeeper-Error")
                self.assertEqual((exchange.status, exchange.answer), (500, b""))
                self.assertEqual(self.pipe.requests, [])
                errors = [text for level, text in self.shop.log if level == "ERROR"]
                self.assertIn(f"internal error {number}", errors[0])
                self.assertNotIn("secret", errors[0])


class VisitorTests(GatesTestCase):
    """What a gate sees of a request, and may change."""

    def test_sees(self) -> None:
        """Method, path, parameters, all headers, and the address behind proxies."""
        seen: list[Visitor] = []

        def look(visitor: V) -> V:
            seen.append(visitor)
            return visitor

        self.ask(look, headers={"Cookie": ["c"], "X-Forwarded-For": ["198.51.100.7"]})
        [visitor] = seen
        self.assertEqual((visitor.method, visitor.path), ("GET", "/order/7"))
        self.assertEqual((visitor.params, visitor.client_ip), ({"id": "7"}, "198.51.100.7"))
        self.assertEqual(visitor.headers["Cookie"], ["c"])

    def test_carries(self) -> None:
        """What one gate adds is there for the next, and for backends; the address stays."""
        seen: list[tuple[Sequence[str], str, str]] = []

        def add(visitor: V) -> V:
            headers = {**visitor.headers, "X-User": ["ann"], "X-Forwarded-For": ["192.0.2.66"]}
            return visitor.carrying(headers, {**visitor.params, "JWT.sub": "ann"})

        def look(visitor: V) -> V:
            headers, params = visitor.headers, visitor.params
            seen.append((headers["X-User"], params["JWT.sub"], visitor.client_ip))
            return visitor

        self.ask(
            add, look, headers={"X-Forwarded-For": ["198.51.100.7"]}, input_headers=("X-User",)
        )
        self.assertEqual(seen, [(["ann"], "ann", "198.51.100.7")])
        [request] = self.pipe.requests
        self.assertEqual(request.params, {"Id": "7", "JWT.sub": "ann"})
        self.assertEqual(request.headers["X-User"], ["ann"])
        self.assertEqual(request.headers["X-Forwarded-For"], ("198.51.100.7",))


class WaitingTests(GatesTestCase):
    """A gate that does not know yet."""

    def setUp(self) -> None:
        self.until: Deferred[None] = Deferred()

    def test_passes(self) -> None:
        """The rest follows when it knows; its waiting takes nothing of the endpoint's time."""
        exchange = self.ask(waiting_gate(self.until), open_gate)
        self.shop.clock.advance(5)
        self.assertEqual((exchange.status, self.pipe.requests), (0, []))
        self.until.callback(None)
        self.assertEqual((exchange.status, exchange.answer), (200, b'{"id":7}'))
        self.assertEqual(self.shop.gateway.counters.in_flight, 0)

    def test_time(self) -> None:
        """From there on it runs as always."""
        self.pipe = FakePipe()
        around = Around(gates=[waiting_gate(self.until)])
        shop = Shop((endpoint(timeout_s=1.0), self.pipe, around))
        exchange = shop.ask()
        shop.clock.advance(5)
        self.until.callback(None)
        shop.clock.advance(0.9)
        self.assertEqual(exchange.status, 0)
        shop.clock.advance(0.2)
        self.assertEqual((exchange.status, self.pipe.cancelled), (500, True))

    def test_refuses(self) -> None:
        """A late refusal is like one that comes at once."""
        for verdict in (Reply(403, [("X-Why", "1")]), Refused(403, "", [("X-Why", "1")])):
            self.until = Deferred()
            exchange = self.ask(later(self.until, saying(verdict)))
            self.until.callback(None)
            self.assertEqual((exchange.status, exchange.lines), (403, [("X-Why", "1")]))
            self.assertEqual(self.pipe.requests, [])

    def test_crash(self) -> None:
        """So is a late mistake, of this gate or of one behind it."""
        makers: list[Callable[[Deferred[None]], list[Gate]]] = [
            lambda until: [later(until, saying(ZeroDivisionError()))],
            lambda until: [later(until, saying(None))],
            lambda until: [waiting_gate(until), saying(ZeroDivisionError())],
        ]
        for gates in makers:
            until: Deferred[None] = Deferred()
            exchange = self.ask(*gates(until))
            until.callback(None)
            self.assertEqual((exchange.status, exchange.answer), (500, b""))
            self.assertIsNotNone(exchange.header("X-Gatekeeper-Error"))
            self.assertEqual(self.pipe.requests, [])

    def test_client_leaves(self) -> None:
        """A client that leaves while its gate waits ends that; nobody is asked."""
        cancelled: list[object] = []
        until: Deferred[None] = Deferred(cancelled.append)
        exchange = self.ask(waiting_gate(until))
        exchange.leave()
        self.assertEqual((len(cancelled), exchange.aborted, self.pipe.requests), (1, True, []))
        self.assertEqual(self.shop.gateway.counters.in_flight, 0)

    def test_client_leaves_behind_it(self) -> None:
        """One that leaves later cancels what has been begun then."""
        self.pipe = FakePipe()
        around = Around(gates=[waiting_gate(self.until), waiting_gate(), open_gate])
        exchange = Shop((endpoint(), self.pipe, around)).ask()
        self.until.callback(None)
        self.assertEqual((len(self.pipe.requests), exchange.status), (1, 0))
        exchange.leave()
        self.assertEqual((self.pipe.cancelled, exchange.aborted), (True, True))

    def test_stream(self) -> None:
        """So does one that leaves in the middle of a stream."""
        stream = FakeStream(b"ab", ended=False)
        exchange = self.ask(
            waiting_gate(self.until), outcome=Streamed(200, [], stream), output_encoding="no-op"
        )
        self.until.callback(None)
        self.assertEqual(exchange.sink.data, b"ab")
        exchange.leave()
        self.assertTrue(stream.closed)
