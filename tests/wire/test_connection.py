"""Tests for `gatekeeper.wire.connection`, through a pool."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.answer_body import MAX_UNREAD_BYTES, AnswerBody
from gatekeeper.wire.client import Answer, ConnectionBroken, ExchangeError, MalformedAnswer
from gatekeeper.wire.connection import LINGER_S, MAX_INTERIM
from tests.wire.backends import OK, Backends, Link

HEAD = b"HTTP/1.1 200 OK\r\n"
OLD = b"HTTP/1.0 200 OK\r\n"
UPGRADE = HEAD + b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"

WHOLE = [
    # request's method, answer, body, whether the connection is used again
    ("GET", OK, b"ok", True),
    ("GET", HEAD + b"Content-Length: 0\r\n\r\n", b"", True),
    ("GET", HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"ok", True),
    ("GET", HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n", b"", True),
    ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b"", True),
    ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b"", True),
    ("GET", b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", b"", True),
    ("HEAD", HEAD + b"Content-Length: 5\r\n\r\n", b"", True),
    ("HEAD", HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"", True),
    ("HEAD", HEAD + b"\r\n", b"", True),
    ("GET", HEAD + b"Upgrade: h2c\r\nContent-Length: 2\r\n\r\nok", b"ok", True),
    ("GET", UPGRADE + b"Content-Length: 2\r\n\r\nok", b"ok", True),
    ("GET", EARLY + OK, b"ok", True),
    ("GET", EARLY * MAX_INTERIM + OK, b"ok", True),
    ("GET", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok", True),
    # The backend does not want to go on.
    ("GET", HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\nok", b"ok", False),
    ("GET", HEAD + b"Connection: x, CLOSE\r\nContent-Length: 2\r\n\r\nok", b"ok", False),
    ("GET", b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok", False),
    ("GET", OLD + b"Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok", b"ok", True),
    # Something stands behind the answer.
    ("GET", OK + b"x", b"ok", False),
    ("GET", OK + b"\r\n", b"ok", False),
    ("GET", OK + OK, b"ok", False),
    ("GET", HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + OK, b"ok", False),
    ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", b"", False),
    ("GET", b"HTTP/1.1 304 Not Modified\r\n\r\nx", b"", False),
    ("HEAD", OK, b"", False),
]  # fmt: skip

NONSENSE = [
    b"garbage\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"HTTP/1.1 200 OK\n\n",
    b"\r\n" + OK,
    b"XTTP/9.9 200 OK\r\n\r\n",
    HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    HEAD + b"A: b\r\n folded\r\n\r\n",
    HEAD + b"A: \x00\r\n\r\n",
    HEAD + b"A: b\r\n" * 257 + b"\r\n",
    HEAD + b"A: " + b"x" * 70_000,
    EARLY * (MAX_INTERIM + 1) + OK,
    (b"HTTP/1.1 100 Continue\r\nA: " + b"x" * 9_000 + b"\r\n\r\n") * 8,
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
]


class ConnectionTestCase(SynchronousTestCase):
    """A pool, one request, one link."""

    def setUp(self) -> None:
        self.backends = Backends()
        self.pool = self.backends.pool

    def begin(self, method: str = "GET", body: object = b"") -> tuple[Deferred[Answer], Link]:
        asked = self.backends.ask(method, body=body)
        return asked, self.backends.accept()

    def counts(self) -> tuple[int, int]:
        """Connections that are idle, and all of them, when everything has settled."""
        self.backends.turn()
        self.backends.turn(LINGER_S)
        return self.pool.idle, self.pool.open

    def stream(self, beginning: bytes) -> tuple[AnswerBody, Link]:
        asked, link = self.begin()
        link.answer(beginning)
        body = self.successResultOf(asked).body
        assert isinstance(body, AnswerBody)
        return body, link

    def read(self, body: AnswerBody) -> Deferred[bytes]:
        return Deferred.fromCoroutine(body.read())


class WholeAnswerTests(ConnectionTestCase):
    """Answers that come in one piece, or in the smallest."""

    def test_one_piece(self) -> None:
        """The body is whole, and the connection is idle before the caller hears of it."""
        for method, data, body, again in WHOLE:
            with self.subTest(method=method, data=data[:80]):
                self.setUp()
                asked, link = self.begin(method)
                link.answer(data)
                self.assertEqual(self.pool.idle, int(again))
                self.assertEqual(self.successResultOf(asked).body, body)
                self.assertEqual(self.counts(), (int(again), int(again)))

    def test_byte_by_byte(self) -> None:
        """The same answers in pieces of one byte."""
        for method, data, body, again in WHOLE:
            with self.subTest(method=method, data=data[:80]):
                self.setUp()
                asked, link = self.begin(method)
                for index in range(len(data)):
                    link.answer(data[index : index + 1])
                got = self.successResultOf(asked).body
                if isinstance(got, AnswerBody):
                    got = self.successResultOf(Deferred.fromCoroutine(got.read()))
                self.assertEqual(got, body)
                self.assertEqual(self.counts(), (int(again), int(again)))

    def test_lines(self) -> None:
        """Status, reason, lines and length are given as they came."""
        asked, link = self.begin()
        link.answer(OK)
        answer = self.successResultOf(asked)
        self.assertEqual((answer.status, answer.reason, answer.length), (200, "OK", 2))
        self.assertEqual(
            list(answer.headers), [("Content-Type", "text/plain"), ("Content-Length", "2")]
        )

    def test_next_exchange(self) -> None:
        """A connection carries one exchange after the other; interim answers count anew."""
        asked, link = self.begin()
        for _ in range(3):
            self.assertIn(b"GET /order HTTP/1.1\r\n", link.sent())
            link.answer(EARLY * MAX_INTERIM)
            link.answer(OK)
            self.assertEqual(self.successResultOf(asked).body, b"ok")
            asked = self.backends.ask()
        self.assertEqual(len(self.backends.dials), 1)


class NonsenseTests(ConnectionTestCase):
    """What is no answer."""

    def test_refused(self) -> None:
        """Nonsense is an error, in one piece and in the smallest; nothing is left open."""
        for data in NONSENSE:
            for size in (len(data), 1):
                with self.subTest(data=data[:60], size=size):
                    self.setUp()
                    asked, link = self.begin()
                    for index in range(0, len(data), size):
                        link.answer(data[index : index + size])
                    self.failureResultOf(asked, MalformedAnswer)
                    self.assertTrue(link.aborted)
                    self.assertEqual(self.counts(), (0, 0))

    def test_bare_line_feed_later(self) -> None:
        """A bare line feed is seen in whatever piece it comes."""
        asked, link = self.begin()
        for data in (b"HTTP/1.1 200 OK\r", b"\nA: b\r", b"\nC: d"):
            link.answer(data)
        self.assertNoResult(asked)
        link.answer(b"\n")
        self.failureResultOf(asked, MalformedAnswer)

    def test_broken_chunks_at_once(self) -> None:
        """A framing that is broken in the first packet is an error of the request."""
        for broken in (b"zz\r\n", b"2\nok"):
            self.setUp()
            asked, link = self.begin()
            link.answer(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + broken)
            self.failureResultOf(asked, MalformedAnswer)
            self.assertTrue(link.aborted)

    def test_broken_chunks(self) -> None:
        """A framing that breaks later ends the body with an error, after what had come."""
        body, link = self.stream(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
        link.answer(b"zz\r\n")
        self.assertEqual(self.successResultOf(self.read(body)), b"ok")
        self.failureResultOf(self.read(body), MalformedAnswer)
        self.assertEqual(self.counts(), (0, 0))

    def test_unsolicited(self) -> None:
        """A byte on an idle connection closes it; the next request gets another one."""
        asked, link = self.begin()
        link.answer(OK)
        link.answer(OK)
        self.assertEqual(self.counts(), (0, 0))
        self.successResultOf(asked)
        second = self.backends.ask()
        self.assertEqual(len(self.backends.dials), 2)
        self.assertNoResult(second)

    def test_unsolicited_before_the_request(self) -> None:
        """A backend that speaks first is not talked to."""
        asked = self.backends.ask()
        dial = self.backends.dials[0]
        protocol = dial.factory.buildProtocol(None)
        link = Link(self.backends.clock, protocol)
        protocol.makeConnection(link)
        link.answer(b"220 mail.example ESMTP\r\n")
        dial.deferred.callback(protocol)
        self.failureResultOf(asked, ConnectionBroken)
        self.assertEqual(link.sent(), b"")
        self.assertEqual(self.counts(), (0, 0))


class CutTests(ConnectionTestCase):
    """The backend leaves."""

    def test_before_the_answer(self) -> None:
        """A close without an answer is `EOF`; a reset says so."""
        for error, text in [
            (None, "EOF"),
            (ConnectionLost(), "read tcp shop.example:8080: read: connection reset by peer"),
        ]:
            with self.subTest(text=text):
                self.setUp()
                asked, link = self.begin()
                link.hang_up(error)
                failure = self.failureResultOf(asked, ConnectionBroken)
                self.assertEqual(str(failure.value), text)
                self.assertEqual(self.counts(), (0, 0))

    def test_at_every_byte(self) -> None:
        """An answer that is cut never looks complete."""
        for whole in [
            HEAD + b"Content-Length: 2\r\n\r\nok",
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        ]:
            for end in range(1, len(whole)):
                with self.subTest(cut=whole[:end]):
                    self.setUp()
                    asked, link = self.begin()
                    link.answer(whole[:end])
                    link.hang_up()
                    self.assertEqual(self.outcome(asked), "unexpected EOF")
                    self.assertEqual(self.counts(), (0, 0))

    def outcome(self, asked: Deferred[Answer]) -> str:
        """Say how an exchange or its body ended."""

        async def everything() -> bytes:
            body = (await asked).body
            if isinstance(body, bytes):
                return body
            while await body.read():
                pass
            return b"complete"

        failure = self.failureResultOf(Deferred.fromCoroutine(everything()), ConnectionBroken)
        return str(failure.value)

    def test_until_close(self) -> None:
        """Without a length the end of the connection is the end of the body."""
        body, link = self.stream(b"HTTP/1.0 200 OK\r\n\r\nhalf")
        self.assertIsNone(body.length)
        link.hang_up()
        self.assertEqual(self.successResultOf(self.read(body)), b"half")
        self.assertEqual(self.successResultOf(self.read(body)), b"")
        self.assertEqual(self.counts(), (0, 0))

    def test_until_reset(self) -> None:
        """Without a length a reset is not the end of the body."""
        body, link = self.stream(b"HTTP/1.0 200 OK\r\n\r\nhalf")
        link.hang_up(ConnectionLost())
        self.assertEqual(self.successResultOf(self.read(body)), b"half")
        self.failureResultOf(self.read(body), ConnectionBroken)


class StreamTests(ConnectionTestCase):
    """Bodies that arrive later than their heads."""

    def test_parts(self) -> None:
        """What has arrived is read; then the reader waits."""
        body, link = self.stream(HEAD + b"Content-Length: 6\r\n\r\n")
        self.assertEqual(body.length, 6)
        first = self.read(body)
        self.assertNoResult(first)
        link.answer(b"ab")
        self.assertEqual(self.successResultOf(first), b"ab")
        link.answer(b"cd")
        link.answer(b"ef")
        self.assertEqual(self.pool.idle, 1)
        self.assertEqual(self.successResultOf(self.read(body)), b"cdef")
        self.assertEqual(self.successResultOf(self.read(body)), b"")
        self.assertEqual(self.counts(), (1, 1))

    def test_excess(self) -> None:
        """What is too much is not read by anyone."""
        body, link = self.stream(HEAD + b"Content-Length: 3\r\n\r\na")
        link.answer(b"bc" + OK)
        self.assertEqual(self.successResultOf(self.read(body)), b"abc")
        self.assertEqual(self.successResultOf(self.read(body)), b"")
        self.assertEqual(self.counts(), (0, 0))

    def test_back_pressure(self) -> None:
        """A backend waits while much is unread, and goes on when it was read."""
        body, link = self.stream(HEAD + b"Content-Length: 1000000\r\n\r\n")
        link.answer(b"x" * MAX_UNREAD_BYTES)
        self.assertFalse(link.paused)
        link.answer(b"x")
        self.assertTrue(link.paused)
        self.successResultOf(self.read(body))
        self.assertFalse(link.paused)

    def test_never_returned_paused(self) -> None:
        """A connection that goes back to the pool reads."""
        size = MAX_UNREAD_BYTES + 1
        body, link = self.stream(HEAD + b"Content-Length: %d\r\n\r\n" % (size + 2))
        link.answer(b"x" * size)
        self.assertTrue(link.paused)
        link.answer(b"yz")
        self.assertFalse(link.paused)
        self.assertEqual(self.counts(), (1, 1))
        self.assertEqual(len(self.successResultOf(self.read(body))), size + 2)

    def test_close(self) -> None:
        """Who does not want the rest closes the connection; again is harmless."""
        body, link = self.stream(HEAD + b"Content-Length: 6\r\n\r\nab")
        body.close()
        body.close()
        self.assertTrue(link.aborted)
        link.answer(b"cdef")
        self.assertEqual(self.counts(), (0, 0))

    def test_close_after_the_end(self) -> None:
        """Closing a complete body does not touch the connection."""
        body, link = self.stream(HEAD + b"Content-Length: 3\r\n\r\na")
        link.answer(b"bc")
        body.close()
        self.assertEqual(self.successResultOf(self.read(body)), b"")
        self.assertEqual(self.counts(), (1, 1))

    def test_cancelled_reader(self) -> None:
        """Cancelling a reader closes the connection."""
        body, link = self.stream(HEAD + b"Content-Length: 6\r\n\r\n")
        reading = self.read(body)
        reading.addErrback(lambda _: None)
        reading.cancel()
        self.assertTrue(link.aborted)
        self.assertEqual(self.counts(), (0, 0))

    def test_close_wakes_the_reader(self) -> None:
        """A body closed by somebody else never looks complete to its reader."""
        body, _ = self.stream(HEAD + b"Content-Length: 6\r\n\r\n")
        reading = self.read(body)
        body.close()
        self.failureResultOf(reading, ExchangeError)

    def test_reader_closes_with_the_last_byte(self) -> None:
        """A reader that closes when it has seen enough does not hurt an idle connection."""
        body, link = self.stream(HEAD + b"Content-Length: 2\r\n\r\n")
        reading = self.read(body)
        reading.addCallback(lambda _: body.close())
        link.answer(b"ok")
        self.successResultOf(reading)
        self.assertFalse(link.aborted)
        self.assertEqual(self.counts(), (1, 1))


class LeaveTests(ConnectionTestCase):
    """Closing takes its time, but not for ever."""

    def test_linger(self) -> None:
        """A backend that does not notice that we leave is reset."""
        asked, link = self.begin()
        self.patch(link, "loseConnection", lambda: None)
        link.answer(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.successResultOf(asked)
        self.assertFalse(link.aborted)
        self.backends.turn(LINGER_S)
        self.assertTrue(link.aborted)
        self.assertEqual(self.counts(), (0, 0))
