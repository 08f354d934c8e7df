"""
Take a compact token apart: header, payload, signature.

Nothing here believes anything.  A header is checked for what would make it ambiguous or ask
for more than we do: doubled names, critical extensions, an unencoded payload.  Members that
say where a key could be found (``jku``, ``x5u``, ``x5c``, ``jwk``) are never followed.

The JSON serialisation, which the original accepts, is refused: no known client uses it.

Source: RFC 7515, RFC 7797; conformance case ``token-sources``.
"""

from __future__ import annotations

from attrs import frozen

from gatekeeper.errors import GatekeeperError
from gatekeeper.jose.base64url import decode
from gatekeeper.jose.keys import UnusableKey, read_key
from gatekeeper.jose.strict_json import read_object
from gatekeeper.message import JSON

__all__ = ["MAX_CHARACTERS", "Header", "InvalidToken", "Token", "parse"]

MAX_CHARACTERS = 65536
"""Longer tokens are not looked at.  Real ones have some hundred to some thousand characters."""

_MOST_HEADERS = 256


class InvalidToken(GatekeeperError):
    """A token is not to be believed, and why."""


@frozen
class Header:
    """
    What a token says of its signature.

    Attributes:
        kid: "" when it names no key.
        x5t, x5t_s256: None when it names no thumbprint.
    """

    algorithm: str
    kid: str
    x5t: str | None
    x5t_s256: str | None


@frozen
class Token:
    """
    A token in its parts, none of which is verified.

    Attributes:
        signed: What the signature is about.
    """

    header: Header
    payload: bytes
    signature: bytes
    signed: bytes


def parse(text: str) -> Token:
    """
    Take a token apart.

    Args:
        text: Without white space.

    Raises:
        InvalidToken: It has not the form of a token.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidToken(f"the token has more than {MAX_CHARACTERS} characters")
    if text.count(".") != 2 or not text.isascii():
        raise InvalidToken("expected three parts of base64url with dots between them")
    signed, _, signature = text.encode("ascii").rpartition(b".")
    if b"=" in signed:  # what is signed is without padding, whoever added it
        signed = b".".join(part.rstrip(b"=") for part in signed.split(b"."))
    header, _, payload = signed.partition(b".")
    try:
        return Token(_header(header), decode(payload), decode(signature), signed)
    except ValueError as error:
        raise InvalidToken(f"a part of the token is {error}") from error


_headers: dict[bytes, Header] = {}
"""Headers that were read before: those of one issuer are all the same."""


def _header(encoded: bytes) -> Header:
    header = _headers.get(encoded)
    if header is None:
        header = _read_header(encoded)
        if len(_headers) >= _MOST_HEADERS:  # they come from strangers: never an endless table
            _headers.clear()
        if len(encoded) <= 1024:
            _headers[encoded] = header
    return header


def _read_header(encoded: bytes) -> Header:
    try:
        members = read_object(decode(encoded))
    except ValueError as error:
        raise InvalidToken("the header of the token is no JSON object") from error
    _check_extensions(members)
    return Header(
        algorithm=_text(members, "alg"),
        kid=_text(members, "kid"),
        x5t=_thumbprint(members, "x5t"),
        x5t_s256=_thumbprint(members, "x5t#S256"),
    )


def _check_extensions(members: dict[str, JSON]) -> None:
    if "crit" in members and not _is_known(members["crit"]):
        raise InvalidToken("the token needs an extension that is not supported (crit)")
    if members.get("b64", True) is not True:
        raise InvalidToken("the payload of the token is not encoded (b64)")
    if members.get("jwk") is not None:
        _check_embedded(members["jwk"])


def _check_embedded(jwk: JSON) -> None:
    """Refuse a key that is not public before it is read, since that would take long."""
    if not isinstance(jwk, dict) or "d" in jwk or "k" in jwk:
        raise InvalidToken("the token carries a key that is not public")
    try:
        read_key(jwk)
    except UnusableKey as error:
        raise InvalidToken(f"the token carries {error}") from error


def _is_known(critical: JSON) -> bool:
    return isinstance(critical, list) and critical != [] and all(it == "b64" for it in critical)


def _text(members: dict[str, JSON], name: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidToken(f'"{name}" in the header of the token is no text')
    return value


def _thumbprint(members: dict[str, JSON], name: str) -> str | None:
    """Give a thumbprint; the original takes what is no text for none at all."""
    value = members.get(name)
    return value if isinstance(value, str) else None
