"""
Say in the words of KrakenD 2.13 what does not fit.

One line for each finding, causes indented below it.

Source: KrakenD documentation, "JSON Schema validation"; conformance case
``json-schema-messages``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeAlias

from gatekeeper.config.pointer import below
from gatekeeper.json_schema.compiling import CompiledSchema
from gatekeeper.json_schema.equality import first_pair
from gatekeeper.json_schema.finding import FALSE, SEVERAL, UNKNOWN, Finding, find
from gatekeeper.json_schema.holding import additional, missing
from gatekeeper.json_schema.numbers import for_people, grouped, printed
from gatekeeper.json_schema.types import type_of
from gatekeeper.message import JSON

__all__ = ["MAX_LINES", "explained", "quoted"]

MAX_LINES = 200
MAX_NAMES = 100
MAX_TEXT = 1000

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

Say: TypeAlias = Callable[[Finding], str]


def explained(schema: CompiledSchema, document: JSON) -> str:
    """Write down why a document that does not fit a schema does not."""
    lines = list(islice(_lines(schema, find(schema, document), 0), MAX_LINES + 1))
    if len(lines) > MAX_LINES:
        lines[-1] = "- and more"
    return "\n".join(lines)


def quoted(text: str) -> str:
    """
    Put text between apostrophes; what cannot be seen is escaped as Go does it.

    Of a very long text, which a client may send, only the beginning is shown.
    """
    if len(text) > MAX_TEXT:
        text = f"{text[:MAX_TEXT]}…"
    if text.isprintable() and "'" not in text and "\\" not in text:
        return f"'{text}'"
    return "'" + "".join(_ESCAPES.get(char) or _shown(char) for char in text) + "'"


def _lines(schema: CompiledSchema, findings: Sequence[Finding], depth: int) -> Iterator[str]:
    for finding in findings:
        pointer = ""
        for step in finding.place:
            pointer = below(pointer, step)
        if finding.keyword == "additionalProperties":
            text = _additional(finding, schema)
        else:
            text = _SAY[finding.keyword](finding)
        yield f"{'  ' * depth}- at {quoted(pointer)}: {text}"
        yield from _lines(schema, finding.causes, depth + 1)


def _type(finding: Finding) -> str:
    wanted = finding.schema["type"]
    names = [wanted] if isinstance(wanted, str) else sorted(wanted, key=_TYPES.index)
    return f"got {type_of(finding.value)}, want {' or '.join(names)}"


def _enum(finding: Finding) -> str:
    values = finding.schema["enum"]
    if any(isinstance(value, dict | list) for value in values):
        return "enum failed"
    if len(values) == 1:
        return f"value must be {_constant(values[0])}"
    return f"value must be one of {', '.join(map(_constant, values))}"


def _const(finding: Finding) -> str:
    value = finding.schema["const"]
    return "const failed" if isinstance(value, dict | list) else f"value must be {_constant(value)}"


def _format(finding: Finding) -> str:
    return f"{quoted(finding.value)} is not valid {finding.schema['format']}: it has another form"


def _limit(finding: Finding) -> str:
    keyword, limit = finding.keyword, finding.schema[finding.keyword]
    if limit is True:  # draft 4: the limit stands under the other name
        limit = finding.schema["minimum" if "Minimum" in keyword else "maximum"]
    return f"{keyword}: got {for_people(finding.value)}, want {for_people(limit)}"


def _size(finding: Finding) -> str:
    limit = int(finding.schema[finding.keyword])
    return f"{finding.keyword}: got {grouped(len(finding.value))}, want {grouped(limit)}"


def _pattern(finding: Finding) -> str:
    return f"{quoted(finding.value)} does not match pattern {quoted(finding.schema['pattern'])}"


def _unique(finding: Finding) -> str:
    first, second = first_pair(finding.value)
    return f"items at {grouped(first)} and {grouped(second)} are equal"


def _required(finding: Finding) -> str:
    names = missing(finding.schema["required"], finding.value)
    word = "property" if len(names) == 1 else "properties"
    return f"missing {word} {', '.join(map(quoted, names))}"


def _dependent(finding: Finding) -> str:
    names = missing(finding.schema[finding.keyword][finding.name], finding.value)
    return f"properties {', '.join(map(quoted, names))} required, if {quoted(finding.name)} exists"


def _additional(finding: Finding, schema: CompiledSchema) -> str:
    names = islice(additional(finding.schema, finding.value, schema), MAX_NAMES)
    return f"additional properties {', '.join(map(quoted, names))} not allowed"


def _additional_items(finding: Finding) -> str:
    count = len(finding.value) - len(finding.schema["items"])
    return f"last {grouped(count)} additionalItem(s) not allowed"


def _name(finding: Finding) -> str:
    return f"invalid propertyName {quoted(finding.name)}"


def _too_few_or_many(finding: Finding) -> str:
    word = "min" if finding.keyword == "minContains" else "max"
    limit, matching = int(finding.schema[finding.keyword]), finding.matching
    wanted = f"{word} {grouped(limit)} items required to match contains schema"
    if not matching:
        return f"{wanted}, but none matched"
    where = " ".join(map(str, matching[:MAX_NAMES]))
    return f"{wanted}, but matched {grouped(len(matching))} items at {where}"


def _one_of(finding: Finding) -> str:
    if not finding.matching:
        return "oneOf failed, none matched"
    return f"oneOf failed, subschemas {finding.matching[0]}, {finding.matching[1]} matched"


def _always(text: str) -> Say:
    return lambda _: text


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


_SAY: Mapping[str, Say] = {
    FALSE: _always("false schema"),
    SEVERAL: _always("validation failed"),
    UNKNOWN: _always("it does not fit the schema"),
    "type": _type,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "pattern": _pattern,
    "uniqueItems": _unique,
    "required": _required,
    "dependencies": _dependent,
    "dependentRequired": _dependent,
    "additionalItems": _additional_items,
    "propertyNames": _name,
    "contains": _always("no items match contains schema"),
    "minContains": _too_few_or_many,
    "maxContains": _too_few_or_many,
    "not": _always("not failed"),
    "allOf": _always("allOf failed"),
    "anyOf": _always("anyOf failed"),
    "oneOf": _one_of,
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _limit
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _size,
    ),
}
