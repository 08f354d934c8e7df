"""
For which other requests an answer is good: ``Vary``.

There is one entry for each key: another variant takes its place (kept for compatibility,
conformance case ``caching/vary``).  ``Vary: *`` matches no request (RFC 9111, section 4.1;
the original takes it for the name of a header).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gatekeeper.message import Headers, Lines, canonical

__all__ = ["Variant", "fits", "variant"]

Variant: TypeAlias = Sequence[tuple[str, str]]
"""Canonical names, and the first value that the request had, or ""."""


def variant(lines: Lines, asked_with: Headers) -> Variant | None:
    """Remember what an answer depends on; None when that cannot be known."""
    names = _names(lines)
    if "*" in names:
        return None
    return tuple((name, _value(asked_with, name)) for name in names)


def fits(remembered: Variant | None, headers: Headers) -> bool:
    """Tell whether a request is of the kind that an answer was made for."""
    if not remembered:
        return remembered is not None
    return all(_value(headers, name) == value for name, value in remembered)


def _names(lines: Lines) -> list[str]:
    values = [value for name, value in lines if name.lower() == "vary"]
    names = (name.strip() for value in values for name in value.split(","))
    return [canonical(name) for name in names if name]


def _value(headers: Headers, name: str) -> str:
    values = headers.get(name)
    return values[0] if values else ""
