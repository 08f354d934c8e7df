"""
Say which key of a set a token means.

A strategy gives a token and a key the same identifier when they belong together.

Source: KrakenD's behaviour (``key_identify_strategy``), conformance case
``key-identification``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import frozen

from gatekeeper.jose.base64url import encode
from gatekeeper.jose.keys import Key
from gatekeeper.jose.token import Header

__all__ = ["STRATEGIES", "Strategy"]


@frozen
class Strategy:
    """
    How identifiers are made.

    Attributes:
        of_token: From a header.  A token without thumbprint gives its ``kid``, which no
            thumbprint equals.
        of_key: From a key; "" when it has nothing to be identified by.
    """

    name: str
    of_token: Callable[[Header], str]
    of_key: Callable[[Key], str]


def _x5t(header: Header) -> str:
    return header.kid if header.x5t is None else header.x5t


def _x5t_s256(header: Header) -> str:
    return header.kid if header.x5t_s256 is None else header.x5t_s256


STRATEGIES: Mapping[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("kid", lambda header: header.kid, lambda key: key.kid),
        Strategy("x5t", _x5t, lambda key: encode(key.x5t)),
        Strategy("x5t#S256", _x5t_s256, lambda key: encode(key.x5t_s256)),
        Strategy(
            "kid_x5t",
            lambda header: header.kid + _x5t(header),
            lambda key: key.kid + encode(key.x5t),
        ),
    )
}
"""By name; an unknown name means ``kid``."""
