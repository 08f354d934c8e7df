"""Tests of `gatekeeper.jose.extract`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.extract import extractor, extractor_of_version_2
from gatekeeper.message import Headers


class ExtractTests(SynchronousTestCase):
    """Where tokens are: case ``token-sources``."""

    def test_header(self) -> None:
        """The scheme may be missing, in any case; another one is part of a bad token."""
        extract = extractor("Authorization", "access_token")
        for value, text in (
            ("Bearer abc", "abc"),
            ("bEaReR abc", "abc"),
            ("Bearer  abc", " abc"),
            ("abc", "abc"),
            ("Bearer", "Bearer"),
            ("Bearer ", "Bearer "),
            ("Basic abc", "Basic abc"),
            ("", None),
        ):
            self.assertEqual(extract({"Authorization": [value]}), text)
        self.assertEqual(extract({"Authorization": ["a", "b"]}), "a")
        self.assertIsNone(extract({}))

    def test_other_names(self) -> None:
        """Header and cookie can be renamed; then the usual ones are not looked at."""
        extract = extractor("x-token", "TK")
        self.assertEqual(extract({"X-Token": ["Bearer abc"]}), "abc")
        self.assertIsNone(extract({"Authorization": ["Bearer abc"]}))
        self.assertEqual(extract({"Cookie": ["TK=abc"]}), "abc")
        self.assertIsNone(extract({"Cookie": ["access_token=abc"]}))

    def test_order(self) -> None:
        """The header decides when there is anything in it."""
        extract = extractor("Authorization", "access_token")
        cookie = ["access_token=abc"]
        self.assertEqual(extract({"Authorization": ["Basic x"], "Cookie": cookie}), "Basic x")
        self.assertEqual(extract({"Authorization": [""], "Cookie": cookie}), "abc")

    def test_cookies(self) -> None:
        """The first of a name, in any line; quotes do not count, impossible values do not."""
        extract = extractor("Authorization", "t")
        for lines, text in (
            (["t=abc"], "abc"),
            (["a=b; t=abc; t=def"], "abc"),
            (["a=b;t=abc"], "abc"),
            (["a=b", "t=abc"], "abc"),
            ([' t="abc" '], "abc"),
            (["t=a=b"], "a=b"),
            (["t="], ""),
            (["t"], None),
            (["T=abc"], None),
            (["tt=abc; x=t=abc"], None),
            (['t=a"b; t=c'], "c"),
            (["t=a\\b"], None),
            (["t=\xe4"], None),
            ([""], None),
        ):
            self.assertEqual(extract({"Cookie": lines}), text, lines)

    def test_version_2(self) -> None:
        """KrakenD 1.x wants the scheme, and otherwise looks for the cookie."""
        extract = extractor_of_version_2("access_token")
        cookie = ["access_token=abc"]
        cases: list[tuple[Headers, str | None]] = [
            ({"Authorization": ["bearer abc"]}, "abc"),
            ({"Authorization": ["abc"]}, None),
            ({"Authorization": ["Basic x"], "Cookie": cookie}, "abc"),
            ({"Authorization": ["Bearer x"], "Cookie": cookie}, "x"),
            ({}, None),
        ]
        for headers, text in cases:
            self.assertEqual(extract(headers), text)
