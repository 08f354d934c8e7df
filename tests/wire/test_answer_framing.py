"""Tests for `gatekeeper.wire.answer_framing`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.answer_framing import Chunked, Counted, UntilClosed
from gatekeeper.wire.client import MalformedAnswer

GOOD = [
    (b"0\r\n\r\n", b""),
    (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
    (b'5;x=1\r\n{"id"\r\n4\r\n: 7}\r\n0\r\nX-Trailer: 1\r\n\r\n', b'{"id": 7}'),
    (b"A\r\n0123456789\r\n000\r\n\r\n", b"0123456789"),
    (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
]

BAD = [
    b"g\r\n",
    b"\r\n",
    b"-1\r\n",
    b"+1\r\na\r\n",
    b"0x1\r\na\r\n",
    b"1\na\n0\n\n",
    b"1\r\nab\r\n",
    b"1\r\na0\r\n\r\n",
    b"ffffffffffffffffff\r\n",
    b"1 \r\na\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
]


class ChunkedTests(SynchronousTestCase):
    """Chunks are put together, or refused."""

    def test_whole(self) -> None:
        """A body in one piece."""
        for data, body in GOOD:
            with self.subTest(data=data):
                framing = Chunked()
                self.assertEqual(framing.feed(data), body)
                self.assertEqual((framing.done, framing.excess), (True, False))

    def test_byte_by_byte(self) -> None:
        """The same body in the smallest pieces; complete with the last byte, not before."""
        for data, body in GOOD:
            with self.subTest(data=data):
                framing, got = Chunked(), b""
                for index in range(len(data)):
                    self.assertFalse(framing.done)
                    got += framing.feed(data[index : index + 1])
                self.assertEqual((got, framing.done, framing.excess), (body, True, False))

    def test_excess(self) -> None:
        """What stands behind the last chunk is noticed, and not given to anyone."""
        for data, body in GOOD:
            for rubbish in [b"x", b"\r\n", b"\n", b"\r", b"HTTP/1.1 200 OK\r\n\r\n", b"0\r\n\r\n"]:
                with self.subTest(data=data, rubbish=rubbish):
                    framing = Chunked()
                    self.assertEqual(framing.feed(data + rubbish), body)
                    self.assertEqual((framing.done, framing.excess), (True, True))

    def test_bad(self) -> None:
        """Broken chunks are refused, whole and byte by byte."""
        for data in BAD:
            for size in (1, len(data)):
                with self.subTest(data=data, size=size):
                    self.assertRaises(MalformedAnswer, self.feed, data, size)

    def feed(self, data: bytes, size: int) -> None:
        framing = Chunked()
        for index in range(0, len(data), size):
            framing.feed(data[index : index + size])

    def test_endless_extension_and_trailer(self) -> None:
        """Bytes that bring no body are bounded."""
        for beginning in [b"1;", b"0\r\n", b"0\r\nX: "]:
            with self.subTest(beginning=beginning):
                framing = Chunked()
                framing.feed(beginning)
                with self.assertRaises(MalformedAnswer):
                    for _ in range(100):
                        framing.feed(b"x" * 1000 + (b": y\r\n" if beginning == b"0\r\n" else b""))


class CountedTests(SynchronousTestCase):
    """A length that was announced."""

    def test_parts(self) -> None:
        """The body is complete when all is there."""
        framing = Counted(5)
        self.assertEqual((framing.feed(b"ab"), framing.done), (b"ab", False))
        self.assertEqual((framing.feed(b"cde"), framing.done), (b"cde", True))
        self.assertFalse(framing.excess)

    def test_excess(self) -> None:
        """What is too much is cut off."""
        framing = Counted(2)
        self.assertEqual(framing.feed(b"abc"), b"ab")
        self.assertTrue(framing.done)
        self.assertTrue(framing.excess)


class UntilClosedTests(SynchronousTestCase):
    """No length at all."""

    def test_never_done(self) -> None:
        """Everything belongs to the body."""
        framing = UntilClosed()
        self.assertEqual(framing.feed(b"abc"), b"abc")
        self.assertFalse(framing.done)
