"""
Read the body of a request as one JSON value, for validation.

Numbers become integers and doubles, of equal names the last one wins, and what is no text
becomes U+FFFD.  Mistakes are told in the words of Go's decoder.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import orjson

from gatekeeper.encoding.json_errors import quoted, syntax_error
from gatekeeper.errors import GatekeeperError
from gatekeeper.message import JSON

__all__ = ["Malformed", "read_document"]

_WHITE = " \t\r\n"
_SURROGATES = re.compile("[\ud800-\udfff]")
_CUT_SHORT = "unexpected end of JSON input"
_SAFE_DIGITS = 18


class Malformed(GatekeeperError):
    """A body is not one JSON value; the text says why."""


def read_document(body: bytes, *, only_first: bool = False) -> JSON:
    """
    Read a body.

    Args:
        only_first: Ignore what follows the first value, as KrakenD did before 2.13.

    Raises:
        Malformed: It is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_slowly(body, only_first=only_first)


def _read_slowly(body: bytes, *, only_first: bool) -> JSON:
    """Read what the fast reader refuses: perhaps for odd strings or numbers only."""
    text = body.decode("utf-8", "replace")
    start = len(text) - len(text.lstrip(_WHITE))
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise Malformed(_reason(body)) from None
    except RecursionError:
        raise Malformed("exceeded max depth") from None
    rest = text[end:].lstrip(_WHITE)
    if rest and not only_first:
        raise Malformed(f"invalid character {quoted(rest[0])} after top-level value")
    return _clean(value)


def _reason(body: bytes) -> str:
    reason = syntax_error(body, _DECODER)
    return _CUT_SHORT if reason in {"EOF", "unexpected EOF"} else reason


def _clean(value: JSON) -> JSON:
    """Replace halves of surrogate pairs, which no other program would take for text."""
    if isinstance(value, str):
        return _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_SURROGATES.sub("\ufffd", name): _clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _integer(digits: str) -> int | float:
    """Read an integer; a long one as a double, because `int` takes quadratic time."""
    return int(digits) if len(digits) <= _SAFE_DIGITS else _double(digits)


def _double(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise Malformed("json: cannot unmarshal a number into Go value of type float64")
    return value


def _refuse(name: str) -> NoReturn:
    """Python's scanner takes NaN and Infinity for numbers; here they are mistakes."""
    raise json.JSONDecodeError("Expecting value", name, 0)


_DECODER: Any = json.JSONDecoder(
    parse_float=_double, parse_int=_integer, parse_constant=_refuse, strict=True
)
