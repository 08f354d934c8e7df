"""Tests of `gatekeeper.web.stock` and of nodes as resources, on a site without sockets."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from gatekeeper.message import Streamed
from gatekeeper.testing import FakeStream
from tests.web.fakes import FakePipe, Shop, endpoint, order


class SiteTestCase(SynchronousTestCase):
    """A site in memory."""

    def connect(self, root: Any) -> None:
        site = Site(root, timeout=None)
        self.channel: Any = site.buildProtocol(None)
        self.transport = StringTransport()
        self.transport.abortConnection = self.transport.loseConnection
        self.channel.makeConnection(self.transport)

    def ask(self, target: str, method: str = "GET", body: bytes = b"", *lines: str) -> None:
        self.transport.clear()
        head = [f"{method} {target} HTTP/1.1", "Host: shop.example", *lines]
        if body:
            head.append(f"Content-Length: {len(body)}")
        self.channel.dataReceived("\r\n".join([*head, "", ""]).encode() + body)

    @property
    def received(self) -> bytes:
        return bytes(self.transport.value())

    def answer(self, target: str, method: str = "GET", body: bytes = b"", *lines: str) -> str:
        """Ask; give status and body."""
        self.ask(target, method, body, *lines)
        head, _, rest = self.received.partition(b"\r\n\r\n")
        return f"{head.split(b' ')[1].decode()} {rest.decode()}"


class GatewayResourceTests(SiteTestCase):
    """The gateway as a part of a site."""

    def setUp(self) -> None:
        self.pipe = FakePipe(order())
        self.stream = FakeStream(ended=False)
        passing = endpoint("/raw", output_encoding="no-op")
        raw = FakePipe(Streamed(200, [("Date", "Mon, 01 Jan 2024 10:00:00 GMT")], self.stream))
        self.shop = Shop(
            (endpoint("/orders/:id", "POST", input_headers=("*",)), self.pipe), (passing, raw)
        )
        root: Any = Resource()
        root.putChild(b"api", self.shop.gateway.resource)
        self.connect(root)

    def test_request(self) -> None:
        """Method, path below the mount, headers and body reach the pipe."""
        answer = self.answer("/api/orders/5?x=1", "POST", b"body", "X-A: 1", "X-A: 2")
        self.assertEqual(answer, '200 {"id":7}')
        [request] = self.pipe.requests
        self.assertEqual((request.path, request.params), ("/orders/5", {"Id": "5"}))
        self.assertEqual((request.body, request.headers["X-A"]), (b"body", ["1", "2"]))
        self.assertEqual(request.headers["X-Forwarded-Host"], ("shop.example",))

    def test_answers_of_the_gateway(self) -> None:
        """Its 404, 405, 400 and redirects, which point below the mount."""
        self.assertEqual(self.answer("/api/nothing"), "404 404 page not found")
        self.assertEqual(self.answer("/api/orders/5"), "405 405 method not allowed")
        self.assertEqual(self.answer("/api/raw", "OPTIONS")[:3], "405")
        self.ask("/api/raw/")
        self.assertIn(b"Location: /api/raw\r\n", self.received)

    def test_beside(self) -> None:
        """What is not below the mount is the site's."""
        self.assertEqual(self.answer("/other")[:3], "404")
        self.assertNotIn(b"X-Krakend", self.received)

    def test_stream(self) -> None:
        """A long answer comes in pieces, with the backend's date, and waits for the client."""
        self.ask("/api/raw")
        self.stream.send(b"ab")
        self.assertTrue(self.received.endswith(b"2\r\nab\r\n"))
        self.assertEqual(self.received.count(b"Date: "), 1)
        self.assertIn(b"Date: Mon, 01 Jan 2024 10:00:00 GMT", self.received)
        self.transport.producer.pauseProducing()
        self.stream.send(b"cd")
        self.stream.send(b"ef")
        self.assertNotIn(b"ef", self.received)
        self.transport.producer.resumeProducing()
        self.assertIn(b"ef", self.received)
        self.stream.end()
        self.assertTrue(self.received.endswith(b"0\r\n\r\n"))

    def test_cut(self) -> None:
        """A stream that breaks never looks complete."""
        self.ask("/api/raw")
        self.stream.send(b"ab")
        self.stream.break_off()
        self.assertFalse(self.received.endswith(b"0\r\n\r\n"))
        self.assertTrue(self.transport.disconnecting)

    def test_client_leaves(self) -> None:
        """A client that leaves cancels what was asked for it."""
        self.ask("/api/raw")
        self.stream.send(b"ab")
        self.channel.connectionLost(_gone())
        self.assertTrue(self.stream.closed)

    def test_leaves_while_slow(self) -> None:
        """So does one that leaves while it takes nothing."""
        self.ask("/api/raw")
        self.transport.producer.pauseProducing()
        self.stream.send(b"ab")
        self.channel.connectionLost(_gone())
        self.assertTrue(self.stream.closed)

    def test_no_children(self) -> None:
        """Routes come from the configuration only."""
        resource = self.shop.gateway.resource
        for call in (
            lambda: resource.putChild(b"a", Resource()),
            lambda: resource.getChildWithDefault(b"a", None),
        ):
            self.assertRaises(NotImplementedError, call)


class NodeTests(SiteTestCase):
    """One method's tree as a site's resource."""

    def setUp(self) -> None:
        self.shop = Shop(endpoint("/orders/:id"), endpoint("/"))
        self.connect(self.shop.gateway.trees["GET"].root)

    def test_served(self) -> None:
        """Paths below are found; the root serves itself."""
        self.assertEqual(json.loads(self.answer("/orders/5")[4:]), {"id": 7})
        self.assertEqual(json.loads(self.answer("/")[4:]), {"id": 7})
        self.assertEqual(self.answer("/orders")[:3], "404")


def _gone() -> Any:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    return Failure(ConnectionDone())
