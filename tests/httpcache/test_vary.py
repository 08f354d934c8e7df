"""Tests of `gatekeeper.httpcache.vary`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.vary import fits, variant
from gatekeeper.message import Headers


class VaryTests(SynchronousTestCase):
    """Answers that depend on headers of the request."""

    def test_fits(self) -> None:
        """First values must be equal to the letter; a missing header counts as empty."""
        german: Headers = {"Accept-Language": ["de"], "X-Tenant": ["a"]}
        table: list[tuple[str, Headers, Headers, bool]] = [
            ("", {}, german, True),
            ("Accept-Language", {}, {}, True),
            ("Accept-Language", {}, {"Accept-Language": [""]}, True),
            ("Accept-Language", german, german, True),
            ("accept-language", german, german, True),
            ("Accept-Language", german, {}, False),
            ("Accept-Language", german, {"Accept-Language": ["DE"]}, False),
            ("Accept-Language", german, {"Accept-Language": ["de", "fr"]}, True),
            ("Accept-Language, X-Tenant", german, {**german, "X-Tenant": ["b"]}, False),
            ("*", {}, {}, False),
            ("Accept-Language, *", german, german, False),
            (" , ", {}, german, True),
        ]
        for vary, asked_with, now, expected in table:
            with self.subTest(vary=vary, now=now):
                kept = variant([("Vary", vary)] if vary else [], asked_with)
                self.assertIs(fits(kept, now), expected)

    def test_lines(self) -> None:
        """Several lines count as one."""
        kept = variant([("Vary", "A"), ("vary", "B")], {"A": ["1"], "B": ["2"]})
        self.assertEqual(kept, (("A", "1"), ("B", "2")))
