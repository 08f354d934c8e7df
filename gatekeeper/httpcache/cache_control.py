"""
Read ``Cache-Control``, exactly as loosely and as strictly as the original.

Only the first header line counts.  Names are compared with their letter case, so
``Max-Age=60`` means nothing; a quoted number is none.

Source: specification of cached backends, section 3; conformance case ``caching/freshness``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from gatekeeper.message import Headers, Lines
from gatekeeper.units import duration

__all__ = ["NONE", "Directives", "asked", "is_private", "parse", "seconds"]

Directives: TypeAlias = Mapping[str, str]
"""Names to values; "" for a directive without one."""

NONE: Final[Directives] = {}


def parse(text: str) -> Directives:
    """Take a header's value apart; of two directives with one name the later counts."""
    directives: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = part.strip(" ").partition("=")
        if name:
            directives[name.strip(" ")] = value.partition("=")[0]
    return directives


def asked(headers: Headers) -> Directives:
    """Read the directives of a request; canonical names."""
    values = headers.get("Cache-Control")
    return parse(values[0]) if values else NONE


def seconds(text: str) -> float | None:
    """
    Read a number of seconds; None when it is none.

    The original reads it as Go reads a duration with an ``s`` behind it.
    """
    try:
        return duration(text + "s")
    except ValueError:
        return None


def is_private(headers: Lines) -> bool:
    """
    Tell whether an answer is meant for one user.

    This is a protection of ours, so it looks at every line and at any letter case.
    """
    return any(
        name.lower() == "private" for line in _lines(headers) for name in parse(line.lower())
    )


def _lines(headers: Lines) -> list[str]:
    return [value for name, value in headers if name.lower() == "cache-control"]
