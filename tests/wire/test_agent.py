"""Tests for `gatekeeper.wire.agent`: treq on the pool, against a real server on loopback."""

from __future__ import annotations

from collections.abc import Generator
from io import BytesIO
from typing import Any

from treq.client import HTTPClient
from treq.content import collect
from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, serverFromString
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.client import FileBodyProducer, ResponseDone, ResponseFailed, readBody
from twisted.web.error import SchemeNotSupported
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IResponse
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site
from zope.interface.verify import verifyObject

from gatekeeper.wire.agent import PooledAgent
from gatekeeper.wire.client import ConnectFailed, Origin
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.pool import Pool
from tests.wire.backends import OK, Backends


class Echo(Resource):
    """Give back what was sent."""

    isLeaf = True

    def render(self, request: Request) -> bytes | int:
        if request.path == b"/moved":
            request.redirect(b"/final")
            return b""
        if request.path == b"/parts":
            for _ in range(20):
                request.write(b"x" * 10_000)
            request.finish()
            return NOT_DONE_YET
        content: Any = request.content
        body: bytes = content.read()
        return b"%s %s %d %s" % (request.method, request.uri, len(body), body[:20])


class LoopbackTests(TestCase):
    """The whole way: treq, agent, pool, connection, socket, server."""

    def connect(self, origin: Origin) -> Any:
        return TCP4ClientEndpoint(reactor, origin.host, origin.port)

    @inlineCallbacks
    def setUp(self) -> Generator[Deferred[Any], Any, None]:  # type: ignore[override]  # trial waits
        self.port = yield serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(
            Site(Echo())
        )
        self.url = f"http://127.0.0.1:{self.port.getHost().port}"
        self.pool = Pool(Deadlines(reactor), self.connect)
        agent: Any = PooledAgent(self.pool)
        self.client = HTTPClient(agent)

    @inlineCallbacks
    def tearDown(self) -> Generator[Deferred[Any], Any, None]:  # type: ignore[override]  # trial waits
        self.pool.close()
        yield self.port.stopListening()
        clock: Any = reactor
        while self.pool.open:
            pause: Deferred[None] = Deferred()
            clock.callLater(0, pause.callback, None)
            yield pause

    @inlineCallbacks
    def test_get(self) -> Generator[Deferred[Any], Any, None]:
        """A request and its text, three times over one connection."""
        for _ in range(3):
            response = yield self.client.get(f"{self.url}/a", params={"x": "1"})
            text = yield response.text()
            self.assertEqual((response.code, text), (200, "GET /a?x=1 0 "))
        self.assertEqual((self.pool.idle, self.pool.open), (1, 1))

    @inlineCallbacks
    def test_post(self) -> Generator[Deferred[Any], Any, None]:
        """Bodies of treq's kinds arrive whole."""
        kinds: list[tuple[dict[str, Any], int]] = [
            ({"data": b"two keyboards"}, 13),
            ({"json": {"id": 7}}, 8),
            ({"data": BytesIO(b"x" * 500_000)}, 500_000),
        ]
        for arguments, length in kinds:
            response = yield self.client.post(f"{self.url}/a", **arguments)
            text = yield response.text()
            self.assertEqual(text.split()[2], str(length))

    @inlineCallbacks
    def test_redirect(self) -> Generator[Deferred[Any], Any, None]:
        """treq follows redirects, and remembers the way."""
        response = yield self.client.get(f"{self.url}/moved")
        text = yield response.text()
        self.assertEqual(text, "GET /final 0 ")
        self.assertEqual([step.code for step in response.history()], [302])

    @inlineCallbacks
    def test_long_body(self) -> Generator[Deferred[Any], Any, None]:
        """A long body is collected in parts."""
        parts: list[bytes] = []
        response = yield self.client.get(f"{self.url}/parts", unbuffered=True)
        yield collect(response, parts.append)
        self.assertEqual(sum(map(len, parts)), 200_000)

    @inlineCallbacks
    def test_refused(self) -> Generator[Deferred[Any], Any, None]:
        """Where nothing listens, the failure says so."""
        port = yield serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(Site(Echo()))
        number = port.getHost().port
        yield port.stopListening()
        error = yield self.assertFailure(
            self.client.get(f"http://127.0.0.1:{number}/"), ConnectFailed
        )
        self.assertEqual(str(error), f"dial tcp 127.0.0.1:{number}: connect: connection refused")

    @inlineCallbacks
    def test_timeout(self) -> Generator[Deferred[Any], Any, None]:
        """treq's timeout cancels the exchange and leaves nothing open."""
        silent = yield serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(Site(Silent()))
        url = f"http://127.0.0.1:{silent.getHost().port}/"
        waiting = self.client.get(url, timeout=0.05)
        yield self.assertFailure(waiting, Exception)
        yield silent.stopListening()


class Silent(Resource):
    """Never answer."""

    isLeaf = True

    def render(self, request: Request) -> int:
        request.notifyFinish().addErrback(lambda _: None)
        return NOT_DONE_YET


class Collector(Protocol):
    """Remember what a body was, and how it ended."""

    def __init__(self) -> None:
        self.data = b""
        self.reason: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # always given
        self.reason = reason


class AgentTests(SynchronousTestCase):
    """The agent alone, on a pool in memory."""

    def setUp(self) -> None:
        self.backends = Backends()
        self.agent = PooledAgent(self.backends.pool)

    def test_interfaces(self) -> None:
        """Agent and response keep what their interfaces promise."""
        verifyObject(IAgent, self.agent)
        asked = self.agent.request(b"GET", b"http://shop.example/order")
        self.backends.accept().answer(OK)
        verifyObject(IResponse, self.successResultOf(asked))

    def test_request(self) -> None:
        """URI and headers become origin, target and lines."""
        for uri, origin, target in [
            (b"http://shop.example", Origin("http", "shop.example", 80), b"/"),
            (b"https://shop.example/a?b=c", Origin("https", "shop.example", 443), b"/a?b=c"),
            (b"http://[::1]:8080/a;x#y", Origin("http", "::1", 8080), b"/a;x"),
        ]:
            with self.subTest(uri=uri):
                self.agent.request(b"GET", uri, Headers({b"A": [b"b", b"c"]}))
                self.assertEqual(self.backends.dials[-1].origin, origin)
                sent = self.backends.accept().sent()
                self.assertTrue(sent.startswith(b"GET " + target + b" HTTP/1.1\r\nHost: "))
                self.assertIn(b"\r\nA: b\r\nA: c\r\n", sent)

    def test_refused(self) -> None:
        """Other schemes, users in the URI and broken URIs are failures."""
        for uri, error in [
            (b"ftp://shop.example/", SchemeNotSupported),
            (b"file:///etc/passwd", SchemeNotSupported),
            (b"http:///a", ValueError),
            (b"http://ann:secret@shop.example/", ValueError),
            (b"http://caf\xe9/", ValueError),
            (b"http://shop.example/a b", ValueError),
        ]:
            with self.subTest(uri=uri):
                self.failureResultOf(self.agent.request(b"GET", uri), error)
                self.assertEqual(self.backends.dials, [])

    def respond(self, data: bytes) -> tuple[Any, Any]:
        asked = self.agent.request(b"GET", b"http://shop.example/order")
        link = self.backends.accept()
        link.answer(data)
        return self.successResultOf(asked), link

    def test_response(self) -> None:
        """Everything that Twisted's users look at is there."""
        response, _ = self.respond(OK)
        self.assertEqual((response.code, response.phrase, response.length), (200, b"OK", 2))
        self.assertEqual(response.headers.getRawHeaders(b"content-type"), [b"text/plain"])
        self.assertEqual(response.request.absoluteURI, b"http://shop.example/order")
        self.assertEqual(self.successResultOf(readBody(response)), b"ok")

    def test_length(self) -> None:
        """A length is told when it is known."""
        self.assertEqual(self.respond(OK[:-2])[0].length, 2)
        self.assertIs(self.respond(b"HTTP/1.1 200 OK\r\n\r\n")[0].length, UNKNOWN_LENGTH)

    def test_ends(self) -> None:
        """A body that is cut never looks complete."""
        for end, error in [(b"k", ResponseDone), (b"", ResponseFailed)]:
            with self.subTest(error=error):
                response, link = self.respond(OK[:-1])
                collector = Collector()
                response.deliverBody(collector)
                link.answer(end)
                link.hang_up()
                self.assertEqual(collector.data, b"o" + end)
                assert collector.reason is not None
                collector.reason.trap(error)

    def test_pause(self) -> None:
        """A receiver that pauses gets nothing until it resumes."""
        response, link = self.respond(OK[:-2])
        collector = Collector()
        response.deliverBody(collector)
        collector.transport.pauseProducing()  # type: ignore[union-attr]  # connected
        link.answer(b"o")
        link.answer(b"k")
        self.assertEqual(collector.data, b"o")
        collector.transport.resumeProducing()  # type: ignore[union-attr]  # connected
        self.assertEqual(collector.data, b"ok")

    def test_stop(self) -> None:
        """A receiver that wants no more closes the connection."""
        response, link = self.respond(OK[:-2])
        reading = readBody(response)
        reading.cancel()
        self.failureResultOf(reading)
        self.assertTrue(link.aborted)
        self.backends.turn()
        self.assertEqual(self.backends.pool.open, 0)

    def test_producer_fails(self) -> None:
        """A body that cannot be read fails the request."""

        class Broken(BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                raise OSError("disk")

        producer: Any = FileBodyProducer(Broken(b"abc"))
        self.patch(producer, "_cooperate", Synchronously)
        asked = self.agent.request(b"PUT", b"http://shop.example/", None, producer)
        link = self.backends.accept()
        self.failureResultOf(asked, OSError)
        self.assertTrue(link.aborted)

    def test_producer_is_stopped(self) -> None:
        """Cancelling a request stops what writes its body."""
        producer: Any = Slow()
        asked = self.agent.request(b"PUT", b"http://shop.example/", None, producer)
        link = self.backends.accept()
        self.assertIn(b"\r\n\r\n2\r\nab\r\n", link.sent())
        asked.addErrback(lambda _: None)
        asked.cancel()
        self.assertEqual(producer.calls, ["start", "stop"])

    def test_producer_is_paused(self) -> None:
        """A producer waits while the backend does not read."""
        producer: Any = Slow()
        self.agent.request(b"PUT", b"http://shop.example/", None, producer)
        link = self.backends.accept()
        link.producer.pauseProducing()
        producer.consumer.write(b"x")
        producer.consumer.write(b"x" * 70_000)
        self.assertEqual(producer.calls, ["start", "pause"])
        link.producer.resumeProducing()
        self.assertEqual(producer.calls, ["start", "pause", "resume"])
        producer.finished.callback(None)
        self.assertTrue(link.sent().endswith(b"\r\n0\r\n\r\n"))


class Synchronously:
    """A task that runs at once."""

    def __init__(self, steps: Any) -> None:
        self.deferred: Deferred[None] = Deferred()
        try:
            for _ in steps:
                pass
        except OSError:
            self.deferred.errback()
        else:
            self.deferred.callback(None)

    def whenDone(self) -> Deferred[None]:
        return self.deferred


class Slow:
    """A body producer that a test drives by hand."""

    length = UNKNOWN_LENGTH

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.finished: Deferred[None] = Deferred()

    def startProducing(self, consumer: Any) -> Deferred[None]:
        self.consumer = consumer
        self.calls.append("start")
        consumer.write(b"ab")
        return self.finished

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def stopProducing(self) -> None:
        self.calls.append("stop")
