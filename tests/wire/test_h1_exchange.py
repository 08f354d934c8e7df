"""Answers, short and long, look complete only when they are."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.exchange import Sink
from tests.wire.channels import Client, hello
from tests.wire.test_h1_channel import GET, OK

HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"


def split(received: bytes) -> tuple[bytes, bytes]:
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


class RespondTests(SynchronousTestCase):
    """Answers that are whole."""

    def answer(self, request: bytes, status: int, body: bytes) -> tuple[bytes, bytes]:
        client = Client(None)
        client.send(request)
        client.exchanges[0].respond(status, (), body)
        return split(client.received)

    def test_head(self) -> None:
        """An answer to HEAD says how long the body would be."""
        head, body = self.answer(HEAD, 200, b"hello")
        self.assertIn(b"\r\nContent-Length: 5", head)
        self.assertEqual(body, b"")

    def test_no_content(self) -> None:
        """204 and 304 have neither body nor length."""
        for status in (204, 304):
            head, body = self.answer(GET, status, b"hello")
            self.assertNotIn(b"Content-Length", head)
            self.assertEqual(body, b"")

    def test_empty(self) -> None:
        """No body is a length of 0."""
        self.assertIn(b"\r\nContent-Length: 0", self.answer(GET, 200, b"")[0])

    def test_sizes(self) -> None:
        """A body is what it is, whatever its size."""
        for size in (1, 16384, 16385, 131072, 131073, 1000000):
            body = bytes(range(256)) * (size // 256 + 1)
            self.assertEqual(self.answer(GET, 200, body[:size])[1], body[:size])

    def test_large_and_slow(self) -> None:
        """A large body is handed over as the client takes it."""
        client = Client(None)
        client.send(GET + GET)
        write = client.channel.write

        def full(data: bytes) -> None:
            write(data)
            client.channel.pauseProducing()

        client.channel.write = full
        client.exchanges[0].respond(200, (), b"x" * 500000)
        for _ in range(10):
            client.pass_time(20)
            client.channel.resumeProducing()
        self.assertEqual(len(split(client.received)[1]), 500000)
        self.assertEqual(len(client.exchanges), 2)

    def test_twice(self) -> None:
        """Only the first answer counts, also when the next request is there already."""
        client = Client(None)
        client.send(GET + GET)
        hello(client.exchanges[0])
        hello(client.exchanges[0])
        self.assertEqual(client.received, OK)

    def test_unsendable(self) -> None:
        """A header that would split the answer makes it a 500."""
        for name, value in (("X", "a\r\nSet-Cookie: b=c"), ("X\n", "a"), ("X", "\u2028")):
            client = Client(None)
            client.send(GET + GET)
            client.exchanges[0].respond(200, (("Y", "z"), (name, value)), b"secret")
            head, body = split(client.received)
            self.assertTrue(head.startswith(b"HTTP/1.1 500 Internal Server Error\r\n"))
            self.assertNotIn(b"Cookie", head)
            self.assertEqual((body, len(client.exchanges)), (b"", 2))

    def test_unusable_status(self) -> None:
        """So does a status that is none."""
        self.assertTrue(self.answer(GET, 99, b"")[0].startswith(b"HTTP/1.1 500 "))


class SinkTests(SynchronousTestCase):
    """Answers that take their time."""

    def begin(
        self, request: bytes, length: int | None = None, status: int = 200
    ) -> tuple[Client, Sink]:
        client = Client(None)
        client.send(request)
        return client, client.exchanges[0].start(status, (), length)

    def test_chunks(self) -> None:
        """Without a length there are chunks, and the connection stays."""
        client, sink = self.begin(GET + GET)
        self.assertEqual(client.received, b"")
        sink.write(b"hello")
        sink.write(b"")
        sink.write(b"x" * 20)
        sink.finish()
        head, body = split(client.received)
        self.assertIn(b"\r\nTransfer-Encoding: chunked", head)
        self.assertEqual(body, b"5\r\nhello\r\n14\r\n" + b"x" * 20 + b"\r\n0\r\n\r\n")
        self.assertEqual(len(client.exchanges), 2)

    def test_length(self) -> None:
        """With a length there is nothing between the bytes."""
        client, sink = self.begin(GET + GET, 10)
        sink.write(b"hello")
        sink.write(b"world")
        sink.finish()
        head, body = split(client.received)
        self.assertIn(b"\r\nContent-Length: 10", head)
        self.assertEqual((body, len(client.exchanges)), (b"helloworld", 2))

    def test_nothing_written(self) -> None:
        """An empty answer has a head nevertheless."""
        client, sink = self.begin(GET, 0)
        sink.finish()
        self.assertIn(b"\r\nContent-Length: 0", client.received)
        client, sink = self.begin(GET)
        sink.finish()
        self.assertTrue(client.received.endswith(b"\r\n\r\n0\r\n\r\n"))

    def test_old_versions(self) -> None:
        """HTTP/1.0 knows no chunks: the end of the connection is the end."""
        client, sink = self.begin(OLD)
        sink.write(b"hello")
        sink.write(b"world")
        sink.finish()
        head, body = split(client.received)
        self.assertNotIn(b"Transfer-Encoding", head)
        self.assertIn(b"\r\nConnection: close", head)
        self.assertEqual((body, client.transport.aborted), (b"helloworld", False))
        self.assertTrue(client.closed)

    def test_without_body(self) -> None:
        """What must not have a body has none."""
        for request, status in ((HEAD, 200), (GET, 204), (GET, 304)):
            for length in (None, 5):
                client, sink = self.begin(request + GET, length, status)
                sink.write(b"hello")
                sink.finish()
                self.assertEqual(split(client.received)[1], b"")
                self.assertEqual(len(client.exchanges), 2)

    def test_wrong_length(self) -> None:
        """Too few bytes and too many cut the connection."""
        for data in (b"hell", b"hello!"):
            client, sink = self.begin(GET, 5)
            sink.write(data)
            sink.finish()
            self.assertTrue(client.transport.aborted)
            self.assertNotIn(b"hello!", client.received)

    def test_abort(self) -> None:
        """An answer that cannot be completed is cut, and never ends well."""
        for request in (GET, OLD):
            client, sink = self.begin(request)
            sink.write(b"hello")
            sink.abort()
            sink.finish()
            self.assertTrue(client.transport.aborted)
            self.assertFalse(client.received.endswith(b"0\r\n\r\n"))

    def test_ready(self) -> None:
        """A writer waits for a client that does not keep up."""
        client, sink = self.begin(GET)
        self.assertIsNone(sink.ready())
        sink.write(b"hello")
        client.channel.pauseProducing()
        waiting: Any = sink.ready()
        self.assertNoResult(waiting)
        client.channel.resumeProducing()
        self.successResultOf(waiting)
        self.assertIsNone(sink.ready())

    def test_cancelled_wait(self) -> None:
        """A writer that stops waiting is not called any more."""
        client, sink = self.begin(GET)
        client.channel.pauseProducing()
        waiting: Any = sink.ready()
        waiting.cancel()
        self.failureResultOf(waiting)
        client.channel.resumeProducing()
        self.assertIsNone(sink.ready())

    def test_client_gone(self) -> None:
        """A writer that waits for a client that is gone is told."""
        client, sink = self.begin(GET)
        client.channel.pauseProducing()
        waiting: Any = sink.ready()
        client.vanish()
        self.failureResultOf(waiting, ConnectionError)
        self.failureResultOf(sink.ready(), ConnectionError)
        sink.write(b"x")
        sink.finish()
        self.assertEqual(client.received, b"")

    def test_unsendable(self) -> None:
        """A long answer that cannot begin is a 500, and its writer is told to stop."""
        client = Client(None)
        client.send(GET)
        sink = client.exchanges[0].start(200, (("X", "\r\n"),), None)
        sink.write(b"secret")
        self.failureResultOf(sink.ready(), ConnectionError)
        sink.finish()
        self.assertTrue(client.received.startswith(b"HTTP/1.1 500 "))
        self.assertEqual(client.received.count(b"HTTP/1.1"), 1)
        self.assertNotIn(b"secret", client.received)

    def test_started_twice(self) -> None:
        """Only the first answer counts."""
        client, sink = self.begin(GET)
        client.exchanges[0].start(500, (), None).finish()
        client.exchanges[0].respond(500, (), b"")
        sink.finish()
        self.assertEqual(client.received.count(b"HTTP/1.1"), 1)
