"""Tests of `gatekeeper.jose.claims`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.claims import Expected, read_claims
from gatekeeper.jose.token import InvalidToken
from tests.jose.tokens import JSON, NOW, compact


class ClaimsTests(SynchronousTestCase):
    """What registered claims must be."""

    def read(self, claims: JSON) -> None:
        read_claims(compact(claims).encode())

    def refused(self, claims: JSON) -> None:
        self.assertRaises(InvalidToken, self.read, claims)

    def timed(self, claims: JSON, leeway_s: float = 1.0, now: float = NOW) -> None:
        read_claims(compact(claims).encode()).check_time(now, leeway_s)

    def test_types(self) -> None:
        """Texts, lists of texts and numbers in their places; null is nothing."""
        for name in ("iss", "sub", "jti"):
            self.read({name: "a"})
            self.read({name: None})
            for wrong in (5, ["a"], {}, True):
                self.refused({name: wrong})
        for right in ("a", ["a", "b"], [], None):
            self.read({"aud": right})
        for wrong in (5, ["a", 5], ["a", None], {"a": 1}, True):
            self.refused({"aud": wrong})
        for name in ("exp", "nbf", "iat"):
            self.read({name: None})
            for wrong in ("1999999999", [1], {}, True, False):
                self.refused({name: wrong})

    def test_payloads(self) -> None:
        """An object whose names stand once."""
        for payload in ("[1]", "null", '"a"', "", "{", '{"sub":"a","sub":"b"}'):
            self.refused(payload)
        self.read("{}")

    def test_impossible_times(self) -> None:
        """No infinity, nothing beyond 64 bits, in any claim."""
        for name in ("exp", "nbf", "iat"):
            for text in ("1e999", "-1e999", "NaN", "Infinity", "1e300", "-1e300", "9" * 400):
                self.refused(f'{{"{name}":{text}}}')
            self.refused({name: 2**63})
            self.refused({name: -(2**63)})

    def test_expiry(self) -> None:
        """Accepted up to and with the leeway; fractions of the claim are cut off."""
        self.timed({})
        for exp in (NOW + 60.9, NOW, NOW - 1, 10**15):
            self.timed({"exp": exp})
        self.timed({"exp": NOW + 0.9}, now=NOW + 1)
        for exp in (NOW - 2, 0, -5, -1e15):
            self.assertRaises(InvalidToken, self.timed, {"exp": exp})
        self.assertRaises(InvalidToken, self.timed, {"exp": NOW + 0.9}, 1.0, NOW + 1.5)
        self.timed({"exp": NOW - 5}, leeway_s=10)

    def test_not_yet(self) -> None:
        """Neither before its time nor before it was issued."""
        for name in ("nbf", "iat"):
            for time in (NOW, NOW + 1, NOW - 1000, -5, 0):
                self.timed({name: time})
            for time in (NOW + 5, 1e18):
                self.assertRaises(InvalidToken, self.timed, {name: time})
            self.timed({name: NOW + 5}, leeway_s=5)

    def test_expected(self) -> None:
        """The issuer exactly, every configured audience."""
        both = Expected("me", ("a", "b"))
        good = read_claims(b'{"iss":"me","aud":["c","b","a"]}')
        both.check(good)
        Expected().check(read_claims(b"{}"))
        for payload in (
            b"{}",
            b'{"iss":"ME","aud":["a","b"]}',
            b'{"iss":"me","aud":"a"}',
            b'{"iss":"me","aud":"a b"}',
            b'{"aud":["a","b"]}',
        ):
            self.assertRaises(InvalidToken, both.check, read_claims(payload))
