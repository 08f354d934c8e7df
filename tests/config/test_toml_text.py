"""TOML."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.syntax import SyntaxMistake
from gatekeeper.config.toml_text import parse


class TOMLTests(SynchronousTestCase):
    """Values, and mistakes with places."""

    def test_values(self) -> None:
        """Integers stay integers, dates become texts."""
        self.assertEqual(
            parse('a = 12345678901234567890\nb = 1.50\nc = 2024-01-01\n[[d]]\ne = ["x"]'),
            {"a": 12345678901234567890, "b": 1.5, "c": "2024-01-01", "d": [{"e": ["x"]}]},
        )

    def test_mistakes(self) -> None:
        """Each mistake has a place."""
        table = [
            ("version = \n", "invalid value", 1, 11),
            ("a = 1\nb", "expected '='", 2, 2),
            ("a = 1\na = 2", "cannot overwrite a value", 2, 6),
            ("a = [1", "unclosed array", 1, 7),
            ("a = " + "[" * 100_000, "nested too deeply", 0, 0),
            ("a = inf", "has no meaning", 0, 0),
        ]
        for text, message, line, column in table:
            mistake = self.assertRaises(SyntaxMistake, parse, text)
            self.assertIn(message, mistake.message.lower())
            self.assertEqual((mistake.line, mistake.column), (line, column), text)
