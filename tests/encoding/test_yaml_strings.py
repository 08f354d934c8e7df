"""Strings in YAML."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.yaml_strings import literal, needs_quotes, quote

QUOTED = (
    "",
    "null",
    "~",
    "true",
    "False",
    "yes",
    "n",
    "Y",
    "on",
    "-",
    "7",
    "-7",
    "+7",
    "1.5",
    ".5",
    "5.",
    "1_000",
    "007",
    "0x1F",
    "0o7",
    "0b1",
    "1.0e-7",
    "99999999999999999999",
    "1.5e400",
    "2024-11-23",
    "2024-11-23T10:00:00Z",
    "2024-11-23 10:00:00",
    "10:30",
    "1:2",
    "9:5",
    "2024-11-23T10:00:00.5+01:00",
    "- x",
    "x: y",
    "x:",
    "#x",
    "a#b",
    "a\\b",
    " a",
    "a ",
    "@x",
    "`x",
    "*x",
    "&x",
    "[x",
    "{x",
    "!x",
    "|x",
    ">x",
    "%x",
    "'x",
    '"x',
)
PLAIN = (
    "x",
    "x:y",
    "it's",
    'say "hi"',
    "1e5",
    "1E5",
    "08",
    "0xG",
    "1.2.3",
    "_1",
    "nan",
    "-x",
    "a-b",
    "2024-13-01",
    "2024-02-30",
    "25:00",
    "10:61",
    "2024-11-23T10:00:00",
    "1:2:3",
    "é€😀",
    ".",
    "?",
    "? x",
    "a\tb",
    "..",
    "+",
    "http://x/y",
    "Null value",
    "-.5.",
    ".inf",
)


class NeedsQuotesTests(SynchronousTestCase):
    """Which strings would be read as something else."""

    def test_quoted(self) -> None:
        """Literals, numbers, times, and signs that mean something."""
        for text in QUOTED:
            self.assertTrue(needs_quotes(text), text)

    def test_plain(self) -> None:
        """Everything else."""
        for text in PLAIN:
            self.assertFalse(needs_quotes(text), text)


class QuoteTests(SynchronousTestCase):
    """Double quotes."""

    def test_escapes(self) -> None:
        """Short escapes, hexadecimal ones for what cannot be seen."""
        table = {'a"\\': r'"a\"\\"', "\a\b\t\n": r'"\a\b\t\n"', "\x00\x7f": r'"\x00\x7f"'}
        table |= {"é😀": '"é😀"', "\u2028": r'"\u2028"', "\U000e0001": r'"\U000e0001"'}
        table |= {"\udcff": r'"\xff"'}
        for text, expected in table.items():
            self.assertEqual(quote(text), expected)


class LiteralTests(SynchronousTestCase):
    """Blocks of lines."""

    def test_headers(self) -> None:
        """The header tells how many line breaks there are at the end."""
        table = {"a\nb": "|-\n  a\n  b", "a\n": "|\n  a", "a\n\n": "|+\n  a\n"}
        table |= {"a\r\nb": "|-\r\n  a\r\n  b", "a\rb": "|-\r  a\r  b"}
        for text, expected in table.items():
            self.assertEqual(literal(text, "  "), expected, repr(text))
