"""Tests of `gatekeeper_admin.pages.words`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.view import Change
from gatekeeper_admin.pages.words import (
    change_text,
    duration_text,
    facts_text,
    number_text,
    size_text,
)


class DurationTextTests(SynchronousTestCase):
    """Times as people say them."""

    def test_the_two_largest_units_are_said(self) -> None:
        """Nobody wants the seconds of three days."""
        table = {0: "0 s", 59.9: "59 s", 61: "1 min 1 s", 3600: "1 h", 270061: "3 d 3 h"}
        for seconds, text in table.items():
            with self.subTest(seconds):
                self.assertEqual(duration_text(seconds), text)


class WordsTests(SynchronousTestCase):
    """Everything else that the page says in words."""

    def test_numbers(self) -> None:
        """Thousands can be counted; what is not known is a dash."""
        self.assertEqual("12\u202f345", number_text(12345))
        self.assertEqual(
            ("–", "–", "1.5 MiB"), (number_text(None), size_text(0), size_text(3 << 19))
        )

    def test_changes(self) -> None:
        """What came of a reload, how long ago, and who wanted it."""
        self.assertEqual("never", change_text(None, 0))
        self.assertEqual(
            "went well, 7 s ago (SIGHUP)", change_text(Change(3.0, True, "", "SIGHUP"), 10.0)
        )
        self.assertIn("the old one goes on", change_text(Change(3.0, False), 10.0))

    def test_facts(self) -> None:
        """Truth is yes or no."""
        facts = {"open": True, "age_s": 1.50, "keys": 3, "kid": "a", "last": None}
        self.assertEqual("open: yes, age_s: 1.5, keys: 3, kid: a, last: –", facts_text(facts))
