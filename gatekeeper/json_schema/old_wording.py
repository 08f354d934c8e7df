"""
Say in the words of KrakenD 1.3 what does not fit: one line for each mistake.

Used for version 2 files.

Source: KrakenD 1.3 documentation, "JSON Schema validation"; specification of validation,
section 1.3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from gatekeeper.json_schema.compiling import CompiledSchema
from gatekeeper.json_schema.equality import first_pair
from gatekeeper.json_schema.finding import FALSE, SEVERAL, UNKNOWN, Finding, find
from gatekeeper.json_schema.holding import additional, missing
from gatekeeper.json_schema.types import type_of
from gatekeeper.json_schema.wording import MAX_LINES
from gatekeeper.message import JSON

__all__ = ["old_text"]

_ROOT = "(root)"

Words: TypeAlias = Callable[[str, Finding], Iterator[str]]
"""Takes the place as it is written, and what was found there."""


def old_text(schema: CompiledSchema, document: JSON) -> str:
    """Write down why a document that does not fit a schema does not."""
    lines = dict.fromkeys(islice(_lines(schema, find(schema, document)), MAX_LINES))
    return "\n".join(lines)


def _lines(schema: CompiledSchema, findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        if finding.keyword in {SEVERAL, "allOf"}:
            yield from _lines(schema, finding.causes)
        field = ".".join(map(str, finding.place)) or _ROOT
        if finding.keyword == "additionalProperties":
            texts = _additional(finding, schema)
        else:
            texts = _SAY[finding.keyword](field, finding)
        for text in texts:
            yield f"- {field}: {text}"


def _fixed(_: str, finding: Finding) -> Iterator[str]:
    yield _FIXED[finding.keyword]


def _nothing(_: str, __: Finding) -> Iterator[str]:
    yield from ()


def _type(_: str, finding: Finding) -> Iterator[str]:
    wanted = finding.schema["type"]
    named = wanted if isinstance(wanted, str) else f"[{','.join(wanted)}]"
    given = "integer" if type(finding.value) is int else type_of(finding.value)
    yield f"Invalid type. Expected: {named}, given: {given}"


def _enum(field: str, finding: Finding) -> Iterator[str]:
    values = ", ".join(json.dumps(value, ensure_ascii=False) for value in finding.schema["enum"])
    yield f"{field} must be one of the following: {values}"


def _const(field: str, finding: Finding) -> Iterator[str]:
    yield f"{field} does not match: {json.dumps(finding.schema['const'], ensure_ascii=False)}"


def _required(_: str, finding: Finding) -> Iterator[str]:
    for name in missing(finding.schema["required"], finding.value):
        yield f"{name} is required"


def _dependency(_: str, finding: Finding) -> Iterator[str]:
    for name in missing(finding.schema[finding.keyword][finding.name], finding.value):
        yield f"Has a dependency on {name}"


def _additional(finding: Finding, schema: CompiledSchema) -> Iterator[str]:
    for name in additional(finding.schema, finding.value, schema):
        yield f"Additional property {name} is not allowed"


def _unique(_: str, finding: Finding) -> Iterator[str]:
    first, second = first_pair(finding.value)
    yield f"array items[{first},{second}] must be unique"


def _property_name(_: str, finding: Finding) -> Iterator[str]:
    yield f'Property name of "{finding.name}" does not match'


def _limit(_: str, finding: Finding) -> Iterator[str]:
    keyword, limit = finding.keyword, finding.schema[finding.keyword]
    if limit is True:  # draft 4: the limit stands under the other name
        limit = finding.schema["minimum" if "Minimum" in keyword else "maximum"]
    yield _LIMITS[keyword].format(limit)


_FIXED = {
    FALSE: "False always fails validation",
    UNKNOWN: "Must validate the schema",
    "allOf": "Must validate all the schemas (allOf)",
    "anyOf": "Must validate at least one schema (anyOf)",
    "oneOf": "Must validate one and only one schema (oneOf)",
    "not": "Must not validate the schema (not)",
    "contains": "At least one of the items must match",
    "minContains": "Too few of the items match",
    "maxContains": "Too many of the items match",
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
    SEVERAL: _nothing,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "required": _required,
    "dependencies": _dependency,
    "dependentRequired": _dependency,
    "uniqueItems": _unique,
    "propertyNames": _property_name,
    **dict.fromkeys(_FIXED, _fixed),
    **dict.fromkeys(_LIMITS, _limit),
}
