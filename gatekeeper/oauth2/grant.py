"""
Write the request for a token.

Token servers differ in where they want the client's name and secret, and there is no way
to know: in a header, as the standard says, or in the form.  Both can be written here.

Source: RFC 6749, sections 2.3.1 and 4.4.2; specification of authentication, section 4.2.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from enum import Enum
from urllib.parse import quote_plus, urlencode

from attrs import field, frozen

from gatekeeper import PRODUCT
from gatekeeper.oauth2.errors import NoToken

__all__ = ["Grant", "Style", "TokenRequest", "token_request"]


class Style(Enum):
    """Where the client's credentials stand."""

    HEADER = "header"
    FORM = "form"


@frozen
class Grant:
    """
    What a token is asked for with.

    Attributes:
        scopes: One empty text when none is asked for.
        parameters: Further fields of the form; they may replace ``grant_type``.
    """

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str
    scopes: Sequence[str] = ("",)
    parameters: Mapping[str, Sequence[str]] = field(factory=dict)


@frozen
class TokenRequest:
    """A POST to the token server."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def token_request(grant: Grant, style: Style) -> TokenRequest:
    """
    Write it in one of the styles; fields are sorted by name.

    Raises:
        NoToken: The parameters have a field that is ours.
    """
    form: dict[str, Sequence[str]] = {
        "grant_type": ["client_credentials"],
        "scope": [" ".join(grant.scopes)],
    }
    if "scope" in grant.parameters:
        raise NoToken('oauth2: cannot overwrite parameter "scope"')
    form.update(grant.parameters)
    headers = {"User-Agent": PRODUCT, "Content-Type": "application/x-www-form-urlencoded"}
    if style is Style.HEADER:
        headers["Authorization"] = _basic(grant.client_id, grant.client_secret)
    else:
        own = {"client_id": grant.client_id, "client_secret": grant.client_secret}
        form.update({name: [value] for name, value in own.items() if value})
    return TokenRequest(headers, urlencode(sorted(form.items()), doseq=True).encode("ascii"))


def _basic(name: str, secret: str) -> str:
    """Escape both, as the standard wants it and few others do."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return "Basic " + b64encode(pair.encode("ascii")).decode("ascii")
