"""
Read a JSON object in which every name stands once.

Two readers that disagree about a doubled name would see two different tokens.  orjson keeps
the last one silently, so what it read is printed again: when that gives the same bytes,
nothing was dropped.  That is the usual case, since issuers write compactly.  Otherwise the
standard library looks at every pair.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from gatekeeper.message import JSON

__all__ = ["read_object"]


def read_object(data: bytes) -> dict[str, JSON]:
    """
    Read an object.

    Raises:
        ValueError: It is no JSON, no object, nested too deeply, or has a name twice.
    """
    value = orjson.loads(data)
    if type(value) is not dict:
        raise ValueError("not an object")
    try:
        printed = orjson.dumps(value)
    except TypeError as error:  # printing ends at 254 levels, long before Python's own limit
        raise ValueError("nested too deeply") from error
    if printed != data:
        _EVERY_PAIR.decode(data.decode())
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice in one object")


def _skipped(_digits: str) -> None:
    """Leave numbers alone: reading one of very many digits takes long."""


_EVERY_PAIR = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_skipped)
