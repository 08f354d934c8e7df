"""What clients read when a backend's JSON is broken."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json
from gatekeeper.encoding.json_errors import quoted
from gatekeeper.errors import DecodeError

CUT = "unexpected EOF"
VALUE = "looking for beginning of value"

TEXTS = {
    b"": "EOF",
    b" \r\n\t": "EOF",
    b'{"id":': CUT,
    b'{"id": "a': CUT,
    b'{"id": "\\u00': CUT,
    b"nul": CUT,
    b"1.": CUT,
    b"[1e": CUT,
    b"-": CUT,
    b"<html>": f"invalid character '<' {VALUE}",
    b"Hello": f"invalid character 'H' {VALUE}",
    b"\x1f\x8b\x08": f"invalid character '\\x1f' {VALUE}",
    b"\xef\xbb\xbf{}": f"invalid character 'ï' {VALUE}",
    b"{'id': 7}": "invalid character '\\'' looking for beginning of object key string",
    b'{"id": 7,}': "invalid character '}' looking for beginning of object key string",
    b"{id: 7}": "invalid character 'i' looking for beginning of object key string",
    b"[1,]": f"invalid character ']' {VALUE}",
    b'{"r": NaN}': f"invalid character 'N' {VALUE}",
    b'{"r": Infinity}': f"invalid character 'I' {VALUE}",
    b'["Infinity", -Infinity]': "invalid character 'I' in numeric literal",
    b'{"id" 7}': "invalid character '7' after object key",
    b'{"id": 7 /* seven */}': "invalid character '/' after object key:value pair",
    b'{"id": 007}': "invalid character '0' after object key:value pair",
    b'{"id": 0x1F}': "invalid character 'x' after object key:value pair",
    b'{"a": ["]", {}} }': "invalid character '}' after array element",
    b'{"id": +7}': f"invalid character '+' {VALUE}",
    b'{"id": .5}': f"invalid character '.' {VALUE}",
    b'{"id": 1.x}': "invalid character 'x' after decimal point in numeric literal",
    b'{"id": 1e+}': "invalid character '}' in exponent of numeric literal",
    b"[1.5.6]": "invalid character '.' after array element",
    b"1.x": "invalid character 'x' after decimal point in numeric literal",
    b'{"id": "\\x"}': "invalid character 'x' in string escape code",
    b'{"id": "\\u00g0"}': "invalid character 'g' in \\u hexadecimal character escape",
    b'{"id": "a\nb"}': "invalid character '\\n' in string literal",
    b"[trux]": "invalid character 'x' in literal true (expecting 'e')",
}


class SyntaxErrorTests(SynchronousTestCase):
    """Go's words for every kind of mistake."""

    def test_texts(self) -> None:
        """The first mistake is named, with its character and what was expected."""
        for body, text in TEXTS.items():
            error = self.assertRaises(DecodeError, json.loads, body)
            self.assertEqual(str(error), text, body)

    def test_cut_anywhere(self) -> None:
        """A body that is cut is always an unexpected end, whatever it was cut in."""
        body = b'{"a": [1, -2.5e3, true, null, "\\u00e9\\n\xc3\xa9"], "b": {"c": false}}'
        for end in range(1, len(body)):
            error = self.assertRaises(DecodeError, json.loads, body[:end])
            self.assertEqual(str(error), CUT, body[:end])


class QuotedTests(SynchronousTestCase):
    """How a byte is shown."""

    def test_bytes(self) -> None:
        """Visible characters as they are, the rest as escapes."""
        table = {"<": "'<'", '"': "'\"'", "'": r"'\''", "\\": r"'\\'", "\n": r"'\n'"}
        table |= {"\x00": r"'\x00'", "\x7f": r"'\x7f'", "\x85": r"'\u0085'", "\xad": r"'\u00ad'"}
        for character, expected in table.items():
            self.assertEqual(quoted(character), expected)
