"""Tests of `gatekeeper.backend.decode`."""

from __future__ import annotations

import gzip

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.compression import MAX_BYTES
from gatekeeper.backend.decode import FREE_LOOKS, SILENCE_S, decoding
from gatekeeper.encoding.decoders import decoder
from gatekeeper.errors import BackendError, DecodeError, InvalidStatus, TransportError
from gatekeeper.message import Body, Decoded, Lines, Request, Response, Streamed
from gatekeeper.testing import FakeStream, request, run, runtime


async def failed(_: Request, answer: Streamed) -> Decoded:
    """Stand for `on_error`."""
    raise InvalidStatus(str(answer.status))


class DecodeTests(SynchronousTestCase):
    """From an answer to data."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.looked: list[bytes] = []

    def start(
        self, body: Body, encoding: str = "json", status: int = 200, headers: Lines = ()
    ) -> Deferred[Response]:
        async def inner(_: Request) -> Response:
            return Streamed(status, headers, body)

        stage = decoding(decoder(encoding, False), encoding, failed, runtime(self.clock))
        return run(stage(inner)(request()))

    def data(self, response: Deferred[Response]) -> object:
        found = self.successResultOf(response)
        assert isinstance(found, Decoded)
        return found.data

    def error(self, response: Deferred[Response]) -> str:
        return str(self.failureResultOf(response, BackendError).value)

    def test_whole(self) -> None:
        """A whole body is decoded; the answer is complete."""
        found = self.successResultOf(self.start(b'{"id": 7}', status=201))
        self.assertEqual(found, Decoded({"id": 7}))

    def test_null(self) -> None:
        """``null`` is no data, and no error."""
        self.assertIsNone(self.data(self.start(b"null")))

    def test_error_status(self) -> None:
        """Another status never reaches the decoder."""
        self.failureResultOf(self.start(b'{"id": 7}', status=204), InvalidStatus)

    def test_already_data(self) -> None:
        """Data that a component made passes."""

        async def inner(_: Request) -> Response:
            return Decoded({"a": 1})

        stage = decoding(decoder("json", False), "json", failed, runtime())
        self.assertEqual(self.data(run(stage(inner)(request()))), {"a": 1})

    def test_compressed(self) -> None:
        """What a client asked to compress is unpacked, whole or as a stream."""
        packed = gzip.compress(b'{"id": 7}')
        for body in (packed, FakeStream(packed[:9], packed[9:])):
            headers = [("Content-Encoding", "gzip")]
            self.assertEqual(self.data(self.start(body, headers=headers)), {"id": 7})

    def test_stream(self) -> None:
        """A stream is collected to its end."""
        for encoding, expected in [("json", {"id": 7}), ("string", {"content": '{"id": 7}'})]:
            body = FakeStream(*[bytes([byte]) for byte in b'{"id": 7}'])
            self.assertEqual(self.data(self.start(body, encoding)), expected)
            self.assertTrue(body.closed)

    def test_break_behind_the_value(self) -> None:
        """A complete first value is enough, even if the connection breaks behind it."""
        for sent in (b'{"id": 7}', b'{"id": 7}garb', b'{"id": 7}{"id":'):
            body = FakeStream(sent, ended=False)
            body.break_off()
            self.assertEqual(self.data(self.start(body)), {"id": 7})

    def test_break_inside_the_value(self) -> None:
        """Half a value is an error, and so is nothing, and half a text."""
        for sent, encoding in [(b'{"id": ', "json"), (b"", "json"), (b"two ", "string")]:
            with self.subTest(sent):
                body = FakeStream(*[sent] if sent else [], ended=False)
                body.break_off()
                self.assertEqual(self.error(self.start(body, encoding)), "unexpected EOF")

    def test_silence_behind_the_value(self) -> None:
        """When nothing more comes, a complete value is taken after a moment."""
        for sent in (b'{"id": 7}', b'{"id": 7}\n{"id"', b'{"id": 7}garbage'):
            body = FakeStream(sent, ended=False)
            waiting = self.start(body)
            self.assertNoResult(waiting)
            self.clock.advance(SILENCE_S)
            self.assertEqual(self.data(waiting), {"id": 7})
            self.assertTrue(body.closed)
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_silence_inside_the_value(self) -> None:
        """Half a value is waited for, however long that takes."""
        body = FakeStream(b'{"id": ', ended=False)
        waiting = self.start(body)
        self.clock.advance(60)
        self.assertNoResult(waiting)
        body.send(b"7}")
        self.clock.advance(SILENCE_S)
        self.assertEqual(self.data(waiting), {"id": 7})

    def test_silence_without_a_byte(self) -> None:
        """Nothing is no value."""
        body = FakeStream()
        waiting = self.start(body)
        self.clock.advance(60)
        self.assertNoResult(waiting)
        body.end()
        self.assertEqual(self.error(waiting), "EOF")

    def test_silence_of_texts(self) -> None:
        """Only JSON says by itself that it is complete."""
        body = FakeStream(b"{}", ended=False)
        waiting = self.start(body, "string")
        self.clock.advance(60)
        self.assertNoResult(waiting)
        body.end()
        self.assertEqual(self.data(waiting), {"content": "{}"})

    def test_drops(self) -> None:
        """A backend that sends drops does not make us look each time, but does not lose."""
        body = FakeStream(b'{"a": [', ended=False)
        waiting = self.start(body)
        for _ in range(5 * FREE_LOOKS):
            body.send(b"1,")
            self.clock.advance(SILENCE_S)
        body.send(b"2]}")
        body.end()
        self.assertEqual(self.data(waiting), {"a": [1] * 5 * FREE_LOOKS + [2]})

    def test_too_long(self) -> None:
        """There is a bound on what is collected."""
        piece = b" " * (1 << 20)
        body = FakeStream(*[piece] * (MAX_BYTES // len(piece) + 1))
        self.failureResultOf(self.start(body), DecodeError)
        self.assertTrue(body.closed)

    def test_not_json(self) -> None:
        """A body that is broken for good is not waited for."""
        body = FakeStream(b"<html>", ended=False)
        waiting = self.start(body)
        self.clock.advance(SILENCE_S)
        self.assertEqual(
            self.error(waiting), "invalid character '<' looking for beginning of value"
        )

    def test_broken_compression(self) -> None:
        """A stream that is not gzip is the backend's fault."""
        headers = [("Content-Encoding", "gzip")]
        self.failureResultOf(self.start(FakeStream(b"not gzip"), headers=headers), TransportError)

    def test_cancel(self) -> None:
        """Who gives up closes the backend's stream, and leaves no timer."""
        for encoding in ("json", "string"):
            body = FakeStream(b'{"id": ', ended=False)
            waiting = self.start(body, encoding)
            waiting.cancel()
            self.failureResultOf(waiting, CancelledError)
            self.assertTrue(body.closed and body.cancelled)
            self.clock.advance(SILENCE_S)
