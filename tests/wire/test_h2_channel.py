"""Requests and answers on HTTP/2 connections, with both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.exchange import Exchange
from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_limits import H2Limits
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from tests.wire.channels import hello
from tests.wire.h2_clients import DATA, END_STREAM, GET, HEADERS, H2Client, frame, settings

KIB = 1 << 10
POST = ((":method", "POST"), *GET[1:])


class Case(SynchronousTestCase):
    """Something that both engines must do."""

    engine: Any = NGHTTP2Engine

    def client(self, application: Any = hello, **limits: Any) -> H2Client:
        return H2Client(application, engine=self.engine, **limits)

    def read(self, exchange: Exchange) -> Deferred[bytes]:
        """Read once."""
        body: Any = exchange.body
        return ensureDeferred(body.read())

    def waiting(self, client: H2Client) -> Exchange:
        """Give the last exchange, which was not answered."""
        return client.exchanges[-1]


class AnswerTests(Case):
    """A request becomes an exchange, and its answer frames."""

    def test_small_answer(self) -> None:
        """Head and body go out together, in one write at the end of the turn."""
        client = self.client()
        came = client.ask(1)
        self.assertEqual([one.kind for one in came], [HEADERS, DATA])
        self.assertEqual(
            client.heads[1],
            {
                ":status": "200",
                "content-type": "text/plain",
                "date": "Sun, 06 Nov 1994 08:49:37 GMT",
                "content-length": "5",
            },
        )
        self.assertEqual((client.bodies[1], client.ended), (b"hello", {1}))

    def test_exchange(self) -> None:
        """The application sees what HTTP/1.1 would have shown it."""
        client = self.client(None)
        client.ask(1, ("x-tenant", "a"), ("cookie", "a=1"), ("cookie", "b=2"), ("x-tenant", "b"))
        exchange = self.waiting(client)
        self.assertEqual(
            (exchange.method, exchange.target, exchange.version, exchange.host, exchange.peer),
            ("GET", "/", "HTTP/2", "shop.example", "192.0.2.7"),
        )
        self.assertEqual(exchange.headers, {"X-Tenant": ["a", "b"], "Cookie": ["a=1; b=2"]})
        self.assertEqual((exchange.body, exchange.secure, exchange.certificate), (b"", False, None))

    def test_byte_by_byte(self) -> None:
        """It does not matter how the bytes come."""
        client = self.client()
        for byte in client.request(1):
            client.send(bytes((byte,)))
        self.assertEqual(client.status(), "200")

    def test_many_at_once(self) -> None:
        """Requests of one read are answered in one write."""
        client = self.client()
        client.send(b"".join(client.request(stream) for stream in range(1, 40, 2)))
        self.assertEqual(client.ended, set(range(1, 40, 2)))

    def test_later(self) -> None:
        """Answers in any order; those of one turn go out together."""
        client = self.client(None)
        client.send(client.request(1) + client.request(3))
        for exchange in reversed(client.exchanges):
            hello(exchange)
        self.assertEqual(client.hear(), [])
        client.turn()
        self.assertEqual(client.ended, {1, 3})

    def test_answer_without_body(self) -> None:
        """HEAD, 204 and 304 have none; only HEAD tells a length."""
        for method, status, length in (("HEAD", 200, "3"), ("GET", 204, None), ("GET", 304, None)):
            client = self.client(
                lambda exchange, status=status: exchange.respond(status, (), b"abc")
            )
            client.ask(1, base=((":method", method), *GET[1:]))
            self.assertEqual(client.status(), str(status))
            self.assertEqual(client.heads[1].get("content-length"), length)
            self.assertEqual((client.bodies, client.ended), ({}, {1}))

    def test_second_answer(self) -> None:
        """Only the first counts."""
        client = self.client(None)
        client.ask(1)
        hello(client.exchanges[0])
        client.exchanges[0].respond(500, (), b"no")
        client.exchanges[0].start(500, (), None).write(b"no")
        client.exchanges[0].abort()
        client.turn()
        self.assertEqual((client.status(), client.bodies[1], client.resets), ("200", b"hello", {}))

    def test_headers_of_an_answer(self) -> None:
        """Names are in lower case; what HTTP/2 says in other ways is left out."""
        client = self.client(
            lambda exchange: exchange.respond(
                200,
                (
                    ("X-Krakend", " a "),
                    ("Connection", "close"),
                    ("Keep-Alive", "timeout=5"),
                    ("Transfer-Encoding", "chunked"),
                    ("Content-Length", "99"),
                    ("Date", "now"),
                    ("Upgrade", "h2c"),
                    ("Set-Cookie", "a=1"),
                ),
                b"",
            )
        )
        client.ask(1)
        self.assertEqual(
            client.heads[1],
            {
                ":status": "200", "x-krakend": "a", "date": "now", "set-cookie": "a=1",
                "content-length": "0",
            },
        )  # fmt: skip

    def test_answer_that_cannot_be_sent(self) -> None:
        """A header that breaks its line makes it a 500."""
        client = self.client(lambda exchange: exchange.respond(200, (("A", "b\r\nc: d"),), b"x"))
        client.ask(1)
        self.assertEqual((client.status(), client.bodies), ("500", {}))

    def test_application_that_fails(self) -> None:
        """A crash is a 500, and the connection goes on."""

        def crash(exchange: Exchange) -> None:
            if len(client.exchanges) == 1:
                raise ValueError("a defect")
            hello(exchange)

        client = self.client(crash)
        client.ask(1)
        client.ask(3)
        self.assertEqual((client.status(1), client.status(3)), ("500", "200"))
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)

    def test_server_options(self) -> None:
        """``OPTIONS *`` asks the server, not the application."""
        client = self.client()
        client.ask(1, base=((":method", "OPTIONS"), GET[1], (":path", "*"), GET[3]))
        self.assertEqual((client.status(), client.exchanges), ("200", []))


class SinkTests(Case):
    """Long answers."""

    def test_sink(self) -> None:
        """Pieces are sent as they are written, without any coding."""
        client = self.client(None)
        client.ask(1)
        sink = client.exchanges[0].start(200, (), None)
        sink.write(b"one")
        client.turn()
        self.assertEqual((client.bodies[1], client.ended), (b"one", set()))
        sink.write(b"")
        sink.write(b"two")
        sink.finish()
        sink.finish()
        client.turn()
        self.assertEqual((client.bodies[1], client.ended), (b"onetwo", {1}))
        self.assertNotIn("content-length", client.heads[1])
        self.assertNotIn("transfer-encoding", client.heads[1])

    def test_promised_length(self) -> None:
        """More or less than was promised resets the stream."""
        for length, data, complete in ((3, b"abc", True), (2, b"abc", False), (4, b"abc", False)):
            client = self.client(None)
            client.ask(1)
            sink = client.exchanges[0].start(200, (), length)
            sink.write(data)
            sink.finish()
            client.turn()
            self.assertEqual(
                client.heads.get(1, {}).get("content-length", str(length)), str(length)
            )
            self.assertEqual(
                (1 in client.ended, client.resets), (complete, {} if complete else {1: 2})
            )

    def test_head(self) -> None:
        """A sink for an answer without body takes everything and sends nothing."""
        client = self.client(None)
        client.ask(1, base=((":method", "HEAD"), *GET[1:]))
        sink = client.exchanges[0].start(200, (), 10)
        sink.write(b"abc")
        self.assertIsNone(sink.ready())
        sink.finish()
        client.turn()
        self.assertEqual((client.heads[1]["content-length"], client.bodies), ("10", {}))
        self.assertEqual((client.ended, client.resets), ({1}, {}))

    def test_slow_client(self) -> None:
        """Whoever writes waits while the client's window is shut; the bound is one buffer."""
        client = self.client(None)
        client.ask(1)
        sink = client.exchanges[0].start(200, (), None)
        written = 0
        while (waiting := sink.ready()) is None:
            sink.write(b"x" * 16 * KIB)
            written += 16 * KIB
            client.turn()
            self.assertLess(written, 256 * KIB)
        self.assertEqual(len(client.bodies[1]), 65535)
        self.assertLessEqual(written, 65535 + 80 * KIB)
        self.assertNoResult(waiting)
        client.allow(0, 1 << 20)
        client.allow(1, 1 << 20)
        client.turn()
        self.successResultOf(waiting)
        self.assertEqual(len(client.bodies[1]), written)

    def test_large_answer(self) -> None:
        """A body that is there as a whole is handed over as the client takes it."""
        client = self.client(lambda exchange: exchange.respond(200, (), b"x" * 1_000_000))
        client.ask(1)
        for _ in range(40):
            client.turn()
        self.assertEqual(len(client.bodies[1]), 65535)
        client.allow(0, 2_000_000)
        client.allow(1, 2_000_000)
        for _ in range(40):
            client.turn()
        self.assertEqual((len(client.bodies[1]), client.ended), (1_000_000, {1}))
        self.assertEqual(client.heads[1]["content-length"], "1000000")

    def test_full_transport(self) -> None:
        """Nothing is taken from the engine while the transport takes nothing."""
        client = self.client(None)
        client.ask(1)
        sink = client.exchanges[0].start(200, (), None)
        client.turn()
        client.transport.producer.pauseProducing()
        sink.write(b"x" * 70 * KIB)
        client.turn()
        self.assertEqual(client.bodies, {})
        waiting: Any = sink.ready()
        client.transport.producer.resumeProducing()
        client.allow(0, KIB * KIB)
        client.allow(1, KIB * KIB)
        client.turn()
        self.successResultOf(waiting)
        self.assertEqual(len(client.bodies[1]), 70 * KIB)

    def test_client_leaves(self) -> None:
        """A reset ends what waits, and is told once; a lost connection, too."""
        for leave in (
            lambda client: client.reset(1),
            lambda client: client.channel.connectionLost(Failure(ConnectionDone())),
        ):
            client = self.client(None)
            client.ask(1)
            gone: list[int] = []
            exchange = client.exchanges[0]
            exchange.gone = lambda gone=gone: gone.append(1)
            sink = exchange.start(200, (), None)
            sink.write(b"x" * 200 * KIB)
            waiting: Any = sink.ready()
            leave(client)
            self.failureResultOf(waiting, ConnectionError)
            ready: Any = sink.ready()
            self.failureResultOf(ready, ConnectionError)
            sink.write(b"more")
            sink.finish()
            self.assertEqual(gone, [1])

    def test_abort(self) -> None:
        """An answer that cannot be completed resets its stream, and no other."""
        client = self.client(None)
        client.send(client.request(1) + client.request(3))
        exchange = client.exchanges[0]
        exchange.gone = lambda: self.fail("it was us")
        exchange.start(200, (), None).abort()
        hello(client.exchanges[1])
        client.turn()
        self.assertEqual((client.resets, client.ended, client.closed), ({1: 2}, {3}, False))


class BodyTests(Case):
    """Bodies of requests."""

    def test_whole(self) -> None:
        """A body that comes with its request is there at once."""
        client = self.client(None)
        client.send(
            client.request(1, ("content-length", "4"), base=POST, end=False)
            + frame(DATA, 0, 1, b"bo")
            + frame(DATA, END_STREAM, 1, b"dy")
        )
        self.assertEqual(client.exchanges[0].body, b"body")

    def test_stream(self) -> None:
        """A body that comes later is a stream."""
        client = self.client(None)
        client.post(1, ("content-length", "6"))
        exchange = client.exchanges[0]
        body: Any = exchange.body
        self.assertEqual(body.length, 6)
        reading = self.read(exchange)
        self.assertNoResult(reading)
        client.body(1, b"abc")
        self.assertEqual(self.successResultOf(reading), b"abc")
        client.body(1, b"def", end=True)
        self.assertEqual(self.successResultOf(self.read(exchange)), b"def")
        self.assertEqual(self.successResultOf(self.read(exchange)), b"")

    def test_trailers(self) -> None:
        """Trailers end the body and are seen by nobody."""
        client = self.client(None)
        client.post(1)
        client.body(1, b"abc")
        block = client.block([("authorization", "Bearer x"), ("x-sum", "1")])
        client.send(frame(HEADERS, 0x4 | END_STREAM, 1, block))
        exchange = client.exchanges[0]
        self.assertEqual(self.successResultOf(self.read(exchange)), b"abc")
        self.assertEqual(self.successResultOf(self.read(exchange)), b"")
        self.assertEqual(exchange.headers, {})

    def test_wrong_length(self) -> None:
        """More or less than was promised resets the stream, and the body fails."""
        for data in (b"ab", b"abcd"):
            client = self.client(None)
            client.post(1, ("content-length", "3"))
            exchange = client.exchanges[0]
            reading = self.read(exchange)
            client.body(1, data, end=True)
            client.turn()
            if reading.called and reading.result in (b"ab", b"abc", b"abcd"):
                reading = self.read(exchange)
            self.failureResultOf(reading, ConnectionError)
            if client.closed:  # `h2` ends the connection
                self.assertEqual(client.goaways[-1][1], 1)
            else:
                self.assertEqual(client.resets, {1: 1})

    def test_windows(self) -> None:
        """The client may send more only when the application has read."""
        client = self.client(None)
        client.post(1)
        exchange = client.exchanges[0]
        for _ in range(8):
            client.body(1, b"x" * 16 * KIB)
        self.assertNotIn(1, client.windows)
        self.assertEqual(len(self.successResultOf(self.read(exchange))), 128 * KIB)
        client.turn()
        self.assertEqual(client.windows[1], 128 * KIB)

    def test_too_much(self) -> None:
        """A client that does not care for windows is told so."""
        client = self.client(None)
        client.post(1)
        for _ in range(9):
            client.body(1, b"x" * 16 * KIB)
        client.turn()
        self.assertTrue(client.resets.get(1) == 3 or client.goaways[-1][1] == 3)

    def test_early_answer(self) -> None:
        """What still comes after the answer is thrown away, up to a point."""
        client = self.client(hello)
        client.post(1)
        self.assertEqual(client.status(), "200")
        for _ in range(4):
            client.body(1, b"x" * 16 * KIB)
        self.assertEqual(client.resets, {})
        client.body(1, b"x" * 16 * KIB)
        client.turn()
        self.assertEqual((client.resets, client.closed), ({1: 0}, False))
        client.ask(3)
        self.assertEqual(client.status(3), "200")

    def test_closed_body(self) -> None:
        """A body that was closed is taken and thrown away; its window opens again."""
        client = self.client(None)
        client.post(1)
        body: Any = client.exchanges[0].body
        client.body(1, b"x" * 16 * KIB)
        body.close()
        for _ in range(10):
            client.body(1, b"x" * 16 * KIB)
        hello(client.exchanges[0])
        client.body(1, b"", end=True)
        client.turn()
        self.assertEqual((client.ended, client.resets), ({1}, {}))

    def test_unread_bodies_do_not_shut_the_connection(self) -> None:
        """Requests that are reset give back what nobody has read of them."""
        client = self.client(None, h2=H2Limits(connection_window=256 * KIB))
        for stream in range(1, 41, 2):
            client.post(stream)
            client.body(stream, b"x" * 16 * KIB)
            client.body(stream, b"x" * 16 * KIB)
            client.reset(stream)
        self.assertEqual((client.closed, client.goaways), (False, []))

    def test_continue(self) -> None:
        """100 is sent when the application wants the body."""
        client = self.client(None)
        client.post(1, ("expect", "100-continue"))
        exchange = client.exchanges[0]
        self.assertNotIn("Expect", exchange.headers)
        client.turn()
        self.assertEqual([one.kind for one in client.seen if one.kind == HEADERS], [])
        reading = self.read(exchange)
        client.turn()
        self.assertEqual(len([one for one in client.seen if one.kind == HEADERS]), 1)
        client.body(1, b"abc", end=True)
        self.assertEqual(self.successResultOf(reading), b"abc")
        hello(exchange)
        client.turn()
        self.assertEqual(client.status(), "200")

    def test_client_leaves(self) -> None:
        """A body that is cut fails, and does not look complete."""
        client = self.client(None)
        client.post(1)
        exchange = client.exchanges[0]
        reading = self.read(exchange)
        client.reset(1)
        self.failureResultOf(reading, ConnectionError)
        self.failureResultOf(self.read(exchange), ConnectionError)


class HyperAnswerTests(AnswerTests):
    """The same with h2."""

    engine = HyperEngine


class HyperSinkTests(SinkTests):
    """The same with h2."""

    engine = HyperEngine


class HyperBodyTests(BodyTests):
    """The same with h2."""

    engine = HyperEngine


class WindowTests(SynchronousTestCase):
    """Windows of answers."""

    def test_first_window(self) -> None:
        """A window that the client shuts from the start keeps the body back."""
        client = H2Client()
        client.send(settings(window=0))
        client.ask(1)
        self.assertEqual((client.status(), client.bodies), ("200", {}))
        client.allow(1, 2)
        self.assertEqual(client.bodies, {1: b"he"})
        client.send(settings(window=100))
        self.assertEqual((client.bodies, client.ended), ({1: b"hello"}, {1}))
