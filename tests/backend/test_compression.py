"""Tests of `gatekeeper.backend.compression`."""

from __future__ import annotations

import gzip

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.compression import STEP, UnpackedStream, decoded_body, unpacked
from gatekeeper.errors import TransportError
from gatekeeper.message import Streamed
from gatekeeper.testing import FakeStream, run

PACKED = gzip.compress(b"two keyboards")
GZIP = ("Content-Encoding", "gzip")


class UnpackedTests(SynchronousTestCase):
    """What the gateway asked for."""

    def test_whole(self) -> None:
        """A whole body is unpacked; its encoding and length are not said any more."""
        lines = [("content-encoding", "GZip"), ("Content-Length", "9"), ("X", "1")]
        self.assertEqual(
            unpacked(Streamed(200, lines, PACKED, 9)),
            Streamed(200, [("X", "1")], b"two keyboards", None),
        )

    def test_not_packed(self) -> None:
        """Everything else is left as it is, also heads without a body."""
        for answer in (
            Streamed(200, [("X", "1")], b"plain"),
            Streamed(200, [("Content-Encoding", "br")], b"plain"),
            Streamed(304, [GZIP], b""),
        ):
            self.assertIs(unpacked(answer), answer)

    def test_broken(self) -> None:
        """Bytes that are not gzip are the backend's fault."""
        self.assertRaises(TransportError, unpacked, Streamed(200, [GZIP], b"this is not gzip"))

    def test_stream(self) -> None:
        """A stream is unpacked while it is read."""
        body = unpacked(Streamed(200, [GZIP], FakeStream(PACKED), len(PACKED))).body
        self.assertIsInstance(body, UnpackedStream)


class DecodedBodyTests(SynchronousTestCase):
    """What a client asked for, on its way to a decoder."""

    def test_spelling(self) -> None:
        """Only ``gzip`` in exactly this spelling is unpacked."""
        self.assertEqual(decoded_body(Streamed(200, [GZIP], PACKED)), b"two keyboards")
        other = Streamed(200, [("Content-Encoding", "GZIP")], PACKED)
        self.assertEqual(decoded_body(other), PACKED)
        self.assertEqual(decoded_body(Streamed(200, [GZIP], b"")), b"")


class UnpackedStreamTests(SynchronousTestCase):
    """A gzip stream."""

    def read_all(self, stream: UnpackedStream) -> list[bytes]:
        pieces = []
        while piece := self.successResultOf(run(stream.read())):
            pieces.append(piece)
        return pieces

    def test_byte_by_byte(self) -> None:
        """However it arrives, what was packed comes out."""
        single = [bytes([byte]) for byte in PACKED]
        for pieces in ([PACKED], single, [PACKED[:10], PACKED[10:]]):
            stream = UnpackedStream(FakeStream(*pieces))
            self.assertEqual(b"".join(self.read_all(stream)), b"two keyboards")

    def test_members(self) -> None:
        """Several members follow one another, empty ones too."""
        packed = gzip.compress(b"a") + gzip.compress(b"") + gzip.compress(b"b")
        self.assertEqual(b"".join(self.read_all(UnpackedStream(FakeStream(packed)))), b"ab")

    def test_bomb(self) -> None:
        """A small piece never becomes more than one step at once."""
        plain = bytes(10 * STEP + 7)
        pieces = self.read_all(UnpackedStream(FakeStream(gzip.compress(plain))))
        self.assertEqual(b"".join(pieces), plain)
        self.assertLessEqual(max(map(len, pieces)), STEP)

    def test_broken(self) -> None:
        """Nonsense, rubbish behind the end, and a cut are errors of the connection."""
        damaged = PACKED[:-8] + bytes(8)
        for data in (b"this is not gzip", PACKED + b"rubbish", PACKED[:-1], b"", damaged):
            with self.subTest(data):
                stream = UnpackedStream(FakeStream(data, ended=True))
                with self.assertRaises(ConnectionError):
                    for _ in range(3):
                        reading = run(stream.read())
                        reading.addErrback(lambda failure: failure.value)
                        found = self.successResultOf(reading)
                        if isinstance(found, Exception):
                            raise found

    def test_close(self) -> None:
        """Closing reaches the backend's stream."""
        packed = FakeStream(PACKED)
        UnpackedStream(packed).close()
        self.assertTrue(packed.closed)
