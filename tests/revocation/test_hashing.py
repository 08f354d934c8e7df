"""Tests of `gatekeeper.revocation.hashing`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.revocation.hashing import FAMILIES, crc64, fnv1_64, fnv1_128
from gatekeeper.revocation.settings import Revocation

OPTIMAL = [
    (1000, 1e-6, 28756, 20, [23141, 28306, 21807, 26972, 3381, 8546]),
    (10_000_000, 1e-7, 335477044, 24, [106785853, 38729878, 281490687, 213434712]),
    (10, 0.01, 96, 7, [73, 22, 3, 48, 93, 42, 87]),
]


class HashingTests(SynchronousTestCase):
    """The bits of the original, from the vectors of the specification."""

    def test_optimal(self) -> None:
        """Size of the filter and places of an element."""
        for elements, probability, bits, hashes, places in OPTIMAL:
            with self.subTest(elements=elements):
                shape = Revocation(elements, probability, "optimal", 1, 1, ())
                self.assertEqual((bits, hashes), (shape.bits, shape.hashes))
                found = FAMILIES["optimal"](hashes, bits)(b"jti-J1")
                self.assertEqual(hashes, len(found))
                self.assertEqual(places, list(found)[: len(places)])

    def test_default(self) -> None:
        """Five hashes give eight places; a filter that needs fewer uses the first of them."""
        places = [11478, 19735, 536, 23574, 17773, 25876, 23141, 5165]
        self.assertEqual(places, FAMILIES["default"](20, 28756)(b"jti-J1"))
        self.assertEqual(places[:3], FAMILIES["default"](2, 28756)(b"jti-J1"))

    def test_published_vectors(self) -> None:
        """Of FNV and of the checksum in the xz format."""
        table = [
            (fnv1_64, b"", "cbf29ce484222325"),
            (fnv1_64, b"a", "af63bd4c8601b7be"),
            (fnv1_64, b"foobar", "340d8765a4dda9c2"),
            (fnv1_128, b"", "6c62272e07bb014262b821756295c58d"),
            (crc64, b"123456789", "995dc9bbdf1939fa"),
        ]
        for digest, data, expected in table:
            with self.subTest(digest=digest.__name__, data=data):
                self.assertEqual(expected, digest(data).hex())
