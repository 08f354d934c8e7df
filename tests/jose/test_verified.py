"""Tests of `gatekeeper.jose.verified`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.claims import read_claims
from gatekeeper.jose.keys import Key
from gatekeeper.jose.token import Header
from gatekeeper.jose.verified import LONGEST, Verified, VerifiedTokens

ONE = Verified(Header("HS256", "k", None, None), Key("k", b"secret"), read_claims(b"{}"))


class VerifiedTokensTests(SynchronousTestCase):
    """A memory that does not grow."""

    def test_find(self) -> None:
        """What was added is found by its full text."""
        tokens = VerifiedTokens()
        tokens.add("abc", ONE)
        self.assertIs(tokens.find("abc"), ONE)
        self.assertIsNone(tokens.find("abd"))

    def test_size(self) -> None:
        """However many there are, two generations are kept."""
        tokens = VerifiedTokens(most_characters=100)
        for number in range(10_000):
            tokens.add(f"{number:010}", ONE)
        self.assertLessEqual(len(tokens), 20)
        self.assertIs(tokens.find("0000009999"), ONE)
        self.assertIsNone(tokens.find("0000000000"))

    def test_what_is_used_stays(self) -> None:
        """A token that is asked for again and again outlives those that are not."""
        tokens = VerifiedTokens(most_characters=100)
        tokens.add("important!", ONE)
        for number in range(1000):
            tokens.add(f"{number:010}", ONE)
            self.assertIs(tokens.find("important!"), ONE)

    def test_again(self) -> None:
        """Adding the same token again changes what is known, and takes no more room."""
        tokens = VerifiedTokens(most_characters=100)
        other = Verified(ONE.header, Key("k", b"other"), ONE.claims)
        for _ in range(100):
            tokens.add("0123456789", ONE)
            tokens.add("0123456789", other)
        self.assertIs(tokens.find("0123456789"), other)
        self.assertEqual(len(tokens), 1)

    def test_long_tokens(self) -> None:
        """They are not remembered."""
        tokens = VerifiedTokens()
        tokens.add("a" * (LONGEST + 1), ONE)
        self.assertEqual(len(tokens), 0)
