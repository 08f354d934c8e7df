"""Answers and bodies that pass through: each piece at once, and never many of them held."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.assembly import routes
from gatekeeper.component import Runtime
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.errors import Problems
from gatekeeper.log import Log
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.limits import Limits
from tests.wire.backends import Backends, Link
from tests.wire.channels import Client, Transport

PIECE = b"x" * 65_536


class StreamingTestCase(SynchronousTestCase):
    """A client, the whole gateway, and a backend; only the sockets are missing."""

    def setUp(self) -> None:
        self.backends = Backends()
        clock = self.backends.clock
        deadlines = Deadlines(clock)
        host = ["http://shop.example:8080"]
        endpoints = [
            Endpoint(
                f"/{method.lower()}", f"/{method.lower()}", method=method, timeout_s=60,
                output_encoding="no-op",
                backends=[Backend(hosts=host, url_pattern="/b", method=method, encoding="no-op")],
            )
            for method in ("GET", "POST")
        ]  # fmt: skip
        runtime = Runtime(clock, deadlines, self.backends.pool, Log(lambda level, text: None))
        gateway = routes(ServiceConfig(endpoints=endpoints), runtime, None, Problems())
        self.transport: Any = Transport()
        factory = HTTPFactory(gateway.application, Limits(), deadlines)
        self.client = Client(factory=factory, transport=self.transport)

    def get(self) -> Link:
        """Ask, and give the backend's end."""
        self.client.send(b"GET /get HTTP/1.1\r\nHost: a\r\n\r\n")
        return self.backends.accept()

    def news(self) -> bytes:
        """Give what the client got since the last call."""
        found: bytes = self.transport.value()
        self.transport.clear()
        return found

    def full(self, full: bool) -> None:
        """Let the client take nothing, or take everything again."""
        if full:
            self.client.channel.pauseProducing()
        else:
            self.client.channel.resumeProducing()


class EventTests(StreamingTestCase):
    """What is sent in time arrives in time."""

    def test_server_sent_events(self) -> None:
        """Every event reaches the client before the next one exists."""
        backend = self.get()
        backend.answer(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for number in range(3):
            event = b"data: %d\n\n" % number
            backend.answer(event)
            self.assertIn(event, self.news())

    def test_lines_of_json(self) -> None:
        """The same for lines of JSON in chunks, whatever the chunks are."""
        backend = self.get()
        backend.answer(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for number in range(3):
            line = b'{"n":%d}\n' % number
            backend.answer(b"%x\r\n%s\r\n" % (len(line), line))
            self.assertIn(line, self.news())
        backend.answer(b"0\r\n\r\n")
        self.assertEqual(self.news(), b"0\r\n\r\n")

    def test_a_break_is_seen(self) -> None:
        """A stream that breaks off is cut for the client, too."""
        backend = self.get()
        backend.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123")
        backend.hang_up()
        self.assertTrue(self.transport.aborted)

    def test_a_client_that_leaves(self) -> None:
        """Nobody goes on sending to somebody who has left."""
        backend = self.get()
        backend.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123")
        self.client.vanish()
        self.assertTrue(backend.aborted)


class BoundTests(StreamingTestCase):
    """Whoever is slower sets the pace."""

    def test_slow_client(self) -> None:
        """The backend is paused while the client takes nothing, and goes on afterwards."""
        backend = self.get()
        backend.answer(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * 64))
        backend.answer(PIECE)
        self.assertFalse(backend.paused)
        self.full(True)
        self.news()
        sent = 1
        while not backend.paused:
            backend.answer(PIECE)
            sent += 1
        self.assertLessEqual(sent, 4)
        held = (sent - 1) * len(PIECE) - len(self.news())
        self.assertLessEqual(held, 3 * len(PIECE))
        self.full(False)
        self.assertFalse(backend.paused)
        for _ in range(64 - sent):
            backend.answer(PIECE)
        self.assertEqual(len(self.news()), (64 - sent) * len(PIECE) + held)
        self.assertIsNone(self.client.channel.exchange)

    def test_slow_client_to_the_end(self) -> None:
        """What came while the client did not take anything is not lost at the end."""
        backend = self.get()
        backend.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nabcd")
        self.full(True)
        backend.answer(b"efgh")
        backend.answer(b"ijkl")
        self.full(False)
        self.assertTrue(self.news().endswith(b"\r\n\r\nabcdefghijkl"))

    def test_slow_backend(self) -> None:
        """A client that uploads is paused while the backend takes nothing."""
        self.client.send(
            b"POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * 64)
        )
        self.client.send(PIECE)
        backend = self.backends.accept()
        backend.producer.pauseProducing()
        sent = 1
        while self.transport.producerState == "producing" and sent < 64:
            self.client.send(PIECE)
            sent += 1
        self.assertLessEqual(sent, 5)
        backend.producer.resumeProducing()
        self.assertEqual(self.transport.producerState, "producing")
        for _ in range(64 - sent):
            self.client.send(PIECE)
        body = backend.sent().partition(b"\r\n\r\n")[2]
        self.assertEqual(len(body), 64 * len(PIECE))
