"""One request at a time, read strictly, on a connection that ends as it should."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.exchange import Exchange
from tests.wire.channels import Client, hello
from tests.wire.test_h1_body import BROKEN
from tests.wire.test_h1_request import FRAMING, HEADERS, LINES

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
    b"Content-Length: 5\r\n\r\nhello"
)
CLOSED = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def body_of(client: Client, index: int = 0) -> bytes:
    body = client.exchanges[index].body
    assert isinstance(body, bytes)
    return body


def read(client: Client) -> Deferred[bytes]:
    body = client.exchanges[-1].body
    assert not isinstance(body, bytes)
    return Deferred.fromCoroutine(body.read())


class RequestTests(SynchronousTestCase):
    """What the application is given."""

    def test_exchange(self) -> None:
        """A request's head, its client and its body."""
        client = Client()
        client.send(b"POST /a?b HTTP/1.1\r\nHost: shop\r\nx-a: b\r\nContent-Length: 2\r\n\r\nhi")
        exchange = client.exchanges[0]
        self.assertEqual(
            (exchange.method, exchange.target, exchange.version, exchange.host, exchange.headers),
            ("POST", "/a?b", "HTTP/1.1", "shop", {"X-A": ["b"], "Content-Length": ["2"]}),
        )
        self.assertEqual(
            (exchange.peer, exchange.secure, exchange.certificate, exchange.body),
            ("192.0.2.7", False, None, b"hi"),
        )

    def test_byte_by_byte(self) -> None:
        """A request may come in any pieces."""
        client = Client()
        self.assertEqual(client.drip(GET + GET), OK + OK)

    def test_one_write(self) -> None:
        """A small answer is one write."""
        client = Client()
        writes: list[bytes] = []
        client.channel.write = writes.append
        client.send(GET)
        self.assertEqual(writes, [OK])

    def test_no_delay(self) -> None:
        """Answers are not held back by the kernel."""
        self.assertTrue(Client().transport.no_delay)

    def test_bodies(self) -> None:
        """A body that is here with its head is whole, in chunks or not."""
        client = Client()
        client.send(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n"
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" + GET
        )
        self.assertEqual([e.body for e in client.exchanges], [b"hello world", b"abc", b""])
        self.assertNotIn("X-Sum", client.exchanges[0].headers)

    def test_upgrade_is_no_tunnel(self) -> None:
        """What follows an offer to upgrade is the next request."""
        client = Client()
        offer = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        self.assertEqual(client.send(offer + GET), OK + OK)

    def test_options_of_the_server(self) -> None:
        """`OPTIONS *` is not the application's."""
        client = Client()
        received = client.send(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + GET)
        self.assertTrue(received.startswith(b"HTTP/1.1 200 OK\r\nDate"))
        self.assertTrue(received.endswith(OK))
        self.assertEqual(len(client.exchanges), 1)

    def test_failing_application(self) -> None:
        """A mistake of ours is a 500 without a word about it."""

        def broken(exchange: Exchange) -> None:
            raise RuntimeError("secret")

        client = Client(broken)
        received = client.send(GET)
        self.assertTrue(received.startswith(b"HTTP/1.1 500 Internal Server Error\r\n"))
        self.assertNotIn(b"secret", received)
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)


class RefusedTests(SynchronousTestCase):
    """What is not a request gets an error and the end, and never reaches the application."""

    def check(self, data: bytes, status: int) -> None:
        for drip in (False, True):
            for behind in (b"", GET, b"\r\n\r\n\x00rubbish"):
                client = Client()
                received = client.drip(data + behind) if drip else client.send(data + behind)
                self.assertTrue(received.startswith(b"HTTP/1.1 %d " % status), (data, received))
                self.assertEqual(received.count(b"HTTP/1.1 "), 1, data)
                self.assertIn(b"\r\nConnection: close\r\n", received)
                self.assertTrue(client.closed)
                self.assertEqual(client.exchanges, [], data)

    def test_request_lines(self) -> None:
        """See the table."""
        for line, status in LINES:
            if line:  # an empty one in front is none
                self.check(line + b"\r\nHost: a\r\n\r\n", status)

    def test_headers(self) -> None:
        """See the table."""
        for lines, status, _ in HEADERS:
            self.check(b"GET / HTTP/1.1" + lines + b"\r\n\r\n", status)

    def test_framing(self) -> None:
        """See the table."""
        for lines, status in FRAMING:
            self.check(b"POST / HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n\r\n0\r\n\r\n", status)

    def test_bare_line_feeds(self) -> None:
        """They end no line, and are not waited behind."""
        self.check(b"GET / HTTP/1.1\nHost: a\n\n", 400)
        self.check(b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400)
        self.check(b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400)
        self.check(b"GET / HTTP/1.1\r\nHost: a\r\n\rX", 400)

    def test_nothing_like_http(self) -> None:
        """Another protocol is noticed with its first byte."""
        self.check(b"\x16\x03\x01\x02\x00\x01\x00", 400)
        self.check(b"\x80\x2e\x01\x00\x02", 400)

    def test_broken_chunks(self) -> None:
        """One answer, 400, and nothing behind is a request."""
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        for data in BROKEN:
            for send in (Client.send, Client.drip):
                client = Client(None)
                received = send(client, head + data + GET)
                self.assertTrue(received.startswith(b"HTTP/1.1 400 "), data)
                self.assertEqual(received.count(b"HTTP/1.1 "), 1)
                self.assertLess(len(client.exchanges), 2)
                self.assertTrue(client.closed)

    def test_after_good_ones(self) -> None:
        """Requests in front are answered."""
        client = Client()
        received = client.send(GET + b"BAD\r\n\r\n")
        self.assertTrue(received.startswith(OK + b"HTTP/1.1 400 Bad Request"))

    def test_last_words_are_heard(self) -> None:
        """Input is thrown away for a while, as closing over it would lose the answer."""
        client = Client()
        client.send(b"BAD\r\n\r\n")
        self.assertEqual(
            (client.transport.half_closed, client.transport.disconnecting), (True, False)
        )
        client.send(b"x" * 1000)
        self.assertEqual(client.transport.producerState, "producing")
        client.send(b"x" * 100000)
        self.assertEqual(client.transport.producerState, "paused")
        client.pass_time(3)
        self.assertTrue(client.transport.disconnecting)

    def test_client_closes_first(self) -> None:
        """A client that has read its error and leaves ends the wait."""
        client = Client()
        client.send(b"BAD\r\n\r\n")
        client.end()
        self.assertTrue(client.transport.disconnecting)


class KeepAliveTests(SynchronousTestCase):
    """Who may send another request."""

    def test_close(self) -> None:
        """The last one is the last, whatever is behind."""
        client = Client()
        self.assertEqual(client.send(LAST + GET), CLOSED)
        self.assertTrue(client.closed)

    def test_close_at_once(self) -> None:
        """Without anything behind the connection is simply closed."""
        client = Client()
        client.send(LAST)
        self.assertTrue(client.transport.disconnecting)
        self.assertIsNone(client.transport.producer)

    def test_old_versions(self) -> None:
        """HTTP/1.0 keeps its connection when it asks, and is told so."""
        client = Client()
        received = client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        self.assertTrue(received.startswith(b"HTTP/1.0 200 OK\r\n"))
        self.assertIn(b"\r\nConnection: keep-alive\r\n", received)
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        self.assertTrue(client.closed)

    def test_requests(self) -> None:
        """After so many the connection is closed, and that is said."""
        client = Client(requests=3)
        self.assertEqual(client.send(GET * 4), OK * 2 + CLOSED)

    def test_pipelining(self) -> None:
        """The next request is begun when the one before is answered."""
        client = Client(None)
        client.send(GET + GET + LAST)
        for count in (1, 2, 3):
            self.assertEqual(len(client.exchanges), count)
            hello(client.exchanges[-1])
        self.assertEqual(client.received, OK + OK + CLOSED)

    def test_pipelining_is_bounded(self) -> None:
        """What is read ahead has an end; reading goes on when there is room."""
        client = Client(None)
        client.send(GET)
        client.send(GET * 4000)
        self.assertEqual(client.transport.producerState, "paused")
        for number in range(4001):
            if number < 999:
                hello(client.exchanges[-1])
        self.assertEqual(len(client.exchanges), 1000)

    def test_reading_goes_on(self) -> None:
        """A buffer that was too full and is empty again is filled again."""
        client = Client(None, requests=10000)
        client.send(GET)
        client.send(GET * 3000)
        self.assertEqual(client.transport.producerState, "paused")
        for _ in range(3001):
            hello(client.exchanges[-1])
        self.assertEqual(client.transport.producerState, "producing")
        self.assertEqual(client.send(GET).count(b"HTTP/1.1 200 OK"), 3001)

    def test_deep_pipelines(self) -> None:
        """Thousands of requests in one piece are no recursion."""
        client = Client(requests=10000)
        self.assertEqual(client.send(GET * 5000), OK * 5000)

    def test_slow_reader(self) -> None:
        """A client that does not take its answers gets no more of them."""
        client = Client()
        client.channel.pauseProducing()
        self.assertEqual(client.send(GET), b"")
        client.channel.resumeProducing()
        self.assertEqual(client.received, OK)


class StreamedBodyTests(SynchronousTestCase):
    """Bodies that arrive while they are read."""

    HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"

    def test_pieces(self) -> None:
        """Each read gives what has come, the last b"", and then comes the next request."""
        client = Client(None)
        client.send(self.HEAD + b"hello")
        self.assertEqual(self.successResultOf(read(client)), b"hello")
        reading = read(client)
        self.assertNoResult(reading)
        client.send(b"world" + GET)
        self.assertEqual(self.successResultOf(reading), b"world")
        self.assertEqual(self.successResultOf(read(client)), b"")
        hello(client.exchanges[0])
        self.assertEqual(len(client.exchanges), 2)

    def test_length(self) -> None:
        """The promised length is known, that of chunks is not."""
        client = Client(None)
        client.send(self.HEAD)
        self.assertEqual(self.stream(client).length, 10)
        client = Client(None)
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        self.assertIsNone(self.stream(client).length)

    def stream(self, client: Client) -> Any:
        return client.exchanges[0].body

    def test_back_pressure(self) -> None:
        """An application that does not read makes the client wait."""
        client = Client(None)
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        client.send(b"x" * 70000)
        self.assertEqual(client.transport.producerState, "paused")
        client.pass_time(100)
        self.assertFalse(client.closed)
        self.assertEqual(len(self.successResultOf(read(client))), 70000)
        self.assertEqual(client.transport.producerState, "producing")

    def test_continue(self) -> None:
        """A client that waits for permission gets it when the body is read."""
        client = Client(None)
        head = self.HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
        self.assertEqual(client.send(head), b"")
        client.pass_time(100)
        reading = read(client)
        self.assertEqual(client.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        client.send(b"helloworld")
        self.assertEqual(self.successResultOf(reading), b"helloworld")
        hello(client.exchanges[0])
        self.assertTrue(client.received.endswith(OK))

    def test_continue_is_not_needed(self) -> None:
        """A body that is here already needs no permission."""
        client = Client()
        head = self.HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
        self.assertEqual(client.send(head + b"helloworld"), OK)
        self.assertEqual(body_of(client), b"helloworld")

    def test_refused_expectation(self) -> None:
        """Whoever is answered without permission may or may not send: nothing can follow."""
        client = Client()
        head = self.HEAD.replace(b"Host", b"Expect: 100-continue\r\nHost")
        self.assertEqual(client.send(head), CLOSED)
        self.assertEqual(client.send(GET), CLOSED)

    def test_early_answer(self) -> None:
        """A short rest of an unwanted body is read, for the request behind it."""
        client = Client()
        self.assertEqual(client.send(self.HEAD + b"hello"), OK)
        self.assertEqual(client.send(b"GET /" + GET), OK + OK)

    def test_early_answer_to_a_long_body(self) -> None:
        """A long rest is not: the connection ends, and the client can read why."""
        for framing in (b"Content-Length: 1000000", b"Transfer-Encoding: chunked"):
            client = Client()
            received = client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + framing + b"\r\n\r\n")
            self.assertEqual(received, CLOSED)
            self.assertEqual(client.send(GET), CLOSED)
            self.assertTrue(client.transport.half_closed)

    def test_reader_of_an_answered_request(self) -> None:
        """Whoever still reads after the answer is told."""
        client = Client(None)
        client.send(self.HEAD + b"hello")
        self.successResultOf(read(client))
        reading = read(client)
        hello(client.exchanges[0])
        self.failureResultOf(reading, ConnectionError)

    def test_closed_body(self) -> None:
        """What comes for a closed body is thrown away, up to a limit."""
        client = Client(None)
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        self.stream(client).close()
        client.send(b"x" * 60000)
        self.assertEqual(client.transport.producerState, "producing")
        client.send(b"x" * 60000)
        self.assertEqual(client.transport.producerState, "paused")
        client.pass_time(100)
        self.assertFalse(client.closed)
        hello(client.exchanges[0])
        self.assertEqual(client.received, CLOSED)

    def test_cut(self) -> None:
        """A body that ends too early is an error for whoever reads it."""
        for leave in (Client.vanish, Client.end):
            client = Client(None)
            client.send(self.HEAD + b"hello")
            self.successResultOf(read(client))
            reading = read(client)
            leave(client)
            self.failureResultOf(reading, ConnectionError)

    def test_broken_in_the_middle(self) -> None:
        """Broken framing is answered for the application, which is told that it is over."""
        client = Client(None)
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        gone: list[bool] = []
        client.exchanges[0].gone = lambda: gone.append(True)
        reading = read(client)
        client.send(b"zz\r\n")
        self.failureResultOf(reading, ConnectionError)
        self.assertEqual(gone, [True])
        hello(client.exchanges[0])
        self.assertEqual(client.received.count(b"HTTP/1.1 "), 1)
        self.assertTrue(client.received.startswith(b"HTTP/1.1 400 "))


class GoneTests(SynchronousTestCase):
    """Clients that leave in the middle."""

    def setUp(self) -> None:
        self.client = Client(None)
        self.gone: list[bool] = []

    def ask(self, data: bytes) -> Exchange:
        self.client.send(data)
        exchange = self.client.exchanges[0]
        exchange.gone = lambda: self.gone.append(True)
        return exchange

    def test_connection_lost(self) -> None:
        """The application is told, once, and what it still says is nothing."""
        exchange = self.ask(GET)
        self.client.vanish()
        hello(exchange)
        exchange.abort()
        self.assertEqual((self.gone, self.client.received), ([True], b""))

    def test_end_of_input(self) -> None:
        """A client that could send more and closes has gone."""
        self.ask(GET)
        self.client.end()
        self.assertEqual((self.gone, self.client.closed), ([True], True))

    def test_half_closed(self) -> None:
        """A client that has said that this was its last request waits for the answer."""
        exchange = self.ask(LAST)
        self.client.end()
        self.assertEqual((self.gone, self.client.closed), ([], False))
        hello(exchange)
        self.assertEqual(self.client.received, CLOSED)
        self.assertTrue(self.client.closed)

    def test_half_closed_pipeline(self) -> None:
        """So does one that has sent others behind it."""
        exchange = self.ask(GET + GET)
        self.client.end()
        hello(exchange)
        hello(self.client.exchanges[1])
        self.assertEqual(self.client.received, OK + CLOSED)
        self.assertTrue(self.client.closed)
        self.assertEqual(self.gone, [])

    def test_idle(self) -> None:
        """Nobody needs to be told of an idle connection."""
        client = Client()
        client.send(GET)
        client.end()
        self.assertTrue(client.transport.disconnecting)

    def test_after_the_answer(self) -> None:
        """Whoever leaves with the answer has not gone in the middle."""
        hello(self.ask(GET))
        self.client.vanish()
        self.assertEqual(self.gone, [])

    def test_own_abort(self) -> None:
        """The application's own abort is no news to it; the client notices."""
        self.ask(GET).abort()
        self.assertEqual((self.gone, self.client.transport.aborted), ([], True))
