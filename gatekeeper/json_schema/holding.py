"""
Tell whether one keyword of a schema holds for a value.

Only asked when the validator has said already that the value does not fit the schema, to find
out why.  Keywords that hold schemas are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from gatekeeper.json_schema.compiling import CompiledSchema
from gatekeeper.json_schema.equality import first_pair, key
from gatekeeper.json_schema.types import type_of
from gatekeeper.message import JSON

__all__ = ["HOLDS", "additional", "dependents", "is_known", "missing"]

MAX_COMPARED = 10_000
"""Longer lists are not searched for equal items."""

_SINCE = {
    "const": 6,
    "contains": 6,
    "propertyNames": 6,
    "if": 7,
    "dependentRequired": 2019,
    "dependentSchemas": 2019,
    "unevaluatedItems": 2019,
    "unevaluatedProperties": 2019,
    "$recursiveRef": 2019,
    "prefixItems": 2020,
    "$dynamicRef": 2020,
}
_UNTIL = {"dependencies": 7, "additionalItems": 2019}

Holds: TypeAlias = Callable[[Mapping[str, Any], Any, CompiledSchema], bool]
"""Takes the schema that has the keyword, the value, and the whole schema."""


def is_known(keyword: str, draft: int) -> bool:
    """Tell whether a draft has a keyword."""
    return _SINCE.get(keyword, 0) <= draft <= _UNTIL.get(keyword, draft)


def missing(names: Sequence[str], value: Mapping[str, JSON]) -> list[str]:
    """Give those of the names that an object does not have."""
    return [name for name in names if name not in value]


def dependents(schema: Mapping[str, Any], keyword: str, value: Any) -> Iterator[str]:
    """Give the members whose companions are missing."""
    for name, needed in schema[keyword].items():
        if isinstance(needed, list) and name in value and missing(needed, value):
            yield name


def additional(
    schema: Mapping[str, Any], value: Mapping[str, JSON], whole: CompiledSchema
) -> Iterator[str]:
    """Give the members that neither ``properties`` nor ``patternProperties`` speak of."""
    known = schema.get("properties", {})
    patterns = [whole.patterns[pattern] for pattern in schema.get("patternProperties", ())]
    for name in value:
        if name not in known and not any(finds(name.encode()) for finds in patterns):
            yield name


def _type(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
    wanted = schema["type"]
    kinds = {type_of(value)}
    if kinds == {"number"} and (isinstance(value, int) or value.is_integer()):
        kinds.add("integer")
    return bool(kinds & ({wanted} if isinstance(wanted, str) else set(wanted)))


def _const(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
    return key(value) == key(schema["const"])


def _enum(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
    return key(value) in {key(item) for item in schema["enum"]}


def _format(schema: Mapping[str, Any], value: Any, whole: CompiledSchema) -> bool:
    check = whole.formats.get(schema["format"])
    return check is None or not isinstance(value, str) or check(value)


def _limit(keyword: str, holds: Callable[[Any, Any], bool]) -> Holds:
    """Compare numbers; in draft 4 the limit of an exclusive one stands under another name."""
    plain = "minimum" if "inimum" in keyword else "maximum"
    exclusive = f"exclusive{plain.capitalize()}"

    def check(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
        limit = schema[keyword]
        if limit is False or (keyword == plain and schema.get(exclusive) is True):
            return True
        if limit is True:
            limit = schema.get(plain)
        return type_of(value) != "number" or limit is None or holds(value, limit)

    return check


def _multiple(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
    if type_of(value) != "number":
        return True
    return (_exact(value) / _exact(schema["multipleOf"])).denominator == 1


def _exact(number: float) -> Fraction:
    """Give the number that was written, not the nearest binary one."""
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def _size(kind: type, keyword: str) -> Holds:
    least = keyword.startswith("min")

    def check(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
        if not isinstance(value, kind):
            return True
        limit, size = schema[keyword], len(value)  # type: ignore[arg-type]
        return bool(size >= limit if least else size <= limit)

    return check


def _pattern(schema: Mapping[str, Any], value: Any, whole: CompiledSchema) -> bool:
    return not isinstance(value, str) or whole.patterns[schema["pattern"]](value.encode())


def _unique(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
    if not schema["uniqueItems"] or not isinstance(value, list) or len(value) > MAX_COMPARED:
        return True
    return first_pair(value) == (0, 0)


def _required(schema: Mapping[str, Any], value: Any, _: CompiledSchema) -> bool:
    names = schema["required"]
    return not isinstance(value, dict) or not isinstance(names, list) or not missing(names, value)


def _additional(schema: Mapping[str, Any], value: Any, whole: CompiledSchema) -> bool:
    if schema["additionalProperties"] is not False or not isinstance(value, dict):
        return True
    return next(additional(schema, value, whole), None) is None


HOLDS: Mapping[str, Holds] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "format": _format,
    "minimum": _limit("minimum", lambda value, limit: value >= limit),
    "maximum": _limit("maximum", lambda value, limit: value <= limit),
    "exclusiveMinimum": _limit("exclusiveMinimum", lambda value, limit: value > limit),
    "exclusiveMaximum": _limit("exclusiveMaximum", lambda value, limit: value < limit),
    "multipleOf": _multiple,
    "minLength": _size(str, "minLength"),
    "maxLength": _size(str, "maxLength"),
    "minItems": _size(list, "minItems"),
    "maxItems": _size(list, "maxItems"),
    "minProperties": _size(dict, "minProperties"),
    "maxProperties": _size(dict, "maxProperties"),
    "pattern": _pattern,
    "uniqueItems": _unique,
    "required": _required,
    "additionalProperties": _additional,
}
