"""Unpacking gzip."""

from __future__ import annotations

import gzip as reference
import random

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.gzip import Gunzip, gunzip
from gatekeeper.errors import DecodeError

TEXT = b'{"id": 7, "total": 49.9}' * 3
PACKED = reference.compress(TEXT)
NOISE = random.Random(1).randbytes(300_000)


class GunzipTests(SynchronousTestCase):
    """Whole bodies."""

    def test_unpacked(self) -> None:
        """One member, several, none."""
        self.assertEqual(gunzip(PACKED), TEXT)
        self.assertEqual(gunzip(PACKED + reference.compress(b"") + PACKED), TEXT * 2)
        self.assertEqual(gunzip(reference.compress(NOISE)), NOISE)
        self.assertEqual(gunzip(b""), b"")

    def test_broken(self) -> None:
        """Damage is an error, never half a body."""
        table = {
            b"this is not gzip": "gzip: invalid header",
            PACKED + b"rubbish": "gzip: invalid header",
            PACKED[:-8] + bytes(8): "gzip: invalid checksum",
            PACKED[:-4] + bytes(4): "gzip: invalid checksum",
            PACKED[:12] + b"\xff" * 8 + PACKED[20:]: "flate: corrupt input",
        }
        for body, text in table.items():
            self.assertEqual(str(self.assertRaises(DecodeError, gunzip, body)), text)

    def test_cut_anywhere(self) -> None:
        """A body that is cut is an unexpected end."""
        for end in range(1, len(PACKED)):
            error = self.assertRaises(DecodeError, gunzip, PACKED[:end])
            self.assertEqual(str(error), "unexpected EOF")

    def test_limits(self) -> None:
        """Size, ratio and number of members are bounded."""
        bomb = reference.compress(bytes(20_000_000))
        self.assertRaises(DecodeError, gunzip, bomb)
        self.assertRaises(DecodeError, gunzip, reference.compress(NOISE), len(NOISE) - 1)
        self.assertEqual(gunzip(reference.compress(NOISE), len(NOISE)), NOISE)
        self.assertRaises(DecodeError, gunzip, reference.compress(b"") * 5000)

    def test_small_bodies_may_be_repetitive(self) -> None:
        """The ratio does not matter as long as next to nothing comes out."""
        self.assertEqual(gunzip(reference.compress(b" " * 60_000)), b" " * 60_000)


class StreamTests(SynchronousTestCase):
    """Bodies in pieces."""

    def test_byte_by_byte(self) -> None:
        """However a body is cut into pieces, the same comes out."""
        body = PACKED + reference.compress(NOISE[:70_000])
        for size in (1, 7, len(body)):
            unpacking = Gunzip()
            pieces = [body[at : at + size] for at in range(0, len(body), size)]
            found = b"".join(part for piece in pieces for part in unpacking.feed(piece))
            unpacking.close()
            self.assertEqual(found, TEXT + NOISE[:70_000])

    def test_pieces_are_small(self) -> None:
        """A little that holds a lot is given in pieces, so that a slow reader can wait."""
        unpacking = Gunzip(max_bytes=None, max_ratio=2000)
        sizes = [len(piece) for piece in unpacking.feed(reference.compress(bytes(1_000_000)))]
        unpacking.close()
        self.assertEqual((sum(sizes), max(sizes)), (1_000_000, 65_536))

    def test_stops_at_a_bomb(self) -> None:
        """The error comes when the limit is passed, not when all is unpacked."""
        unpacking = Gunzip(max_bytes=None)
        given = 0
        with self.assertRaises(DecodeError):
            for piece in unpacking.feed(reference.compress(bytes(50_000_000))):
                given += len(piece)
        self.assertLess(given, 8_000_000)
