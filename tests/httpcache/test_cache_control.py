"""Tests of `gatekeeper.httpcache.cache_control`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.cache_control import asked, is_private, parse, seconds


class CacheControlTests(SynchronousTestCase):
    """Directives as the original reads them."""

    def test_parse(self) -> None:
        """Commas separate; blanks around do not matter; letter case does."""
        table: list[tuple[str, dict[str, str]]] = [
            ("", {}),
            (" , ,", {}),
            ("no-store", {"no-store": ""}),
            ("max-age=60", {"max-age": "60"}),
            ("  public ,max-age=60  ", {"public": "", "max-age": "60"}),
            ("max-age = 60", {"max-age": " 60"}),
            ('max-age="60"', {"max-age": '"60"'}),
            ("Max-Age=60", {"Max-Age": "60"}),
            ("max-age=1, max-age=2", {"max-age": "2"}),
            ("a=b=c", {"a": "b"}),
            ("=60", {}),
            ("max-stale=", {"max-stale": ""}),
        ]
        for text, expected in table:
            with self.subTest(text):
                self.assertEqual(parse(text), expected)

    def test_seconds(self) -> None:
        """A number is what Go reads as a duration with an "s" behind it."""
        table: list[tuple[str, float | None]] = [
            ("60", 60.0),
            ("0", 0.0),
            ("1.5", 1.5),
            ("-5", -5.0),
            ("", None),
            (" 60", None),
            ('"60"', None),
            ("soon", None),
            ("1e3", None),
            ("9" * 5000, None),
        ]
        for text, expected in table:
            with self.subTest(text):
                self.assertEqual(seconds(text), expected)

    def test_asked(self) -> None:
        """Only the first line of a request counts."""
        self.assertEqual(asked({}), {})
        self.assertEqual(asked({"Cache-Control": []}), {})
        self.assertEqual(asked({"Cache-Control": ["no-cache", "no-store"]}), {"no-cache": ""})

    def test_private(self) -> None:
        """An answer for one user is known in any spelling, on any line."""
        table: list[tuple[list[tuple[str, str]], bool]] = [
            ([("Cache-Control", "private, max-age=60")], True),
            ([("cache-control", "max-age=60"), ("CACHE-CONTROL", "PRIVATE")], True),
            ([("Cache-Control", 'private="set-cookie"')], True),
            ([("Cache-Control", "public")], False),
            ([("Cache-Control", 'no-cache="private"')], False),
            ([("X-Other", "private")], False),
            ([], False),
        ]
        for lines, expected in table:
            with self.subTest(lines=lines):
                self.assertIs(is_private(lines), expected)
