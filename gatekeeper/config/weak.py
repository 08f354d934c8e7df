"""
Decode values that people wrote with the wrong type, as KrakenD always did.

A number may stand as text, a list of one as its item, a boolean as 0 or 1.  Each function
takes one value and gives the typed one, or raises `Unfit`; `decode` applies a table of
them to an object and collects what does not fit.  ``null`` is the same as leaving a key out.

Source: conformance cases ``config-weak-typing`` and ``refuse-types``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from gatekeeper.config.pointer import below
from gatekeeper.config.suggest import duration_like
from gatekeeper.errors import Problems
from gatekeeper.message import JSON
from gatekeeper.units import nanoseconds

__all__ = [
    "Decode",
    "Unfit",
    "boolean",
    "decode",
    "duration",
    "found",
    "integer",
    "mapping",
    "objects",
    "raw",
    "text",
    "texts",
]

Decode: TypeAlias = Callable[[JSON], Any]

_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False", ""))
_INTEGER = re.compile(
    r"[-+]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)"
)
_OLD_OCTAL = re.compile(r"^([-+]?)0(?=[0-7])")
_LONGEST_SHOWN = 60


class Unfit(Exception):
    """
    A value cannot be decoded.

    Attributes:
        message: What was expected and what was found.
        suggestion: What may be meant, or "".
        below: Where in the value, as the rest of a pointer.
    """

    def __init__(self, message: str, suggestion: str = "", below: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion
        self.below = below


def decode(
    fields: Mapping[str, Decode],
    value: Mapping[str, JSON],
    pointer: str,
    problems: Problems,
) -> tuple[dict[str, Any], list[str]]:
    """
    Decode the known keys of an object.

    Keys match in any letter case; of two spellings the exact one counts.

    Returns:
        What was found and could be decoded, by the names in `fields`; and the keys that
        nobody knows.
    """
    decoded: dict[str, Any] = {}
    unknown: list[str] = []
    for key, item in value.items():
        name = key
        if key not in fields:
            name = key.lower()
            if name not in fields:
                unknown.append(key)
                continue
            if name in value:
                continue
        if item is None:
            continue
        try:
            decoded[name] = fields[name](item)
        except Unfit as unfit:
            problems.add(below(pointer, key) + unfit.below, unfit.message, unfit.suggestion)
    return decoded, unknown


def found(value: JSON) -> str:
    """Describe a value for "expected ..., found ..."."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 3] + "..."


def raw(value: JSON) -> JSON:
    """Take a value as it is; who asked will look into it."""
    return value


def text(value: JSON) -> str:
    """Numbers become their decimal digits, booleans ``1`` and ``0``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    raise Unfit(f"expected a text, found {found(value)}")


def integer(value: JSON) -> int:
    """Fractions are cut off; texts may have a prefix such as ``0x``."""
    number: int | None = None
    if isinstance(value, (bool, int, float)):
        number = int(value)
    elif isinstance(value, str):
        number = _parsed(value)
    if number is None or not -(2**63) <= number < 2**63:
        raise Unfit(f"expected a whole number, found {found(value)}")
    return number


def _parsed(digits: str) -> int | None:
    if not digits:
        return 0
    if len(digits) > 100 or not _INTEGER.fullmatch(digits):
        return None
    return int(_OLD_OCTAL.sub(r"\g<1>0o", digits.replace("_", "")), 0)


def boolean(value: JSON) -> bool:
    """Numbers other than zero are true."""
    if isinstance(value, (bool, int, float)):
        return bool(value)
    if isinstance(value, str) and value in _TRUE:
        return True
    if isinstance(value, str) and value in _FALSE:
        return False
    meant = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower())
    raise Unfit(f"expected true or false, found {found(value)}", f"write {meant}" if meant else "")


def duration(value: JSON) -> float:
    """Numbers are nanoseconds; the result is in seconds."""
    if isinstance(value, str):
        try:
            return nanoseconds(value) / 1e9
        except ValueError:
            raise Unfit(
                f'expected a duration such as "2s", found {found(value)}', duration_like(value)
            ) from None
    if isinstance(value, (bool, int, float)):
        return int(value) / 1e9
    raise Unfit(f'expected a duration such as "2s", found {found(value)}')


def texts(value: JSON) -> tuple[str, ...]:
    """A single value is a list of one."""
    if isinstance(value, list):
        return tuple([_item(item, number) for number, item in enumerate(value)])
    if value == {}:
        return ()
    return (_item(value, None),)


def _item(value: JSON, number: int | None) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise Unfit("expected a text, found null", below=f"/{number}")
    try:
        return text(value)
    except Unfit as unfit:
        raise Unfit(unfit.message, below="" if number is None else f"/{number}") from None


def mapping(value: JSON) -> dict[str, str]:
    """An object of texts."""
    return {key: _member(key, item) for key, item in objects(value).items()}


def _member(key: str, value: JSON) -> str:
    try:
        return "" if value is None else text(value)
    except Unfit as unfit:
        raise Unfit(unfit.message, below=below("", key)) from None


def objects(value: JSON) -> dict[str, JSON]:
    """An object; a list of objects is one object with the members of all."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return {key: item for each in value for key, item in each.items()}
    raise Unfit(f"expected an object, found {found(value)}")
