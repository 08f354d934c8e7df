"""Write values as text the way Go's formatting does."""

from __future__ import annotations

import math
from typing import Final

import orjson

from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import JSON

__all__ = ["as_go_value", "as_text", "double_as_json", "double_as_text", "number_as_text"]

_MOST_WHOLE_DIGITS: Final = 6
_SPECIAL: Final = {math.inf: "+Inf", -math.inf: "-Inf"}


def as_text(value: JSON) -> str:
    """
    Write the value of a sequential parameter.

    Lists are joined with commas at the top only; what is nested looks as Go prints it:
    ``1,b,<nil>,map[k:1],[3 4]``.

    Source: KrakenD's behaviour, conformance case ``sequential-values``.
    """
    if isinstance(value, list):
        return ",".join(as_go_value(item) for item in value)
    return as_go_value(value)


def number_as_text(value: float) -> str:
    """Write a number of a backend as the backend spelled it, or one of our own as Go does."""
    if type(value) is float:
        return orjson.dumps(value).decode()
    if isinstance(value, float):
        return double_as_text(value)
    return str(int(value))


def double_as_text(value: float) -> str:
    """
    Write a double in its shortest form: ``100000``, ``1e+06``, ``1e-07``.

    This is Go's format ``%v``: an exponent, of two digits at least, from a million on
    and below 0.0001.
    """
    if not math.isfinite(value):
        return _SPECIAL.get(value, "NaN")
    sign, digits, point = _shortest(value)
    if -4 < point <= _MOST_WHOLE_DIGITS or not digits:
        return sign + _plain(digits, point)
    return sign + _scientific(digits, point, 2)


def double_as_json(value: float) -> bytes:
    """
    Write a double as Go's JSON encoder does: ``1000000``, ``1e+21``, ``1e-7``.

    Infinities and NaN, which JSON lacks, become ``null``.
    """
    if not math.isfinite(value):
        return b"null"
    sign, digits, point = _shortest(value)
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return (sign + _plain(digits, point)).encode()
    return (sign + _scientific(digits, point, 1)).encode()


def _shortest(value: float) -> tuple[str, str, int]:
    """Give sign, digits without zeros at either end, and where the point stands in them."""
    sign, text = ("-", repr(value)[1:]) if math.copysign(1, value) < 0 else ("", repr(value))
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign, digits, point if digits else 1


def _plain(digits: str, point: int) -> str:
    """Write without an exponent."""
    if point <= 0:
        return "0." + "0" * -point + digits
    whole = digits[:point].ljust(point, "0")
    fraction = digits[point:]
    return f"{whole}.{fraction}" if fraction else whole


def _scientific(digits: str, point: int, width: int) -> str:
    """Write with a signed exponent of at least `width` digits."""
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    exponent = point - 1
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):0{width}}"


def as_go_value(value: JSON) -> str:
    """Write one value as Go's ``%v`` does: ``<nil>``, ``map[a:1 b:[2 3]]``."""
    written: list[str] = []
    pending = [value]
    while pending:  # a stack of our own: data may be deeper than Python calls may be
        value = pending.pop()
        if isinstance(value, list):
            pending += reversed(_spaced("[", [[item] for item in value]))
        elif isinstance(value, dict):
            members = [[f"{key}:", value[key]] for key in sorted(value)]
            pending += reversed(_spaced("map[", members))
        elif isinstance(value, Ordered):
            pending.append(value.value)
        else:
            written.append(_scalar(value))
    return "".join(written)


def _spaced(begin: str, items: list[list[JSON]]) -> list[JSON]:
    parts: list[JSON] = [begin]
    for item in items:
        parts += [*item, " "]
    return [*(parts[:-1] if items else parts), "]"]


def _scalar(value: JSON) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else number_as_text(value)
