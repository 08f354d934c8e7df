"""
Read the query of a request, as Go's ``net/url`` does, and keep what may be forwarded.

Pairs with a semicolon or a broken escape are dropped: what was not understood is not
passed on.

Source: KrakenD documentation, "Parameter forwarding"; kept for compatibility with the
conformance case ``query-forwarding``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from gatekeeper.web.paths import text

__all__ = ["KeepQuery", "keep_query", "parse_query"]

KeepQuery: TypeAlias = Callable[[str], dict[str, list[str]]]
"""Takes a raw query; gives decoded names with their values in order of arrival."""

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def keep_query(allowed: Sequence[str]) -> KeepQuery | None:
    """Compile a list of names; None when nothing is allowed."""
    if not allowed:
        return None
    if "*" in allowed:
        return parse_query
    names = frozenset(allowed)

    def keep(raw: str) -> dict[str, list[str]]:
        found = parse_query(raw)
        return {name: values for name, values in found.items() if name in names}

    return keep


def parse_query(raw: str) -> dict[str, list[str]]:
    """Read all pairs of a query."""
    found: dict[str, list[str]] = {}
    if not raw:
        return found
    for pair in raw.split("&"):
        if not pair or ";" in pair or _BAD_ESCAPE.search(pair):
            continue
        name, _, value = pair.partition("=")
        found.setdefault(_decoded(name), []).append(_decoded(value))
    return found


def _decoded(raw: str) -> str:
    if "+" in raw:
        raw = raw.replace("+", " ")
    if "%" not in raw:
        return text(raw)
    return unquote_to_bytes(raw.encode("latin-1")).decode("utf-8", "surrogateescape")
