"""Tests of `gatekeeper.quoting`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.quoting import one_line, quoted


class QuotingTests(SynchronousTestCase):
    """Text as Go quotes it."""

    def test_quoted(self) -> None:
        """The table."""
        for text, expected in (
            ("", '""'),
            ("a/b", '"a/b"'),
            ('"\\', '"\\"\\\\"'),
            ("\a\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'),
            ("\x00\x7f", '"\\x00\\x7f"'),
            ("\udc80\udcff", '"\\x80\\xff"'),
            ("é世", '"é世"'),
            ("\x1b[1m\x9b", '"\\x1b[1m\\u009b"'),
            ("\u2028", '"\\u2028"'),
            ("\U000e0001", '"\\U000e0001"'),
        ):
            with self.subTest(text=text):
                self.assertEqual(quoted(text), expected)

    def test_one_line(self) -> None:
        """Quotes stay; only what is not printable is escaped."""
        self.assertEqual(one_line('a "b" \\ é\n'), 'a "b" \\ é\\n')
