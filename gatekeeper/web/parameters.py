"""
Refuse path parameters that would change their meaning in a backend's URL.

A value was decoded once.  If decoding it again gives something else, or it holds ``?`` or
``#``, a client could smuggle a query or another path into the backend's URL.

Source: KrakenD documentation, "Router options", ``disable_path_decoding``; kept for
compatibility with the conformance case ``routing-params``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gatekeeper.quoting import quoted

__all__ = ["leaves_its_place", "reason_to_refuse"]

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_DOTS = re.compile(r"(?:^|\\)\.{1,2}(?:;[^\\]*)?(?:\\|$)")
"""A step to another folder, as backends of several kinds understand it."""


def reason_to_refuse(values: Sequence[str]) -> str:
    """Say what is wrong with the first bad value, in the original's words; "" if nothing is."""
    for value in values:
        if "%" in value:
            return _escaped(value)
        if "?" in value or "#" in value:
            return "error: encoded url params"
    return ""


def leaves_its_place(values: Sequence[str]) -> bool:
    """
    Tell whether a value would lead a backend to another path than its pattern's.

    The original passes ``..`` on: ``/users/{id}/orders`` becomes ``/users/../orders``.
    """
    return any("." in value and _DOTS.search(value) is not None for value in values)


def _escaped(value: str) -> str:
    """A percent sign in a decoded value is wrong in any case."""
    raw = value.encode("utf-8", "surrogateescape")
    bad = _BAD_ESCAPE.search(raw)
    if bad is None:
        return "error: encoded url params"
    escape = raw[bad.start() : bad.start() + 3].decode("utf-8", "surrogateescape")
    return f"error: invalid URL escape {quoted(escape)}"
