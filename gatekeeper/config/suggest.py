"""Guess what somebody meant: a key that is nearly right, a duration with a wrong unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

__all__ = ["close_to", "duration_like", "is_comment"]

_DURATION = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*([a-zµ]*)\.?\s*", re.IGNORECASE)
_UNITS = {
    "": "s",
    "ms": "ms",
    "msec": "ms",
    "millis": "ms",
    "millisecond": "ms",
    "s": "s",
    "sec": "s",
    "second": "s",
    "m": "m",
    "min": "m",
    "minute": "m",
    "h": "h",
    "hr": "h",
    "hour": "h",
}
_DAYS = ("d", "day")
_COMMENTS = ("@", "$", "_", "#")


def is_comment(key: str) -> bool:
    """
    Tell whether a key is a note to people, which nobody shall be warned about.

    Source: KrakenD documentation, "Configuration file structure".
    """
    return key.startswith(_COMMENTS)


def close_to(name: str, known: Iterable[str], similarity: float = 0.8) -> str:
    """Give the known name that is nearly `name`, or ""; a similarity of 1 is equal."""
    return _close(name, tuple(known), similarity)


@lru_cache(maxsize=1024)
def _close(name: str, known: tuple[str, ...], similarity: float) -> str:
    if len(name) > 100:
        return ""
    plain = name.lower() if "/" in name else name.lower().replace("-", "_").replace(" ", "_")
    matches = get_close_matches(plain, known, n=1, cutoff=similarity)
    return matches[0] if matches else ""


def duration_like(text: str) -> str:
    """Write a duration with Go's units: ``"2 sec"`` is meant to be ``"2s"``; "" if unclear."""
    match = _DURATION.fullmatch(text[:40])
    if match is None:
        return ""
    number, unit = match[1], match[2].lower()
    singular = unit.removesuffix("s") if len(unit) > 2 else unit
    if singular in _DAYS and "." not in number:
        return f'"{int(number) * 24}h"'
    known = _UNITS.get(singular) or _UNITS.get(unit)
    return f'"{number}{known}"' if known else ""
