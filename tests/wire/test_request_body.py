"""Tests for `gatekeeper.wire.request_body`, through a pool."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.client import ConnectionBroken
from gatekeeper.wire.request_body import WrongLength
from tests.wire.backends import OK, Backends, Link


class Upstream:
    """A body whose pieces arrive when a test says so."""

    def __init__(self, length: int | None, pieces: Sequence[bytes | Exception] = ()) -> None:
        self.length = length
        self.pieces = list(pieces)
        self.waiting: Deferred[bytes] | None = None
        self.reads = 0
        self.closed = False

    async def read(self) -> bytes:
        self.reads += 1
        if self.pieces:
            piece = self.pieces.pop(0)
            if isinstance(piece, Exception):
                raise piece
            return piece
        self.waiting = Deferred()
        return await self.waiting

    def close(self) -> None:
        self.closed = True


class UploadTests(SynchronousTestCase):
    """Bodies that are sent while they arrive."""

    def setUp(self) -> None:
        self.backends = Backends()

    def post(self, body: Upstream) -> Link:
        self.asked = self.backends.ask("POST", body=body)
        link = self.backends.accept()
        self.head, _, self.sent = link.sent().partition(b"\r\n\r\n")
        return link

    def counts(self) -> tuple[int, int]:
        self.backends.turn()
        return self.backends.pool.idle, self.backends.pool.open

    def test_known_length(self) -> None:
        """A length that is known is announced."""
        link = self.post(Upstream(4, [b"ab", b"cd", b""]))
        self.assertIn(b"Content-Length: 4", self.head)
        self.assertEqual(self.sent, b"abcd")
        link.answer(OK)
        self.successResultOf(self.asked)
        self.assertEqual(self.counts(), (1, 1))

    def test_unknown_length(self) -> None:
        """Otherwise the body goes in chunks."""
        link = self.post(Upstream(None, [b"two ", b"keyboards", b""]))
        self.assertIn(b"Transfer-Encoding: chunked", self.head)
        self.assertEqual(self.sent, b"4\r\ntwo \r\n9\r\nkeyboards\r\n0\r\n\r\n")
        link.answer(OK)
        self.successResultOf(self.asked)
        self.assertEqual(self.counts(), (1, 1))

    def test_wrong_length(self) -> None:
        """A body that is not as long as announced breaks the connection."""
        for pieces in ([b"ab", b""], [b"abc", b"de", b""]):
            with self.subTest(pieces=pieces):
                self.setUp()
                body = Upstream(4, pieces)
                link = self.post(body)
                self.failureResultOf(self.asked, WrongLength)
                self.assertTrue(link.aborted)
                self.assertTrue(body.closed)
                self.assertEqual(self.counts(), (0, 0))

    def test_broken_source(self) -> None:
        """What goes wrong with the body is the exchange's failure, unchanged."""
        link = self.post(Upstream(4, [b"ab", LookupError("gone")]))
        self.failureResultOf(self.asked, LookupError)
        self.assertTrue(link.aborted)
        self.assertEqual(self.counts(), (0, 0))

    def test_back_pressure(self) -> None:
        """Nothing is read while the transport is full."""
        body = Upstream(None)
        link = self.post(body)
        assert body.waiting is not None
        link.producer.pauseProducing()
        body.pieces = [b"c", b""]
        body.waiting.callback(b"ab")
        self.assertEqual(body.reads, 1)
        link.producer.resumeProducing()
        self.assertEqual(link.sent(), b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")
        self.assertIsNone(link.producer)

    def test_early_answer(self) -> None:
        """When the answer is complete, sending stops; the connection is not used again."""
        body = Upstream(None, [b"ab"])
        link = self.post(body)
        link.answer(OK)
        self.successResultOf(self.asked)
        self.assertTrue(body.closed)
        self.assertEqual(self.counts(), (0, 0))

    def test_early_head(self) -> None:
        """While the answer is not complete, sending goes on."""
        body = Upstream(None, [b"ab"])
        link = self.post(body)
        link.sent()
        link.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        self.successResultOf(self.asked)
        body.pieces = [b""]
        assert body.waiting is not None
        body.waiting.callback(b"cd")
        self.assertEqual(link.sent(), b"2\r\ncd\r\n0\r\n\r\n")
        link.answer(b"ok")
        self.assertEqual(self.counts(), (1, 1))

    def test_cancelled(self) -> None:
        """Cancelling the request closes both ends."""
        body = Upstream(None, [b"ab"])
        link = self.post(body)
        self.asked.addErrback(lambda _: None)
        self.asked.cancel()
        self.assertTrue(body.closed)
        self.assertTrue(link.aborted)
        self.assertEqual(self.counts(), (0, 0))

    def test_backend_leaves(self) -> None:
        """When the backend goes, the source of the body is told."""
        body = Upstream(None, [b"ab"])
        link = self.post(body)
        link.producer.pauseProducing()
        link.producer.stopProducing()
        link.hang_up(ConnectionLost())
        self.failureResultOf(self.asked, ConnectionBroken)
        self.assertTrue(body.closed)
        self.assertEqual(self.counts(), (0, 0))

    def test_large_whole_body(self) -> None:
        """A large body that is whole is not copied together with the head."""
        self.backends.ask("PUT", body=b"x" * 100_000)
        self.assertTrue(self.backends.accept().sent().endswith(b"\r\n\r\n" + b"x" * 100_000))
