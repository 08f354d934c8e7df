"""
Read what a token server answered.

Source: RFC 6749, sections 5.1 and 5.2; specification of authentication, section 4.2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from attrs import field, frozen

from gatekeeper.config.secrets import without_secrets
from gatekeeper.encoding.decoders import decoder
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON
from gatekeeper.oauth2.errors import NoToken

__all__ = ["Token", "TokenAnswer", "read_token"]

_FORMS = frozenset({"application/x-www-form-urlencoded", "text/plain"})
_OBJECT = decoder("json", False)
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_SENDABLE = re.compile(r"[!-~]+(?: [!-~]+)*")
_LONGEST_S = 2**31 - 1
_SHOWN = 400
"""Characters of an unusable answer that are told."""

_TYPES = {"": "Bearer", "bearer": "Bearer", "mac": "MAC", "basic": "Basic"}
_TEXTS = ("access_token", "token_type", "error", "error_description", "error_uri")


@frozen
class TokenAnswer:
    """
    An answer, read to its end.

    Attributes:
        status: The code and the words beside it, e.g. ``400 Bad Request``.
        content_type: As received; "" when there was none.
    """

    code: int
    status: str
    content_type: str
    body: bytes = field(repr=False)


@frozen
class Token:
    """
    A token that can be used.

    Attributes:
        authorization: What stands in the header of that name.
        lifetime_s: From now on; None is for ever.
    """

    authorization: str = field(repr=False)
    lifetime_s: float | None


def read_token(answer: TokenAnswer) -> Token:
    """
    Take the token out of an answer.

    Raises:
        NoToken: There is none.  The text may hold what the server said, unfiltered.
    """
    refused = not 200 <= answer.code <= 299
    try:
        found = _members(answer)
    except NoToken:
        if refused:
            raise _refusal(answer) from None
        raise
    if found["error"]:
        details = [found["error"], found["error_description"], found["error_uri"]]
        raise NoToken("oauth2: " + " ".join(_quoted(str(one)) for one in details if one))
    if refused:
        raise _refusal(answer)
    if not found["access_token"]:
        raise NoToken("oauth2: server response missing access_token")
    kind = str(found["token_type"])
    authorization = f"{_TYPES.get(kind.lower(), kind)} {found['access_token']}"
    if not _SENDABLE.fullmatch(authorization):
        raise NoToken("oauth2: the token has characters that cannot stand in a header")
    lifetime = int(found["expires_in"])
    return Token(authorization, min(lifetime, _LONGEST_S) if lifetime else None)


def _members(answer: TokenAnswer) -> Mapping[str, JSON]:
    """Give texts, and ``expires_in`` as a number; what is not there is empty or 0."""
    if answer.content_type.partition(";")[0].strip().lower() in _FORMS:
        return _form(answer.body)
    try:
        data = _OBJECT(answer.body) or {}
    except DecodeError as error:
        raise NoToken(f"oauth2: cannot parse json: {error}") from error
    found: dict[str, JSON] = {name: data.get(name) or "" for name in _TEXTS}
    for name, value in found.items():
        if type(value) is not str:
            raise NoToken(f"oauth2: cannot parse json: {name} is no text")
    lifetime = data.get("expires_in")
    text = "0" if lifetime is None else str(lifetime)
    if not _WHOLE.fullmatch(text):
        raise NoToken("oauth2: cannot parse json: expires_in is no whole number")
    return {**found, "expires_in": text}


def _form(body: bytes) -> Mapping[str, JSON]:
    try:
        fields = dict(reversed(parse_qsl(body.decode("utf-8"), keep_blank_values=True)))
    except ValueError as error:
        raise NoToken("oauth2: cannot parse response: it is no form") from error
    lifetime = fields.get("expires_in", "")
    whole = lifetime if _WHOLE.fullmatch(lifetime) else "0"
    return {**{name: fields.get(name, "") for name in _TEXTS}, "expires_in": whole}


def _refusal(answer: TokenAnswer) -> NoToken:
    said = answer.body.decode("utf-8", "replace")
    shown = said if len(said) <= _SHOWN else said[:_SHOWN] + "..."
    return NoToken(
        f"oauth2: cannot fetch token: {answer.status}\nResponse: {without_secrets(shown)}"
    )


def _quoted(text: str) -> str:
    return json.dumps(text[:_SHOWN], ensure_ascii=False)
