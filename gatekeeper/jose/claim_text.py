"""
Write claims as text, for headers and URLs.

Every number of a token is a double, and is written as one.

Source: KrakenD's behaviour, conformance case ``propagate-claims``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatekeeper.encoding.json import dumps
from gatekeeper.encoding.text import as_go_value
from gatekeeper.message import JSON, Double

__all__ = [
    "as_doubles",
    "claim_text",
    "claim_texts",
    "header_value",
    "required_claims",
    "url_value",
]

_WHOLE = 1e-6
_LEAST_INTEGER = -(2**63)

_PLACEHOLDER = re.compile(r"\{\{\.JWT\.([^{}]*)\}\}")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f?#]")


def as_doubles(value: JSON) -> JSON:
    """Copy a value with doubles for all numbers."""
    if isinstance(value, dict):
        return {name: as_doubles(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_doubles(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Double(value)
    return value


def claim_text(value: JSON) -> str:
    """Write a claim: lists are joined with commas, objects are JSON."""
    if isinstance(value, list):
        return ",".join(_elements(value))
    return _single(value)


def claim_texts(value: JSON) -> Sequence[str]:
    """Write a claim, the elements of a list apart."""
    return _elements(value) if isinstance(value, list) else [_single(value)]


def header_value(text: str) -> str:
    """Spell a text as the value of a header: one character for each byte of UTF-8."""
    return text if text.isascii() else text.encode("utf-8").decode("latin-1")


def url_value(text: str) -> str:
    """
    Make a text safe for a path or a query, in which it must stay one part of it.

    ``/`` and ``,`` stay; what would begin a query or a fragment, and controls, do not.
    """
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text)


def required_claims(patterns: Sequence[str]) -> Sequence[str]:
    """Name the claims that URL patterns of backends have placeholders for."""
    return tuple(dict.fromkeys(name for text in patterns for name in _PLACEHOLDER.findall(text)))


def _single(value: JSON) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(float(value))
    return dumps(as_doubles(value)).decode()


def _number(value: float) -> str:
    """Write a number as an integer where it is nearly one, else with six decimals."""
    nearest = round(value)
    if abs(value - nearest) > _WHOLE:
        return f"{value:.6f}"
    # Go's conversion of a double that is too large for 64 bits
    return str(nearest if abs(value) < 2**63 else _LEAST_INTEGER)


def _elements(items: Sequence[JSON]) -> Sequence[str]:
    return [as_go_value(as_doubles(item)) for item in items]
