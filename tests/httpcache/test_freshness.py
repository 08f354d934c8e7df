"""Tests of `gatekeeper.httpcache.freshness` and of lifetimes of entries."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.cache_control import parse
from gatekeeper.httpcache.entry import Entry
from gatekeeper.httpcache.freshness import Freshness, freshness, serves_on_error
from tests.httpcache.answers import NOW, date, entry

FRESH, STALE, UNWANTED = Freshness.FRESH, Freshness.STALE, Freshness.UNWANTED


class LifetimeTests(SynchronousTestCase):
    """Answers to requests that ask for nothing special."""

    def check(self, kept: Entry, expected: Freshness) -> None:
        self.assertIs(freshness(kept, {}, NOW), expected)

    def test_max_age(self) -> None:
        """An answer is good for less than ``max-age`` seconds after its date."""
        table = [
            ("max-age=60", 0, FRESH),
            ("max-age=60", 59, FRESH),
            ("max-age=60", 60, STALE),
            ("max-age=60", 61, STALE),
            ("max-age=60", -5, FRESH),
            ("max-age=0", 0, STALE),
            ("private, max-age=60, must-revalidate", 0, FRESH),
            ("s-maxage=60", 0, STALE),
            ("Max-Age=60", 0, STALE),
            ('max-age="60"', 0, STALE),
            ("max-age=soon", 0, STALE),
            ("no-cache, max-age=60", 0, STALE),
            ("", 0, STALE),
        ]
        for control, age_s, expected in table:
            with self.subTest(control=control, age=age_s):
                self.check(entry(control, age_s=age_s), expected)

    def test_expires(self) -> None:
        """``Expires`` counts from the date of the answer, where there is no ``max-age``."""
        table = [
            ("", date(-60), FRESH),
            ("", date(60), STALE),
            ("", "0", STALE),
            ("max-age=60", date(60), FRESH),
            ("max-age=0", date(-60), STALE),
            ("max-age=soon", date(-60), STALE),
        ]
        for control, expires, expected in table:
            with self.subTest(control=control, expires=expires):
                self.check(entry(control, ("Expires", expires)), expected)

    def test_without_date(self) -> None:
        """Without a ``Date`` that can be read nothing is ever fresh."""
        self.check(entry("max-age=60", age_s=None), STALE)
        self.check(entry("max-age=60", ("Date", "yesterday"), age_s=None), STALE)
        self.check(entry("", ("Expires", date(-60)), age_s=None), STALE)


class WishesTests(SynchronousTestCase):
    """What a client can ask for."""

    def test_wishes(self) -> None:
        """Each directive of a request, against answers of several ages."""
        table: list[tuple[str, str, float | None, Freshness]] = [
            ("max-age=60", "no-cache", 0, UNWANTED),
            ("max-age=60", "no-cache, only-if-cached", 0, UNWANTED),
            ("max-age=60", "no-store", 0, FRESH),
            ("max-age=60", "unheard-of", 0, FRESH),
            ("no-cache", "only-if-cached", 0, STALE),
            ("max-age=1", "only-if-cached", 100, FRESH),
            ("max-age=1", "only-if-cached", None, FRESH),
            ("max-age=60", "max-age=0", 0, STALE),
            ("max-age=1", "max-age=100", 5, FRESH),
            ("max-age=1", "max-age=3", 5, STALE),
            ("max-age=60", "max-age=soon", 0, STALE),
            ("max-age=60", "min-fresh=20", 30, FRESH),
            ("max-age=60", "min-fresh=40", 30, STALE),
            ("max-age=60", "min-fresh=soon", 30, FRESH),
            ("max-age=1", "max-stale", 1000, FRESH),
            ("max-age=1", "max-stale=30", 11, FRESH),
            ("max-age=1", "max-stale=5", 11, STALE),
            ("max-age=1", "max-stale=soon", 11, STALE),
            ("max-age=1", "max-stale", None, STALE),
            ("max-age=1", "max-age=100", None, STALE),
        ]
        for control, wishes, age_s, expected in table:
            with self.subTest(control=control, wishes=wishes, age=age_s):
                kept = entry(control, age_s=age_s)
                self.assertIs(freshness(kept, parse(wishes), NOW), expected)


class ErrorTests(SynchronousTestCase):
    """``stale-if-error``."""

    def test_stale_if_error(self) -> None:
        """The stored answer or the request allows it, for a time; the request's word wins."""
        table: list[tuple[str, str, float | None, bool]] = [
            ("", "", 0, False),
            ("stale-if-error", "", 1000, True),
            ("stale-if-error", "", None, True),
            ("stale-if-error=60", "", 59, True),
            ("stale-if-error=60", "", 60, False),
            ("stale-if-error=60", "", None, False),
            ("stale-if-error=soon", "", 0, False),
            ("", "stale-if-error", 1000, True),
            ("", "stale-if-error=60", 59, True),
            ("stale-if-error=10", "stale-if-error=60", 30, True),
            ("stale-if-error=60", "stale-if-error=10", 30, False),
        ]
        for control, wishes, age_s, expected in table:
            with self.subTest(control=control, wishes=wishes, age=age_s):
                kept = entry(control, age_s=age_s)
                self.assertIs(serves_on_error(kept, parse(wishes), NOW), expected)
