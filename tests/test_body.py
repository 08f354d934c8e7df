"""Tests for reading and dropping bodies."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.body import drop, read_body, whole
from gatekeeper.errors import BodyTooLarge, RequestGone
from gatekeeper.message import Body, Decoded, Streamed
from tests.calls import Stream, request


class ReadBodyTests(SynchronousTestCase):
    """All bytes, or an error and a closed stream."""

    def read(self, body: Body, limit: int = 10) -> Deferred[bytes]:
        return Deferred.fromCoroutine(read_body(body, limit))

    def test_whole_bodies(self) -> None:
        """They are what they are."""
        self.assertEqual(self.successResultOf(self.read(b"abc")), b"abc")
        self.assertEqual(self.successResultOf(self.read(b"")), b"")

    def test_streams(self) -> None:
        """The pieces are joined; a stream read to its end needs no close."""
        for stream in (Stream(b"ab", b"c"), Stream(b"a", b"b", b"c", length=3)):
            self.assertEqual(self.successResultOf(self.read(stream)), b"abc")
            self.assertFalse(stream.closed)

    def test_as_long_as_allowed(self) -> None:
        """The limit itself is allowed."""
        self.assertEqual(self.successResultOf(self.read(Stream(b"12345", b"67890"))), b"1234567890")

    def test_too_long(self) -> None:
        """Whether the length is announced or found, the stream is closed."""
        for stream in (Stream(length=11), Stream(b"12345", b"67890", b"1")):
            self.failureResultOf(self.read(stream), BodyTooLarge)
            self.assertTrue(stream.closed)

    def test_cut(self) -> None:
        """The error flies and the stream is closed."""
        stream = Stream(b"ab", error=ConnectionError("gone"))
        self.failureResultOf(self.read(stream), ConnectionError)
        self.assertTrue(stream.closed)

    def test_cancelled(self) -> None:
        """Who stops waiting closes the stream."""
        stream = Stream(b"ab", stays_open=True)
        reading = self.read(stream)
        self.assertNoResult(reading)
        reading.cancel()
        self.failureResultOf(reading, CancelledError)
        self.assertTrue(stream.closed)


class WholeTests(SynchronousTestCase):
    """A request with its body in memory."""

    def test_in_memory(self) -> None:
        """It is the same request."""
        asked = request(b"abc")
        self.assertIs(self.successResultOf(Deferred.fromCoroutine(whole(asked))), asked)

    def test_stream(self) -> None:
        """The body is read, the rest stays."""
        asked = request(Stream(b"a", b"b"), Id="7")
        got = self.successResultOf(Deferred.fromCoroutine(whole(asked)))
        self.assertEqual((got.body, got.params), (b"ab", {"Id": "7"}))

    def test_the_client_left(self) -> None:
        """That is not a backend's error."""
        asked = request(Stream(b"a", error=ConnectionError("gone")))
        self.failureResultOf(Deferred.fromCoroutine(whole(asked)), RequestGone)

    def test_too_long(self) -> None:
        """The client is told so."""
        asked = request(Stream(b"abc"))
        self.failureResultOf(Deferred.fromCoroutine(whole(asked, 2)), BodyTooLarge)


class DropTests(SynchronousTestCase):
    """Responses that nobody wants."""

    def test_streams_are_closed(self) -> None:
        """Others need nothing."""
        stream = Stream(b"a")
        drop(Streamed(200, (), stream))
        self.assertTrue(stream.closed)
        drop(Streamed(200, (), b"a"))
        drop(Decoded({}))
