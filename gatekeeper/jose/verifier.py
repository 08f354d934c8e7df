"""
Turn the text of a token into claims that are true, or refuse it.

The order is that of the original: form, algorithm, key, signature, types of claims, issuer and
audience, time.  The algorithm is the configured one, whatever a token says, so no token
can choose how it is verified.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from attrs import frozen

from gatekeeper.jose.algorithms import Algorithm, Verify
from gatekeeper.jose.claims import Claims, Expected, read_claims
from gatekeeper.jose.identify import Strategy
from gatekeeper.jose.keys import Key
from gatekeeper.jose.rings import KeyRing
from gatekeeper.jose.token import InvalidToken, Token, parse
from gatekeeper.jose.verified import Verified, VerifiedTokens

__all__ = ["Verifier"]


class _Shown(NamedTuple):
    """
    A token whose header was looked at.

    Attributes:
        known: What is remembered of it; otherwise there is a `token`.
        identifier: Of its key.
    """

    text: str
    known: Verified | None
    token: Token | None
    identifier: str


@frozen
class Verifier:
    """
    What one endpoint believes.

    Attributes:
        remembered: Tokens whose signature was verified before.
        epoch: Seconds since 1970.
    """

    algorithm: Algorithm
    strategy: Strategy
    keys: KeyRing
    expected: Expected
    leeway_s: float
    remembered: VerifiedTokens
    epoch: Callable[[], float]

    def at_once(self, text: str) -> Claims | None:
        """
        Give the claims of a token; None when its key is not here, which `claims` waits for.

        Args:
            text: As the client sent it; white space inside of it does not count.

        Raises:
            InvalidToken: It is not to be believed.
        """
        shown = self._read(text)
        key = self.keys.kept(shown.identifier)
        return None if key is None else self._believe(shown, key)

    async def claims(self, text: str) -> Claims:
        """
        Give the claims of a token.

        Raises:
            InvalidToken: It is not to be believed.
        """
        shown = self._read(text)
        key = self.keys.kept(shown.identifier)
        if key is None:
            key = await self.keys.find(shown.identifier)
        return self._believe(shown, key)

    def _read(self, text: str) -> _Shown:
        """Look at the header of a token."""
        if " " in text or "\t" in text:
            text = text.replace(" ", "").replace("\t", "")
        known = self.remembered.find(text)
        token = None
        if known is None:
            token = parse(text)
            header = token.header
        else:
            header = known.header
        if header.algorithm != self.algorithm.name:
            raise InvalidToken("the algorithm of the token is not the configured one")
        return _Shown(text, known, token, self.strategy.of_token(header))

    def _believe(self, shown: _Shown, key: Key) -> Claims:
        """Check everything else."""
        text, known, token, _ = shown
        if known is not None and known.key is key:
            claims = known.claims
        else:
            token = token or parse(text)
            claims = self._verified(token, key)
            self.remembered.add(text, Verified(token.header, key, claims))
        self.expected.check(claims)
        claims.check_time(self.epoch(), self.leeway_s)
        return claims

    def _verified(self, token: Token, key: Key) -> Claims:
        verify = self._verify(key)
        if verify is None:
            raise InvalidToken("the key of the token does not suit the algorithm")
        if not verify(token.signature, token.signed):
            raise InvalidToken("the signature of the token does not match")
        return read_claims(token.payload)

    def _verify(self, key: Key) -> Verify | None:
        """Prepare a key for the algorithm, once."""
        name = self.algorithm.name
        if name not in key.prepared:
            key.prepared[name] = self.algorithm.verifier(key.material)
        verify: Verify | None = key.prepared[name]
        return verify
