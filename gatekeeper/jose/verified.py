"""
Remember tokens whose signature was verified, so that it is not done again for each request.

What is remembered is only this: that this very text was signed by this very key, and what
it says.  The caller still asks whether the key is kept, looks at the clock and asks for
revocation, each time (docs/decisions/0026-verified-tokens.md).

Only good tokens come in, so strangers cannot fill it.  There are two generations: when the
young one is full it becomes the old one, and what is used again moves back.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.jose.claims import Claims
from gatekeeper.jose.keys import Key
from gatekeeper.jose.token import Header

__all__ = ["Verified", "VerifiedTokens"]

MOST_CHARACTERS = 1 << 20
"""Of one generation: about 1500 tokens of 700 characters."""

LONGEST = 4096
"""Longer tokens are verified each time."""


@frozen
class Verified:
    """
    A token whose signature is good.

    Attributes:
        key: What it was verified with, by the algorithm that the header names.
    """

    header: Header
    key: Key
    claims: Claims


class VerifiedTokens:
    """Tokens by their full text."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most = most_characters
        self._young: dict[str, Verified] = {}
        self._old: dict[str, Verified] = {}
        self._characters = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def find(self, text: str) -> Verified | None:
        """Give what is known of a token, or None."""
        found = self._young.get(text)
        if found is None:
            found = self._old.pop(text, None)
            if found is not None:
                self.add(text, found)
        return found

    def add(self, text: str, verified: Verified) -> None:
        """Remember a token, or know it better."""
        if len(text) > LONGEST:
            return
        if text not in self._young:
            if self._characters + len(text) > self._most:
                self._old, self._young, self._characters = self._young, {}, 0
            self._characters += len(text)
        self._young[text] = verified
        self._old.pop(text, None)
