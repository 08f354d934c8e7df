"""YAML without surprises."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config import yaml_text
from gatekeeper.config.syntax import SyntaxMistake
from gatekeeper.config.yaml_text import parse

SCALARS: dict[str, Any] = {
    "text": "text",
    '"007"': "007",
    "'1'": "1",
    "5": 5,
    "-5": -5,
    "1.50": 1.5,
    "1e3": 1000.0,
    ".5": 0.5,
    "12345678901234567": 12345678901234567,
    "123456789012345678901234": 1.2345678901234568e23,
    "0x1F": 31,
    "0o17": 15,
    "017": 15,
    "0b101": 5,
    "08": 8.0,
    "1_000": 1000,
    "1_0.5": "1_0.5",
    "0": 0,
    "true": True,
    "False": False,
    "yes": "yes",
    "off": "off",
    "null": None,
    "~": None,
    "": None,
    "2024-01-01": "2024-01-01",
    "1.2.3": "1.2.3",
    "12:30:45": "12:30:45",
    "!!str 5": "5",
    '!!int "5"': 5,
    "! 5": "5",
    "-": None,
}

MISTAKES = [
    ("a: 1\n  b: [1", "mapping values are not allowed", 2, 4),
    ("a: 1\na: 2", 'mapping key "a" already defined', 2, 1),
    ("a: *b", "unknown anchor 'b' referenced", 1, 4),
    ("a: &a [*a]", "anchor 'a' value contains itself", 1, 8),
    ("a: !!python/object:os.system x", "is not supported", 1, 4),
    ("a: !!set {x: null}", "is not supported", 1, 4),
    ("a: .inf", "the number .inf has no meaning", 1, 4),
    ("a: 1e999", "the number 1e999 is too large", 1, 4),
    ("\ta: 1", "cannot start any token", 1, 1),
    ("? [a]\n: 1", "a key must be a text or a number", 1, 3),
    ("<<: 5", "map merge requires map", 1, 1),
    ("[" * 200 + "]" * 200, "values are nested too deeply", 1, 102),
    ("a: \x01", "unacceptable character", 0, 0),
]

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


class ValueTests(SynchronousTestCase):
    """What values become."""

    def test_scalars(self) -> None:
        """The core schema of YAML 1.2, and the old spellings of numbers."""
        for text, value in SCALARS.items():
            parsed = parse(f"a: {text}" if text != "-" else "a:\n  -")
            expected = [None] if text == "-" else value
            self.assertEqual((parsed["a"], type(parsed["a"])), (expected, type(expected)), text)

    def test_keys(self) -> None:
        """Keys become texts."""
        self.assertEqual(
            parse("404: a\ntrue: b\nnull: c\n1: d\n1.5: e"),
            {"404": "a", "true": "b", "null": "c", "1": "d", "1.5": "e"},
        )

    def test_anchors(self) -> None:
        """Aliases stand for what they name; merged keys yield to written ones."""
        text = "base: &b {x: 1, y: 2}\nother: {<<: *b, y: 3}\nmore: {<<: [*b, {z: 4}]}"
        self.assertEqual(
            parse(text),
            {"base": {"x": 1, "y": 2}, "other": {"x": 1, "y": 3}, "more": {"x": 1, "y": 2, "z": 4}},
        )

    def test_documents(self) -> None:
        """The first document counts; an empty file is None."""
        self.assertEqual(parse("a: 1\n---\nb: 2"), {"a": 1})
        self.assertIsNone(parse(""))
        self.assertIsNone(parse("# nothing\n"))
        self.assertEqual(parse("\ufeffa: 1"), {"a": 1})


class MistakeTests(SynchronousTestCase):
    """What is refused."""

    def test_table(self) -> None:
        """Each mistake is named, with its place."""
        for text, message, line, column in MISTAKES:
            mistake = self.assertRaises(SyntaxMistake, parse, text)
            self.assertIn(message, mistake.message)
            self.assertEqual((mistake.line, mistake.column), (line, column), text[:40])

    def test_bomb(self) -> None:
        """Aliases of aliases may not stand for endless values."""
        mistake = self.assertRaises(SyntaxMistake, parse, BOMB)
        self.assertIn("excessive aliasing", mistake.message)

    def test_many_harmless_aliases(self) -> None:
        """Naming one list of hosts many times is fine."""
        text = "hosts: &h [a, b]\nlist:\n" + "  - *h\n" * 10_000
        self.assertEqual(len(parse(text)["list"]), 10_000)
        self.assertGreater(yaml_text.MAX_ALIASED, 30_000)
