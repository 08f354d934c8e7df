"""
Find the token in a request: in a header, then in a cookie.

The first place where anything stands decides; a malformed value is not passed over for a good
one elsewhere.

Source: KrakenD documentation, "JWT validation"; conformance case ``token-sources``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from gatekeeper.message import Headers, canonical

__all__ = ["DEFAULT_COOKIE", "DEFAULT_HEADER", "Extract", "extractor", "extractor_of_version_2"]

DEFAULT_HEADER = "Authorization"
DEFAULT_COOKIE = "access_token"

Extract: TypeAlias = Callable[[Headers], str | None]
"""Gives the text of a token, or None."""

_VALUE = re.compile(r"[\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*")


def extractor(header: str, cookie: str) -> Extract:
    """
    Make a function that looks into a header and a cookie.

    The scheme ``Bearer`` may be missing; any other one is part of a malformed token.
    """
    header = canonical(header)

    def extract(headers: Headers) -> str | None:
        values = headers.get(header)
        if values:
            text = values[0]
            if len(text) > 7 and text[:7].lower() == "bearer ":
                text = text[7:]
            if text:
                return text
        return _cookie(headers, cookie) if "Cookie" in headers else None

    return extract


def extractor_of_version_2(cookie: str) -> Extract:
    """Make the same as KrakenD 1.x: without ``Bearer`` there is nothing in the header."""

    def extract(headers: Headers) -> str | None:
        values = headers.get(DEFAULT_HEADER)
        if values and len(values[0]) > 7 and values[0][:7].lower() == "bearer ":
            return values[0][7:]
        return _cookie(headers, cookie) if "Cookie" in headers else None

    return extract


def _cookie(headers: Headers, wanted: str) -> str | None:
    """Give the first cookie of a name, as Go's ``Request.Cookie`` does."""
    for line in headers["Cookie"]:
        for part in line.split(";"):
            name, equals, value = part.strip(" \t").partition("=")
            if equals and name.rstrip(" \t") == wanted:
                if len(value) > 1 and value[0] == '"' == value[-1]:
                    value = value[1:-1]
                if _VALUE.fullmatch(value):
                    return value
    return None
