"""
Make tokens.

Source: RFC 7515, section 3; KrakenD documentation, "JWT signing"; conformance case ``signer``.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from gatekeeper.encoding.json import dumps
from gatekeeper.errors import GatekeeperError
from gatekeeper.jose.algorithms import ALGORITHMS, Sign
from gatekeeper.jose.base64url import encode
from gatekeeper.jose.keys import Key
from gatekeeper.message import JSON

__all__ = ["SigningKey", "UnsuitableKey", "signing_key"]


class UnsuitableKey(GatekeeperError):
    """There is no key that could sign as configured."""


@frozen
class SigningKey:
    """
    A key, and everything about a token that is known before its claims are.

    Attributes:
        protected: The header, encoded.
    """

    protected: str
    sign: Sign

    def token(self, claims: JSON, is_full: bool) -> str:
        """
        Sign an object.

        Args:
            is_full: Write the token as a JSON text instead of compactly.
        """
        payload = encode(dumps(claims))
        signature = encode(self.sign(f"{self.protected}.{payload}".encode("ascii")))
        if not is_full:
            return f"{self.protected}.{payload}.{signature}"
        parts = {"payload": payload, "protected": self.protected, "signature": signature}
        return dumps(parts).decode("ascii")


def signing_key(keys: Sequence[Key], kid: str, algorithm: str, typ: str) -> SigningKey:
    """
    Choose the key and prepare it.  Of two with the same name the last one counts.

    Raises:
        UnsuitableKey: The algorithm does not exist, or there is no key of that name, or it
            is for something else or only public.
    """
    chosen = {key.kid: key for key in keys}.get(kid)
    if chosen is None:
        raise UnsuitableKey("no Keys have been found")
    known = ALGORITHMS.get(algorithm)
    if known is None:
        raise UnsuitableKey(f"unknown algorithm {algorithm}")
    sign = known.signer(chosen.material)
    if sign is None:
        raise UnsuitableKey(f'the key "{kid}" cannot sign with {algorithm}')
    header = dumps({"alg": algorithm, "kid": kid, "typ": typ})
    return SigningKey(encode(header), sign)
