"""
Judge what a token says: the registered claims, and the time.

A claim that is null counts as absent.  A token without ``exp`` never expires: kept for
compatibility with the conformance case ``registered-claims``.

Source: RFC 7519, section 4.1; KrakenD documentation, "JWT validation".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from attrs import frozen

from gatekeeper.jose.strict_json import read_object
from gatekeeper.jose.token import InvalidToken
from gatekeeper.message import JSON

__all__ = ["Claims", "Expected", "read_claims"]

_TOO_LARGE = 2.0**63


@frozen
class Claims:
    """
    What a token says.

    Attributes:
        members: Everything, as it stands there.  Shared between requests: never changed.
        issuer: "" when there is none.
        expires, not_before, issued: Whole seconds since 1970, or None.
    """

    members: Mapping[str, JSON]
    issuer: str
    audience: Sequence[str]
    expires: int | None
    not_before: int | None
    issued: int | None

    def check_time(self, now: float, leeway_s: float) -> None:
        """
        Refuse a token outside of its time.

        Raises:
            InvalidToken: It is too early or too late for it.
        """
        if self.not_before is not None and now + leeway_s < self.not_before:
            raise InvalidToken("the token is not valid yet (nbf)")
        if self.expires is not None and now - leeway_s > self.expires:
            raise InvalidToken("the token is expired (exp)")
        if self.issued is not None and now + leeway_s < self.issued:
            raise InvalidToken("the token is issued in the future (iat)")


@frozen
class Expected:
    """
    What tokens must say besides.

    Attributes:
        issuer: Exactly; "" is any.
        audience: All of them must be named; empty is any.
    """

    issuer: str = ""
    audience: Sequence[str] = ()

    def check(self, claims: Claims) -> None:
        """
        Refuse a token of somebody else, or for somebody else.

        Raises:
            InvalidToken: It says something else.
        """
        if self.issuer and self.issuer != claims.issuer:
            raise InvalidToken("the issuer of the token is not the configured one (iss)")
        for name in self.audience:
            if name not in claims.audience:
                raise InvalidToken("the token is not meant for this audience (aud)")


def read_claims(payload: bytes) -> Claims:
    """
    Read the payload of a token.

    Raises:
        InvalidToken: It is no JSON object, or a registered claim has a wrong type.
    """
    try:
        members = read_object(payload)
    except ValueError as error:
        raise InvalidToken("the payload of the token is no JSON object") from error
    for name in ("sub", "jti"):
        _text(members, name)
    return Claims(
        members,
        _text(members, "iss"),
        _audience(members),
        _seconds(members, "exp"),
        _seconds(members, "nbf"),
        _seconds(members, "iat"),
    )


def _text(members: Mapping[str, JSON], name: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if type(value) is not str:
        raise InvalidToken(f'the claim "{name}" is no text')
    return value


def _audience(members: Mapping[str, JSON]) -> Sequence[str]:
    value = members.get("aud")
    if value is None:
        return ()
    if type(value) is str:
        return (value,)
    if type(value) is not list or any(type(item) is not str for item in value):
        raise InvalidToken('the claim "aud" is neither text nor a list of texts')
    return tuple(value)


def _seconds(members: Mapping[str, JSON], name: str) -> int | None:
    """Read a time; fractions are cut off."""
    value = members.get(name)
    if value is None:
        return None
    if type(value) is not int and type(value) is not float:
        raise InvalidToken(f'the claim "{name}" is no number')
    if not math.isfinite(value) or abs(value) >= _TOO_LARGE:
        raise InvalidToken(f'the claim "{name}" is no possible time')
    return int(value)
