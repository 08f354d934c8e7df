"""Tests of `gatekeeper.revocation.calls`, with bytes of the original's client and server."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.revocation.calls import ADD, CHECK, MAX_ELEMENTS, Conversation
from gatekeeper.revocation.client import call
from gatekeeper.revocation.gob import writing
from gatekeeper.revocation.gob.reading import Malformed
from tests.revocation import captured

EXCHANGES = [
    (captured.ADD_ONE, captured.COUNTED_ONE),
    (captured.ADD_TWO, captured.COUNTED_TWO),
    (captured.CHECK_TWO, captured.FOUND_ONE),
]


class Revoked(set[bytes]):
    """Stands for the filters."""


class ConversationTests(SynchronousTestCase):
    """One connection's worth of calls."""

    def setUp(self) -> None:
        self.revoked = Revoked()
        self.counts: list[int] = []
        self.conversation = Conversation(self.revoked, self.counts.append)

    def test_captured(self) -> None:
        """Every byte of our answers is the original server's."""
        for sent, expected in EXCHANGES:
            self.assertEqual(expected.hex(), self.conversation.feed(sent).hex())
        self.assertEqual({b"jti-J1", b"jti-J2", b"jti-J3"}, self.revoked)
        self.assertEqual([1, 2], self.counts)

    def test_byte_by_byte(self) -> None:
        """Pieces make no difference, and calls may be sent without waiting."""
        sent = b"".join(one for one, _ in EXCHANGES)
        expected = b"".join(answer for _, answer in EXCHANGES)
        answers = b"".join(self.conversation.feed(sent[at : at + 1]) for at in range(len(sent)))
        self.assertEqual(expected.hex(), answers.hex())
        other = Conversation(Revoked(), self.counts.append)
        self.assertEqual(expected.hex(), other.feed(sent).hex())

    def test_between_calls(self) -> None:
        """It is known whether a client owes us the rest of a call."""
        self.assertTrue(self.conversation.between_calls)
        for cut in (1, 20, 47, 60, len(captured.ADD_ONE) - 1):
            conversation = Conversation(Revoked(), self.counts.append)
            conversation.feed(captured.ADD_ONE[:cut])
            self.assertFalse(conversation.between_calls, cut)
            conversation.feed(captured.ADD_ONE[cut:])
            self.assertTrue(conversation.between_calls, cut)

    def test_impossible_calls(self) -> None:
        """They are answered with an error, and the conversation goes on."""
        self.conversation.feed(captured.ADD_ONE)
        for name, sent, error in captured.REST:
            with self.subTest(name):
                self.assertIn(error.encode(), self.conversation.feed(sent))
        self.assertEqual(captured.COUNTED_TWO, self.conversation.feed(captured.ADD_TWO))
        self.assertEqual({b"jti-J1", b"jti-J2", b"jti-J3"}, self.revoked)

    def test_the_first_error(self) -> None:
        """Is followed by the definition of an empty struct, as Go writes it."""
        answer = self.conversation.feed(call("BloomfilterRPC.Nope", []))
        self.assertTrue(answer.hex().endswith("0aff87030102ff8800000003ff8800"), answer.hex())

    def test_no_elements(self) -> None:
        """Adding or checking none is fine; zeros and empty lists are left out."""
        self.conversation.feed(captured.ADD_ONE)
        head = "19ff800112426c6f6f6d66696c7465725250432e41646401010003ff8200"
        self.assertEqual(head, self.conversation.feed(bytes.fromhex(head)).hex())

    def test_the_largest_call(self) -> None:
        """So many elements are added at once; one more is refused as a whole."""
        elements = [b"%d" % number for number in range(MAX_ELEMENTS)]
        self.conversation.feed(call(ADD, elements))
        self.assertEqual(MAX_ELEMENTS, len(self.revoked))
        for method in (ADD, CHECK):
            other = Revoked()
            answer = Conversation(other, self.counts.append).feed(call(method, [*elements, b"x"]))
            self.assertIn(b"10001 elements, at most 10000 in one call", answer)
            self.assertEqual(set(), other)
        self.assertEqual([MAX_ELEMENTS], self.counts)

    def test_nonsense(self) -> None:
        """What is no call ends the conversation, and nothing is added."""
        header = writing.struct_type(64, "Request", [("ServiceMethod", 6), ("Seq", 3)])
        begun = header + writing.message(writing.integer(64) + writing.struct(writing.text(ADD)))
        table = {
            "HTTP": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" + b"x" * 100,
            "TLS": bytes.fromhex("16030100c8010000c40303") + b"x" * 300,
            "zeros": b"\x00" * 10,
            "a value without type": writing.message(writing.integer(64) + b"\x00"),
            "a plain value": writing.message(writing.integer(2) + b"\x00\x05"),
            "a broken argument": captured.ADD_ONE.replace(b"\x06jti", b"\x7fjti"),
            "something behind the argument": begun
            + writing.struct_type(65, "AddInput", [("Elems", 66)])
            + writing.list_type(66, "", 5)
            + writing.message(b"\xff\x82\x00\x00"),
            "a type twice": header + header,
            "a method without end": header
            + writing.message(
                writing.integer(64) + writing.struct(writing.text("m" * 300), writing.uint(1))
            ),
            "another struct": writing.struct_type(64, "R", [("ServiceMethod", 3), ("Seq", 3)])
            + writing.message(writing.integer(64) + writing.struct(b"\x05", b"\x05")),
        }
        for name, data in table.items():
            with self.subTest(name):
                conversation = Conversation(self.revoked, self.counts.append)
                with self.assertRaises(Malformed):
                    conversation.feed(data)
        self.assertEqual((set(), []), (self.revoked, self.counts))

    def test_rubbish(self) -> None:
        """Any byte of a call may be damaged: it is answered, waited for, or the end."""
        for at in range(len(captured.ADD_ONE)):
            for value in (0x00, 0x01, 0x7F, 0x80, 0xF8, 0xFF):
                data = captured.ADD_ONE[:at] + bytes((value,)) + captured.ADD_ONE[at + 1 :]
                try:
                    Conversation(Revoked(), self.counts.append).feed(data)
                except Malformed:
                    continue
