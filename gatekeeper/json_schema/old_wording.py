"""
Say in the words of KrakenD 1.3 what does not fit: one line for each error.

Used for version 2 files.

Source: KrakenD 1.3 documentation, "JSON Schema validation"; specification of validation,
section 1.3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from gatekeeper.json_schema.compiling import CompiledSchema
from gatekeeper.json_schema.equality import first_pair
from gatekeeper.json_schema.failures import MAX_ERRORS, path_of
from gatekeeper.json_schema.structure import Path, Schemas, steps_of
from gatekeeper.json_schema.wording import additional, type_of
from gatekeeper.message import JSON

__all__ = ["old_text"]

_ROOT = "(root)"

Words: TypeAlias = Callable[[str, Mapping[str, Any], Any, Any], Iterator[str]]
"""Takes the field, the schema that failed, the value and the validator's error."""


def old_text(schema: CompiledSchema, document: JSON) -> str:
    """Say why a document does not fit."""
    schemas = Schemas(schema.schema)
    lines: dict[str, None] = {}
    for error in islice(schema.validator.iter_errors(document), MAX_ERRORS):
        for line in _lines(schemas, error):
            lines[line] = None
    return "\n".join(lines)


def _lines(schemas: Schemas, error: Any) -> Iterator[str]:
    path, keyword = path_of(error)
    steps = steps_of(path, error.instance_path)
    part = schemas.follow(steps)
    field = _field(error.instance_path)
    say = _SAY.get(keyword, _fixed)
    if part is not None and (isinstance(part.schema, dict) or not keyword):
        held = part.schema if isinstance(part.schema, dict) else {}
        for text in say(field, held, error.instance, error):
            yield f"- {field}: {text}"
    else:
        yield f"- {field}: {error.message}"
    if any(step.keyword == "allOf" for step in steps):
        yield f"- {field}: Must validate all the schemas (allOf)"


def _field(place: Path) -> str:
    return ".".join(map(str, place)) or _ROOT


def _fixed(_: str, __: Mapping[str, Any], ___: Any, error: Any) -> Iterator[str]:
    keyword = path_of(error)[1]
    yield _FIXED.get(keyword) or str(error.message)


def _type(_: str, part: Mapping[str, Any], value: Any, __: Any) -> Iterator[str]:
    wanted = part["type"]
    named = wanted if isinstance(wanted, str) else f"[{','.join(wanted)}]"
    given = "integer" if type(value) is int else type_of(value)
    yield f"Invalid type. Expected: {named}, given: {given}"


def _enum(field: str, part: Mapping[str, Any], _: Any, __: Any) -> Iterator[str]:
    values = ", ".join(json.dumps(value, ensure_ascii=False) for value in part["enum"])
    yield f"{field} must be one of the following: {values}"


def _const(field: str, part: Mapping[str, Any], _: Any, __: Any) -> Iterator[str]:
    yield f"{field} does not match: {json.dumps(part['const'], ensure_ascii=False)}"


def _required(_: str, __: Mapping[str, Any], ___: Any, error: Any) -> Iterator[str]:
    yield f"{error.kind.property} is required"


def _dependency(_: str, __: Mapping[str, Any], ___: Any, error: Any) -> Iterator[str]:
    yield f"Has a dependency on {error.kind.property}"


def _additional(_: str, part: Mapping[str, Any], value: Any, __: Any) -> Iterator[str]:
    for name in islice(additional(part, value), MAX_ERRORS):
        yield f"Additional property {name} is not allowed"


def _unique(_: str, __: Mapping[str, Any], value: Any, ___: Any) -> Iterator[str]:
    first, second = first_pair(value)
    yield f"array items[{first},{second}] must be unique"


def _property_name(_: str, __: Mapping[str, Any], ___: Any, error: Any) -> Iterator[str]:
    yield f'Property name of "{error.kind.error.instance}" does not match'


def _limit(keyword: str, words: str) -> Words:
    def say(_: str, part: Mapping[str, Any], __: Any, ___: Any) -> Iterator[str]:
        limit = part[keyword]
        if limit is True:  # draft 4: the limit stands under the other name
            limit = part["minimum" if "Minimum" in keyword else "maximum"]
        yield words.format(limit)

    return say


_FIXED = {
    "": "False always fails validation",
    "anyOf": "Must validate at least one schema (anyOf)",
    "oneOf": "Must validate one and only one schema (oneOf)",
    "not": "Must not validate the schema (not)",
    "contains": "At least one of the items must match",
    "additionalItems": "No additional items allowed on array",
}

_LIMITS = {
    "minimum": "Must be greater than or equal to {}",
    "maximum": "Must be less than or equal to {}",
    "exclusiveMinimum": "Must be greater than {}",
    "exclusiveMaximum": "Must be less than {}",
    "multipleOf": "Must be a multiple of {}",
    "minLength": "String length must be greater than or equal to {}",
    "maxLength": "String length must be less than or equal to {}",
    "pattern": "Does not match pattern '{}'",
    "format": "Does not match format '{}'",
    "minItems": "Array must have at least {} items",
    "maxItems": "Array must have at most {} items",
    "minProperties": "Must have at least {} properties",
    "maxProperties": "Must have at most {} properties",
}

_SAY: Mapping[str, Words] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "dependencies": _dependency,
    "additionalProperties": _additional,
    "uniqueItems": _unique,
    "propertyNames": _property_name,
    **{keyword: _limit(keyword, words) for keyword, words in _LIMITS.items()},
}
