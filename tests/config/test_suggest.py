"""Guesses."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.suggest import close_to, duration_like, is_comment


class SuggestTests(SynchronousTestCase):
    """What people meant."""

    def test_durations(self) -> None:
        """Units in words and blanks are understood; anything else is not guessed at."""
        table = {
            "3": '"3s"', "3 s": '"3s"', "2 sec": '"2s"', "10 Seconds": '"10s"', "1.5 min": '"1.5m"',
            "500 msec": '"500ms"', "2 hours": '"2h"', "1d": '"24h"', "2 days": '"48h"',
            "1.5d": "", "soon": "", "": "", "1s 2s": "", "5 x": "", "1h30": "",
        }  # fmt: skip
        for text, meant in table.items():
            self.assertEqual(duration_like(text), meant, text)

    def test_keys(self) -> None:
        """A key that is nearly right is found, a different one is not."""
        known = ("timeout", "input_headers", "backend", "cache_ttl")
        table = {
            "timout": "timeout", "Input-Headers": "input_headers", "backends": "backend",
            "cachettl": "cache_ttl", "max_rate": "", "x": "", "y" * 1000: "",
        }  # fmt: skip
        for key, near in table.items():
            self.assertEqual(close_to(key, known), near, key)

    def test_comments(self) -> None:
        """Notes to people begin with a sign."""
        for key in ("@comment", "$schema", "_x", "#todo"):
            self.assertTrue(is_comment(key))
        self.assertFalse(is_comment("comment"))
