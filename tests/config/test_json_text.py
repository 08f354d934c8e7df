"""JSON: strict, and helpful about mistakes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.json_text import parse, repeated
from gatekeeper.config.syntax import SyntaxMistake

MISTAKES = [
    ("", "unexpected end of JSON input", 1, 1),
    ('{"a": 1', "unexpected end of JSON input", 1, 8),
    ('{"a": ', "unexpected end of JSON input", 1, 7),
    ('{"a": 1,}', "a comma with nothing behind it", 1, 8),
    ('{"a": [1,\n 2,\n]}', "a comma with nothing behind it", 2, 3),
    ('{"a": [1,,2]}', "a comma with nothing behind it", 1, 10),
    ('{"a": 1,, "b": 2}', "a comma with nothing behind it", 1, 9),
    ("[,1]", "expected a value, found ','", 1, 2),
    ('{"a": , "b": 1}', "expected a value, found ','", 1, 7),
    ('{ // a shop\n"a": 1}', "comments are not allowed in JSON", 1, 3),
    ('{"a": 1 # one\n}', "comments are not allowed in JSON", 1, 9),
    ("{'a': 1}", "texts and keys stand in double quotes", 1, 2),
    ("{\"a\": 'b'}", "texts and keys stand in double quotes", 1, 7),
    ('{"a": 1\n "b": 2}', "a comma is missing here", 1, 8),
    ('{"a" 1}', "expected a colon, found '1'", 1, 6),
    ('{"a": True}', "expected a value, found 'True'", 1, 7),
    ('{"a": soon}', "expected a value, found 'soon'", 1, 7),
    ("{a: 1}", "expected a key in double quotes, found 'a'", 1, 2),
    ('{"a": 1}}', "expected the end of the file, found '}'", 1, 9),
    ('\ufeff{"a": 1}', "the file begins with a byte-order mark", 1, 1),
    ("version: 3", "expected a JSON object, found 'version'", 1, 1),
    ('{"a": "b\nc"}', "a text is not closed or not escaped correctly", 1, 9),
    ('{"a": "b', "a text is not closed or not escaped correctly", 1, 7),
    ('{"a": "\\x"}', "a text is not closed or not escaped correctly", 1, 8),
    ('{"a": {{ .port }} }', "templates are not allowed in a plain JSON file", 1, 8),
    ('{"a": NaN}', "the number NaN is too large", 1, 7),
    ('{"a":\n 1e999}', "the number 1e999 is too large", 2, 2),
    ("[" * 100_000, "objects and lists are nested too deeply", 0, 0),
]


class ValueTests(SynchronousTestCase):
    """What values become."""

    def test_numbers(self) -> None:
        """Numbers are doubles; integers that a double holds exactly stay integers."""
        table = {
            "7": 7, "1.0": 1.0, "9007199254740991": 9007199254740991,
            "12345678901234567890": 1.2345678901234567e19, "-0": -0.0, "1e3": 1000.0,
        }  # fmt: skip
        for text, value in table.items():
            parsed = parse(text)
            self.assertEqual((parsed, type(parsed)), (value, type(value)))
        self.assertEqual(str(parse("-0")), "-0.0")

    def test_equal_keys(self) -> None:
        """Of equal keys the last one counts."""
        self.assertEqual(parse('{"a": 1, "a": 2}'), {"a": 2})

    def test_escapes(self) -> None:
        """Escapes and white space are JSON's."""
        self.assertEqual(parse('\t {"\\u002f\\/"\r\n: "\\u00e9"} '), {"//": "é"})


class MistakeTests(SynchronousTestCase):
    """What people get wrong."""

    def test_table(self) -> None:
        """Each mistake is named, with its place."""
        for text, message, line, column in MISTAKES:
            mistake = self.assertRaises(SyntaxMistake, parse, text)
            self.assertIn(message, mistake.message)
            self.assertEqual((mistake.line, mistake.column), (line, column), text[:40])

    def test_every_cut(self) -> None:
        """A file that ends too early is a mistake wherever it was cut, never a crash."""
        text = '{"a": [1, {"b": "c\\n"}], "d": true, "e": -1.5e3}'
        for end in range(len(text)):
            self.assertRaises(SyntaxMistake, parse, text[:end])

    def test_rubbish_in_between(self) -> None:
        """Foreign characters anywhere give a value or a mistake, never a crash."""
        text = '{"a": [1, {"b": "c"}], "d": true}'
        for position in range(len(text)):
            for rubbish in "\x00,}]\"'#/{:\u2028":
                try:
                    parse(text[:position] + rubbish + text[position:])
                except SyntaxMistake as mistake:
                    self.assertEqual(mistake.line, 1)


class RepeatedTests(SynchronousTestCase):
    """Keys that are written more than once."""

    def test_none(self) -> None:
        """Equal keys of different objects are no repetition."""
        self.assertEqual(repeated('{"a": {"b": 1}, "c": [{"b": 1}, {"b": 2}]}'), [])

    def test_everywhere(self) -> None:
        """Each is pointed at once, wherever it stands and however often."""
        text = '{"a": 1, "a": {"b": 1, "b": 2, "b": 3}, "c": [0, {"x/y": 1, "x/y": 2}]}'
        self.assertEqual(sorted(repeated(text)), ["/a", "/a/b", "/c/1/x~1y"])
