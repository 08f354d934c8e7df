"""Tests of `gatekeeper.regex`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.regex import finder


class FinderTests(SynchronousTestCase):
    """Expressions as RE2 reads them."""

    def test_found(self) -> None:
        """A pattern may match anywhere; letters are those of UTF-8, classes those of ASCII."""
        table = [
            ("bot", "a robot", True),
            ("^bot", "a robot", False),
            ("(?i)BOT", "a robot", True),
            ("a$", "a\n", False),
            ("^.$", "é", True),
            (r"^\w$", "é", False),
            (r"^\d$", "٣", False),
            (r"^\s$", "\u00a0", False),
            (r"\Qa.b\E", "a.b", True),
            (r"^[[:alpha:]]+$", "abc", True),
            ("", "", True),
        ]
        for pattern, text, expected in table:
            with self.subTest(pattern=pattern, text=text):
                self.assertIs(finder(pattern)(text.encode()), expected)

    def test_bytes(self) -> None:
        """Text that is no UTF-8 is no error."""
        self.assertTrue(finder("bot")(b"\xff bot"))

    def test_refused(self) -> None:
        """What cannot be done in one pass, or is no expression, is a mistake with a reason."""
        for pattern, reason in [
            ("(", "missing )"),
            ("a(?=b)", "invalid perl operator: (?="),
            (r"(a)\1", "invalid escape sequence"),
            ("a{1001}", "invalid repetition size"),
            ("\ud800", "surrogates"),
        ]:
            with self.subTest(pattern):
                error = self.assertRaises(ValueError, finder, pattern)
                self.assertIn(reason, str(error))

    def test_no_catastrophe(self) -> None:
        """A pattern that makes other engines hang takes no time."""
        self.assertFalse(finder("^(a+)+$")(b"a" * 5000 + b"!"))
