"""
Say in the words of KrakenD 2.13 what does not fit.

Source: KrakenD documentation, "JSON Schema validation"; conformance case
``json-schema-messages``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from gatekeeper.json_schema.equality import first_pair
from gatekeeper.json_schema.numbers import for_people, grouped, printed
from gatekeeper.message import JSON
from gatekeeper.regex import finder

__all__ = ["FALSE", "SEVERAL", "additional", "contains", "quoted", "texts", "type_of"]

FALSE = "false schema"
SEVERAL = "validation failed"

MAX_NAMES = 100

_TYPES = ("null", "boolean", "number", "integer", "string", "array", "object")
_ESCAPES = {
    "'": r"\'",
    "\\": r"\\",
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}

Texts: TypeAlias = Callable[[str, Mapping[str, Any], Any, Any], Iterator[str]]
"""Takes the keyword, its schema, the value and the validator's error."""


def texts(keyword: str, part: Mapping[str, Any], value: JSON, error: Any) -> Iterator[str]:
    """
    Say what a keyword found.

    Args:
        part: The schema that has the keyword.
        value: What it looked at.
        error: The validator's; its text is the last resort.
    """
    say = _SAY.get(keyword)
    if say is None:
        yield str(error.message)
    else:
        yield from say(keyword, part, value, error)


def contains(keyword: str, part: Mapping[str, Any], matching: Sequence[int]) -> str:
    """Say how many items fit ``contains``, where they were too few or too many."""
    if keyword == "contains":
        return "no items match contains schema"
    most = keyword == "maxContains"
    wanted = f"{'max' if most else 'min'} {grouped(int(part[keyword]))} items required"
    if not matching:
        return f"{wanted} to match contains schema, but none matched"
    where = " ".join(map(str, matching))
    return f"{wanted} to match contains schema, but matched {len(matching)} items at {where}"


def quoted(text: str) -> str:
    """Put text between apostrophes; what cannot be seen is escaped as Go does it."""
    if text.isprintable() and "'" not in text and "\\" not in text:
        return f"'{text}'"
    return "'" + "".join(_ESCAPES.get(char) or _shown(char) for char in text) + "'"


def type_of(value: JSON) -> str:
    """Name the type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"


def missing(names: Sequence[str], value: Mapping[str, JSON]) -> list[str]:
    """Give those of the names that an object does not have."""
    return [name for name in names if name not in value]


def additional(part: Mapping[str, Any], value: Mapping[str, JSON]) -> Iterator[str]:
    """Give the members that neither ``properties`` nor ``patternProperties`` speak of."""
    known = part.get("properties", {})
    patterns = [finder(pattern) for pattern in part.get("patternProperties", {})]
    for name in value:
        if name not in known and not any(finds(name.encode()) for finds in patterns):
            yield name


def _type(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    wanted = part[keyword]
    names = [wanted] if isinstance(wanted, str) else sorted(wanted, key=_TYPES.index)
    yield f"got {type_of(value)}, want {' or '.join(names)}"


def _enum(keyword: str, part: Mapping[str, Any], _: Any, __: Any) -> Iterator[str]:
    values = part[keyword]
    if any(isinstance(value, dict | list) for value in values):
        yield "enum failed"
    elif len(values) == 1:
        yield f"value must be {_constant(values[0])}"
    else:
        yield f"value must be one of {', '.join(map(_constant, values))}"


def _const(keyword: str, part: Mapping[str, Any], _: Any, __: Any) -> Iterator[str]:
    value = part[keyword]
    structured = isinstance(value, dict | list)
    yield "const failed" if structured else f"value must be {_constant(value)}"


def _format(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    yield f"{quoted(value)} is not valid {part[keyword]}: it has another form"


def _limit(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    limit = part[keyword]
    if limit is True:  # draft 4: the limit stands under the other name
        limit = part["minimum" if "Minimum" in keyword else "maximum"]
    yield f"{keyword}: got {for_people(value)}, want {for_people(limit)}"


def _size(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    yield f"{keyword}: got {grouped(len(value))}, want {grouped(int(part[keyword]))}"


def _pattern(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    yield f"{quoted(value)} does not match pattern {quoted(part[keyword])}"


def _unique(_: str, __: Mapping[str, Any], value: Any, ___: Any) -> Iterator[str]:
    first, second = first_pair(value)
    yield f"items at {grouped(first)} and {grouped(second)} are equal"


def _required(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    names = missing(part[keyword], value)
    word = "property" if len(names) == 1 else "properties"
    yield f"missing {word} {', '.join(map(quoted, names))}"


def _dependent(keyword: str, part: Mapping[str, Any], value: Any, _: Any) -> Iterator[str]:
    for name, needed in part[keyword].items():
        names = missing(needed, value) if isinstance(needed, list) and name in value else []
        if names:
            listed = ", ".join(map(quoted, names))
            yield f"properties {listed} required, if {quoted(name)} exists"


def _additional(_: str, part: Mapping[str, Any], value: Any, __: Any) -> Iterator[str]:
    names = islice(additional(part, value), MAX_NAMES)
    yield f"additional properties {', '.join(map(quoted, names))} not allowed"


def _additional_items(_: str, part: Mapping[str, Any], value: Any, __: Any) -> Iterator[str]:
    yield f"last {grouped(len(value) - len(part['items']))} additionalItem(s) not allowed"


def _not(*_: Any) -> Iterator[str]:
    yield "not failed"


def _constant(value: JSON) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "<nil>"
    return str(value) if isinstance(value, int) else printed(value)


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_SAY: Mapping[str, Texts] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "pattern": _pattern,
    "uniqueItems": _unique,
    "required": _required,
    "dependencies": _dependent,
    "dependentRequired": _dependent,
    "additionalProperties": _additional,
    "additionalItems": _additional_items,
    "not": _not,
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _limit
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _size,
    ),
}
