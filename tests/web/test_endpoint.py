"""Tests of `gatekeeper.web.endpoint`, `call`, `write` and `respond`: one request's life."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Backend
from gatekeeper.errors import (
    BackendStatusPassed,
    BodyTooLarge,
    MergeError,
    NoHosts,
    Refused,
    RequestGone,
    TransportError,
)
from gatekeeper.message import ClientRequest, Decoded, Reply, Response, Streamed
from gatekeeper.pipeline import Around
from gatekeeper.proxy import Handler
from gatekeeper.testing import FakeStream
from tests.web.fakes import FakeExchange, FakePipe, Shop, endpoint, open_gate, order, waiting_gate


def passing(handle: Handler) -> Handler:
    """Wrap an endpoint's handler in nothing, so that it takes the way through components."""

    async def handler(client: ClientRequest) -> Reply:
        return await handle(client)

    return handler


class EndpointTestCase(SynchronousTestCase):
    """One endpoint with a pipe that the test moves."""

    around = Around()

    def start(
        self, outcome: Response | Exception | None = None, *, router: Any = None, **other: Any
    ) -> FakeExchange:
        """Send a request to an endpoint."""
        self.pipe = FakePipe(outcome)
        route = (endpoint(timeout_s=1.0, **other), self.pipe, self.around)
        self.shop = Shop(route, router=router, logs=True)
        return self.shop.ask("/order")

    def line(self) -> str:
        """Give what the access log says behind the time."""
        [line] = self.shop.access
        return line.partition(" | ")[2]


class PlainTests(EndpointTestCase):
    """Without components around the endpoint."""

    def test_answer(self) -> None:
        """Data becomes JSON, with the headers that tell who answered and how well."""
        exchange = self.start(order())
        self.assertEqual((exchange.status, exchange.answer), (200, b'{"id":7}'))
        self.assertEqual(exchange.header("X-Krakend-Completed"), "true")
        self.assertEqual(exchange.header("Content-Type"), "application/json; charset=utf-8")

    def test_completeness(self) -> None:
        """Incomplete, and empty, answers say so, and may not be kept by caches."""
        for response, completed, kept in (
            (order(), "true", "public, max-age=60"),
            (Decoded({"a": 1}, complete=False), "false", None),
            (Decoded({}), "false", None),
            (Decoded(None), "false", None),
        ):
            exchange = self.start(response, cache_ttl_s=60.0)
            self.assertEqual(exchange.header("X-Krakend-Completed"), completed)
            self.assertEqual(exchange.header("Cache-Control"), kept)

    def test_headers_of_components(self) -> None:
        """Headers that components add reach the client; so does their status."""
        exchange = self.start(Decoded({"a": 1}, status=201, headers={"X-New": ["1", "2"]}))
        self.assertEqual((exchange.status, exchange.header("X-New")), (201, "1, 2"))

    def test_errors(self) -> None:
        """Each family of errors has its status; texts are told only when that is wanted."""
        for error, status, text in (
            (NoHosts(), 500, b"no hosts available"),
            (TransportError("Get: refused"), 500, b"Get: refused"),
            (BackendStatusPassed(404, "gone", "text/plain"), 404, b"gone"),
            (MergeError([NoHosts(), TransportError("x")]), 500, b"no hosts available\nx"),
            (BodyTooLarge(10), 413, b"request body larger than 10 bytes"),
            (Refused(403, "no", [("X-Why", "1")]), 403, b"no"),
        ):
            with self.subTest(error=error):
                exchange = self.start(error)
                self.assertEqual((exchange.status, exchange.answer), (status, b""))
                exchange = self.start(error, router={"return_error_msg": True})
                self.assertEqual((exchange.status, exchange.answer), (status, text))
                self.assertEqual(exchange.header("X-Krakend-Completed"), "false")

    def test_partial_errors(self) -> None:
        """An answer with a part missing is told to the log, not to the client."""
        failed = MergeError([NoHosts()])
        exchange = self.start(Decoded({"a": 1}, complete=False, error=failed))
        self.assertEqual((exchange.status, exchange.answer), (200, b'{"a":1}'))
        self.assertIn("Error #01: no hosts available", self.shop.access)

    def test_crash(self) -> None:
        """A mistake of ours is a 500 with an id that client and log share, and no more."""
        exchange = self.start(ZeroDivisionError("with a secret"))
        number = exchange.header("X-Gatekeeper-Error")
        self.assertEqual((exchange.status, exchange.answer), (500, b""))
        [error] = [text for level, text in self.shop.log if level == "ERROR"]
        self.assertIn(f"internal error {number}: ZeroDivisionError in", error)
        self.assertNotIn("secret", error)

    def test_too_late(self) -> None:
        """When the time is over the work is cancelled and the client gets an error."""
        exchange = self.start(router={"return_error_msg": True})
        self.shop.clock.advance(0.9)
        self.assertEqual(exchange.status, 0)
        self.shop.clock.advance(0.2)
        self.assertEqual((exchange.status, exchange.answer), (500, b"context deadline exceeded"))
        self.assertTrue(self.pipe.cancelled)

    def test_no_time_at_all(self) -> None:
        """A timeout that is not positive is over before it begins."""
        self.pipe = FakePipe(order())
        shop = Shop((endpoint(timeout_s=-1.0), self.pipe, self.around))
        self.assertEqual((shop.ask().status, self.pipe.requests), (500, []))

    def test_client_leaves(self) -> None:
        """The work is cancelled, nobody is answered, and it counts as gone."""
        exchange = self.start()
        self.assertEqual(self.shop.gateway.counters.in_flight, 1)
        exchange.leave()
        self.assertTrue(self.pipe.cancelled)
        self.assertEqual((exchange.status, exchange.aborted), (0, True))
        self.assertEqual(self.shop.gateway.counters.by_endpoint[0][0], 1)
        self.assertEqual(self.shop.gateway.counters.in_flight, 0)
        self.assertIn("Error #01: context canceled", self.shop.access)

    def test_client_leaves_with_its_body(self) -> None:
        """A body that ends too early is the client's departure, not an error of anybody."""
        self.assertTrue(self.start(RequestGone("gone")).aborted)

    def test_answered_in_time(self) -> None:
        """What is answered later than at once is answered once, and leaves no timer."""
        exchange = self.start()
        self.pipe.answer(order())
        self.shop.clock.advance(10)
        self.assertEqual(exchange.status, 200)

    def test_access_log(self) -> None:
        """One line says how it went, how long it took and who asked."""
        self.start()
        self.shop.clock.advance(0.25)
        self.pipe.answer(order())
        self.assertEqual(self.line(), '200 |    250ms |       192.0.2.1 | GET      "/order"')

    def test_quiet(self) -> None:
        """Paths can be left out of the log, and the log can be switched off."""
        for router in ({"logger_skip_paths": ["/order"]}, {"disable_access_log": True}):
            self.start(order(), router=router)
            self.assertEqual(self.shop.access, [])


class WrappedTests(PlainTests):
    """The same promises with components around the endpoint."""

    around = Around(wrappers=[passing])

    def test_refused_by_a_component(self) -> None:
        """A component's refusal has its headers, and none of the endpoint's."""

        def closed(_: Handler) -> Handler:
            async def handler(_: ClientRequest) -> Reply:
                raise Refused(401, "no token", [("WWW-Authenticate", "Bearer")])

            return handler

        shop = Shop((endpoint(), FakePipe(order()), Around(wrappers=[closed])))
        exchange = shop.ask()
        self.assertEqual((exchange.status, exchange.answer), (401, b""))
        self.assertEqual(exchange.lines, [("WWW-Authenticate", "Bearer")])

    def test_what_components_see(self) -> None:
        """A component sees the whole request of the client."""
        seen: list[ClientRequest] = []

        def looking(handle: Handler) -> Handler:
            async def handler(client: ClientRequest) -> Reply:
                seen.append(client)
                return await handle(client)

            return handler

        shop = Shop((endpoint("/orders/:id"), FakePipe(order()), Around(wrappers=[looking])))
        shop.ask("/orders/5?a=1", headers={"Cookie": ["c"], "X-Forwarded-For": ["198.51.100.7"]})
        [client] = seen
        self.assertEqual((client.path, client.query), ("/orders/5", "a=1"))
        self.assertEqual((client.params, client.client_ip), ({"id": "5"}, "198.51.100.7"))
        self.assertEqual(client.headers["Cookie"], ["c"])


class GatedTests(PlainTests):
    """The same promises with gates in front of the endpoint."""

    around = Around(gates=[open_gate, open_gate])


class WaitingGateTests(PlainTests):
    """The same with a gate that may have to wait."""

    around = Around(gates=[open_gate, waiting_gate(), open_gate])


class StreamTests(EndpointTestCase):
    """Answers that pass through."""

    def stream(self, stream: FakeStream, **changes: Any) -> FakeExchange:
        answer = Streamed(200, [("Content-Type", "image/png"), ("X-A", "1")], stream)
        return self.start(evolve(answer, **changes), output_encoding="no-op", backends=(Backend(),))

    def test_pieces(self) -> None:
        """Status and headers pass, bytes as they come."""
        stream = FakeStream(b"ab", ended=False)
        exchange = self.stream(stream, status=206)
        self.assertEqual((exchange.status, exchange.sink.data), (206, b"ab"))
        self.assertEqual(exchange.header("X-A"), "1")
        stream.send(b"cd")
        stream.end()
        self.assertEqual((exchange.sink.data, exchange.sink.finished), (b"abcd", True))
        self.shop.clock.advance(2)
        self.assertFalse(exchange.sink.aborted)

    def test_slow_client(self) -> None:
        """While the client is slow nothing is read."""
        stream = FakeStream(ended=False)
        exchange = self.stream(stream)
        exchange.sink.full = True
        stream.send(b"ab")
        stream.send(b"cd")
        self.assertEqual(exchange.sink.data, b"ab")
        exchange.sink.drain()
        self.assertEqual(exchange.sink.data, b"abcd")

    def test_broken_before_a_byte(self) -> None:
        """A stream that breaks at once is an error like others."""
        stream = FakeStream(ended=False)
        exchange = self.stream(stream)
        stream.break_off(TransportError("unexpected EOF"))
        self.assertEqual(exchange.status, 500)

    def test_cut(self) -> None:
        """A stream that breaks in the middle breaks the answer: it never looks complete."""
        stream = FakeStream(b"ab", ended=False)
        exchange = self.stream(stream)
        stream.break_off()
        self.assertEqual((exchange.sink.aborted, exchange.sink.finished), (True, False))
        self.assertIn("Error #01: unexpected EOF", self.shop.access)

    def test_too_late(self) -> None:
        """The time counts for the last byte, too."""
        stream = FakeStream(b"ab", ended=False)
        exchange = self.stream(stream)
        self.shop.clock.advance(1.1)
        self.assertTrue(exchange.sink.aborted)
        self.assertTrue(stream.closed)
        self.assertIn("Error #01: context deadline exceeded", self.shop.access)

    def test_client_leaves(self) -> None:
        """A client that leaves in the middle frees the backend's connection."""
        stream = FakeStream(b"ab", ended=False)
        exchange = self.stream(stream)
        exchange.leave()
        self.assertTrue(stream.closed)
        self.assertFalse(exchange.sink.finished)

    def test_leaves_while_slow(self) -> None:
        """So does one that leaves while it takes nothing."""
        stream = FakeStream(ended=False)
        exchange = self.stream(stream)
        exchange.sink.full = True
        stream.send(b"ab")
        exchange.leave()
        self.assertTrue(stream.closed)

    def test_without_body(self) -> None:
        """Statuses that have no body get none, whatever the backend sends; nor does nothing."""
        for status in (204, 304):
            stream = FakeStream(b"ab", ended=False)
            exchange = self.stream(stream, status=status)
            self.assertEqual((exchange.status, exchange.answer), (status, b""))
            self.assertTrue(stream.closed)
        exchange = self.stream(FakeStream(ended=True))
        self.assertEqual((exchange.status, exchange.answer), (200, b""))

    def test_type(self) -> None:
        """A body without a type gets the one that its first bytes show."""
        exchange = self.stream(FakeStream(b"<html>"), headers=[])
        self.assertEqual(exchange.header("Content-Type"), "text/html; charset=utf-8")

    def test_data_wanted(self) -> None:
        """Where data is wanted a stream is dropped, and the answer is empty."""
        stream = FakeStream(b"ab", ended=False)
        exchange = self.start(Streamed(200, [], stream))
        self.assertEqual((exchange.status, exchange.answer), (200, b"{}"))
        self.assertTrue(stream.closed)


class WrappedStreamTests(StreamTests):
    """The same with components around the endpoint."""

    around = Around(wrappers=[passing])


class GatedStreamTests(StreamTests):
    """The same with a gate that may have to wait."""

    around = Around(gates=[waiting_gate()])


class NegotiateTests(EndpointTestCase):
    """``output_encoding: negotiate``."""

    def test_accept(self) -> None:
        """The client chooses the format."""
        for accept, kind in (("application/xml", "xml"), ("", "json"), ("text/plain", "yaml")):
            pipe = FakePipe(order())
            shop = Shop((endpoint(output_encoding="negotiate"), pipe))
            headers: Mapping[str, list[str]] = {"Accept": [accept]} if accept else {}
            found = shop.ask(headers=headers).header("Content-Type") or ""
            self.assertIn(kind, found)


class WaitingTests(SynchronousTestCase):
    """A pipe that waits for something else than the clock."""

    def test_late_failure(self) -> None:
        """An error that comes later is answered like one that comes at once."""
        waiting: Deferred[None] = Deferred()

        async def pipe(_: object) -> Response:
            await waiting
            raise NoHosts

        shop = Shop((endpoint(), pipe))
        exchange = shop.ask()
        waiting.callback(None)
        self.assertEqual(exchange.status, 500)
