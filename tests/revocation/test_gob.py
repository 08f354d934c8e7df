"""Tests of `gatekeeper.revocation.gob`."""

from __future__ import annotations

from collections.abc import Callable

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.revocation.gob import writing
from gatekeeper.revocation.gob.reading import MAX_MESSAGE_BYTES, Cursor, Malformed, Messages
from gatekeeper.revocation.gob.types import BOOL, BYTES, INT, STRING, UINT, ListOf, Struct, Types

NUMBERS = [
    (0, "00", "00"),
    (7, "07", "0e"),
    (127, "7f", "fffe"),
    (128, "ff80", "fe0100"),
    (256, "fe0100", "fe0200"),
    (2**63 - 1, "f87fffffffffffffff", "f8fffffffffffffffe"),
]


def payload(message: bytes) -> Cursor:
    """Give what is in a message of fewer than 128 bytes, behind the number of its type."""
    cursor = Cursor(message[1:])
    cursor.integer()
    return cursor


class NumberTests(SynchronousTestCase):
    """As Go's documentation shows them."""

    def test_both_ways(self) -> None:
        """Small ones are one byte, others say how many bytes follow."""
        for value, unsigned, signed in NUMBERS:
            with self.subTest(value=value):
                self.assertEqual(unsigned, writing.uint(value).hex())
                self.assertEqual(signed, writing.integer(value).hex())
                self.assertEqual(value, Cursor(bytes.fromhex(unsigned)).uint())
                self.assertEqual(value, Cursor(bytes.fromhex(signed)).integer())

    def test_negative(self) -> None:
        """All bits but the lowest are inverted."""
        for value, expected in [(-1, "01"), (-64, "7f"), (-129, "fe0101")]:
            self.assertEqual(expected, writing.integer(value).hex())
            self.assertEqual(value, Cursor(bytes.fromhex(expected)).integer())

    def test_nonsense(self) -> None:
        """Numbers and texts that promise more than there is."""
        table: list[tuple[str, Callable[[Cursor], object]]] = [
            ("", Cursor.uint),
            ("ff", Cursor.uint),
            ("f7010101010101010101", Cursor.uint),
            ("80", Cursor.uint),
            ("0561", Cursor.text),
            ("f8ffffffffffffffff", Cursor.data),
            ("03aaaa", Cursor.count),
        ]
        for data, read in table:
            with self.subTest(data=data), self.assertRaises(Malformed):
                read(Cursor(bytes.fromhex(data)))


class MessagesTests(SynchronousTestCase):
    """Cutting a stream."""

    def test_in_any_pieces(self) -> None:
        """Whole or byte by byte, the payloads are the same."""
        payloads = [b"a", b"b" * 127, b"c" * 128, b"d" * 70000]
        stream = b"".join(map(writing.message, payloads))
        self.assertEqual(payloads, list(Messages().feed(stream)))
        messages, found = Messages(), []
        for at in range(len(stream)):
            found += messages.feed(stream[at : at + 1])
        self.assertEqual(payloads, found)
        self.assertFalse(messages.partial)

    def test_partial(self) -> None:
        """It is known that something has begun."""
        messages = Messages()
        self.assertEqual([], list(messages.feed(b"\x05abc")))
        self.assertTrue(messages.partial)

    def test_limits(self) -> None:
        """A length that is too long is refused before its bytes have come."""
        for head in (writing.uint(MAX_MESSAGE_BYTES + 1), b"\x00", b"\x80", b"\xf7" + b"\x01" * 8):
            with self.subTest(head=head), self.assertRaises(Malformed):
                list(Messages().feed(head))


class TypesTests(SynchronousTestCase):
    """Types that a stream defines, and values of them."""

    def setUp(self) -> None:
        self.types = Types()

    def define(self, message: bytes, number: int) -> None:
        self.types.define(number, payload(message))

    def test_what_we_write(self) -> None:
        """Can be read back: a struct with every kind of field."""
        fields = [("B", BOOL), ("I", INT), ("U", UINT), ("S", STRING), ("L", 65), ("T", 66)]
        self.define(writing.struct_type(64, "All", fields), 64)
        self.define(writing.list_type(65, "[][]uint8", BYTES), 65)
        self.define(writing.struct_type(66, "", []), 66)
        self.assertEqual(ListOf(BYTES), self.types.named(65))
        self.assertEqual(Struct(fields), self.types.named(64))
        written = writing.struct(
            writing.boolean(True),
            writing.integer(-3),
            None,
            writing.text("é"),
            writing.items([writing.data(b"x"), writing.data(b"")]),
            writing.struct(),
        )
        self.assertEqual(
            {"B": True, "I": -3, "S": "é", "L": [b"x", b""], "T": {}},
            self.types.read(64, Cursor(written)),
        )

    def test_nonsense(self) -> None:
        """Values that do not fit their type."""
        self.define(writing.struct_type(64, "T", [("L", 65), ("F", 4), ("X", 90)]), 64)
        self.define(writing.list_type(65, "[]T", 64), 65)
        nested = b"\x01\x01" * 20 + b"\x00" * 20
        for name, data in {
            "no end": b"",
            "a field that does not exist": b"\x09\x01\x00",
            "a list longer than the message": b"\x01\x7f\x00",
            "a kind that is not read": b"\x02\x01\x00",
            "a type that was not defined": b"\x03\x01\x00",
            "something behind": b"\x00\x00",
            "nested too deep": nested,
        }.items():
            with self.subTest(name), self.assertRaises(Malformed):
                self.types.read(64, Cursor(data))

    def test_definitions(self) -> None:
        """Bad ones: known numbers, numbers that are taken, too many, not of one kind."""
        good = writing.struct_type(64, "T", [])
        self.define(good, 64)
        for number in (64, 16, 5, 63):
            with self.subTest(number=number), self.assertRaises(Malformed):
                self.define(good, number)
        long = writing.struct_type(65, "T", [("a" * 300, INT)])
        for wire in (b"\x00", b"\x02\x00\x01\x00\x00", b"\x00\x00", long[4:]):
            with self.subTest(wire=wire), self.assertRaises(Malformed):
                self.types.define(66, Cursor(wire))
        for number in range(100, 163):
            self.define(writing.struct_type(number, "T", []), number)
        with self.assertRaises(Malformed):
            self.define(good, 163)
