"""Tests of `gatekeeper.json_schema.document`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.json_schema.document import Malformed, read_document


class ReadTests(SynchronousTestCase):
    """Bodies as values."""

    def test_values(self) -> None:
        """One value with white space around it; of equal names the last one wins."""
        for body, value in [
            (b" \n 1 \t\n", 1),
            (b'{"a":1,"a":[true,null]}', {"a": [True, None]}),
            (b"1.50", 1.5),
            (b"-0", 0),
            (b"9007199254740993", 9007199254740993),
            (b"12345678901234567890123", 12345678901234567890123.0),
            (b'"\\ud800"', "\ufffd"),
            (b'{"\\ud800":["\\udc00"]}', {"\ufffd": ["\ufffd"]}),
            (b'"\xff"', "\ufffd"),
            (b'"\\ud83d\\ude00"', "\U0001f600"),
        ]:
            with self.subTest(body):
                found = read_document(body)
                self.assertEqual(found, value)
                self.assertIs(type(found), type(value))

    def test_malformed(self) -> None:
        """The four forms of the contract, and others."""
        for body, text in [
            (b"{bad", "invalid character 'b' looking for beginning of object key string"),
            (b"{} 2", "invalid character '2' after top-level value"),
            (b'"\\ud800" x', "invalid character 'x' after top-level value"),
            (b"Nope", "invalid character 'N' looking for beginning of value"),
            (b'{"qty":1', "unexpected end of JSON input"),
            (b" ", "unexpected end of JSON input"),
            (b"[1,]", "invalid character ']' looking for beginning of value"),
            (b'{"a" 1}', "invalid character '1' after object key"),
            (b"NaN", "invalid character 'N' looking for beginning of value"),
            (b"\xef\xbb\xbf{}", "invalid character 'ï' looking for beginning of value"),
            (b"1e400", "json: cannot unmarshal a number into Go value of type float64"),
            (b"-" + b"9" * 400, "json: cannot unmarshal a number into Go value of type float64"),
        ]:
            with self.subTest(body):
                error = self.assertRaises(Malformed, read_document, body)
                self.assertEqual(str(error), text)

    def test_nested_without_end(self) -> None:
        """Nesting that would break the reader is refused."""
        self.assertRaises(Malformed, read_document, b"[" * 100_000 + b"]" * 100_000)

    def test_first_value(self) -> None:
        """For version 2 files what follows is not looked at."""
        self.assertEqual(read_document(b"1 2", only_first=True), 1)
        self.assertEqual(read_document(b"{} x", only_first=True), {})
        self.assertRaises(Malformed, read_document, b"x", only_first=True)
