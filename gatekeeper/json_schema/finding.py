"""
Find out why a body does not fit, in the order and the shape of the original.

The validator says whether a value fits a schema, quickly, and for every schema inside of the
configured one.  It can also list all errors, but a body of a few megabytes can hold millions,
and the whole list is made before the first one can be looked at.  So we go through the schema
ourselves, ask the validator only *whether*, and stop when enough was found or asked.

The rules of the original, for each schema that a value does not fit:

- the first of ``type``, ``const``, ``enum`` and ``format`` that fails hides all the rest;
- then come the keywords about the value as a whole, members in their order in the body,
  keywords about all members, and at last the combinators;
- what fails in a schema inside stands in its place; why alternatives fail stands below them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

from attrs import frozen

from gatekeeper.json_schema.compiling import CompiledSchema
from gatekeeper.json_schema.holding import HOLDS, dependents, is_known
from gatekeeper.json_schema.structure import Part
from gatekeeper.message import JSON

__all__ = ["FALSE", "MAX_ASKED", "MAX_FOUND", "SEVERAL", "UNKNOWN", "Finding", "Place", "find"]

MAX_FOUND = 100
"""How many things that do not fit are told."""

MAX_ASKED = 10_000
"""How often the validator is asked to find them."""

MAX_LISTED = 1_000
"""The validator lists its errors only for values of so few parts."""

FALSE, SEVERAL, UNKNOWN = "", "several", "?"
"""What a `Finding` is about where it is no keyword."""

HIDING = ("type", "const", "enum", "format")

Place: TypeAlias = tuple[str | int, ...]
"""Names of members and numbers of elements, from the body inwards."""


@frozen
class Finding:
    """
    One thing that does not fit.

    Attributes:
        keyword: That does not hold; `FALSE` is a schema that nothing fits, `SEVERAL` stands
            above the findings of one schema, `UNKNOWN` is what could not be found.
        schema: That has the keyword.
        value: What it looked at.
        causes: Why, where that needs more than one line.
        matching: Numbers of alternatives or items that do fit.
        name: Of the member that it is about, where that is one.
    """

    place: Place
    keyword: str
    schema: Mapping[str, Any]
    value: JSON
    causes: Sequence[Finding] = ()
    matching: Sequence[int] = ()
    name: str = ""


def find(schema: CompiledSchema, document: JSON) -> Sequence[Finding]:
    """Say why a document that does not fit does not; at least one thing."""
    found = _Search(schema).of(schema.parts.root, document, ())
    return found[0].causes if [finding.keyword for finding in found] == [SEVERAL] else found


Found: TypeAlias = Iterator[Finding]


class _Search:
    """One search, and how much it has done."""

    def __init__(self, schema: CompiledSchema) -> None:
        self._schema = schema
        self._parts = schema.parts
        self._asked = 0
        self._found = 0

    @property
    def _is_over(self) -> bool:
        return self._found >= MAX_FOUND or self._asked >= MAX_ASKED

    def of(self, part: Part, value: JSON, place: Place) -> list[Finding]:
        """Explain why a value does not fit a part of the schema."""
        if not isinstance(part.schema, dict):
            self._found += 1
            return [Finding(place, FALSE, {}, value)]
        found = []
        for finding in self._each(part, value, place):
            found.append(finding)
            self._found += finding.schema is part.schema  # those inside have been counted
            if self._is_over:
                break
        return found or [Finding(place, UNKNOWN, part.schema, value)]

    def _one(self, part: Part, value: JSON, place: Place) -> Finding:
        """Explain it as one finding."""
        found = self.of(part, value, place)
        return found[0] if len(found) == 1 else Finding(place, SEVERAL, {}, value, found)

    def _fits(self, part: Part | None, value: JSON) -> bool:
        """Ask the validator; once too often, everything fits."""
        if part is None or self._asked >= MAX_ASKED:
            return True
        if isinstance(part.schema, bool):
            return part.schema
        self._asked += 1
        validator = self._schema.validators.get(f"#{part.pointer}")
        return validator is None or bool(validator.is_valid(value))

    def _inside(
        self,
        part: Part,
        keyword: str,
        argument: str | int | None,
        value: Any,
        place: Place,
    ) -> Found:
        """Explain what a schema inside finds in a value, if anything."""
        inner = self._parts.below(part, keyword, argument)
        if inner is not None and not self._fits(inner, value):
            yield self._one(inner, value, place)

    def _each(self, part: Part, value: Any, place: Place) -> Found:
        schema, draft = part.schema, self._schema.draft
        if draft < 2019 and "$ref" in schema:  # it hides its neighbours
            yield from self._inside(part, "$ref", None, value, place)
            return
        for keyword in HIDING:
            known = keyword in schema and is_known(keyword, draft)
            if known and not self._holds(keyword, part, value):
                yield Finding(place, keyword, schema, value)
                return
        for look, keywords in _ORDER:
            used = [name for name in keywords if name in schema and is_known(name, draft)]
            if used:
                yield from look(self, used[0], part, value, place)

    def _holds(self, keyword: str, part: Part, value: JSON) -> bool:
        return HOLDS[keyword](part.schema, value, self._schema)

    # Keywords without schemas inside.

    def _plain(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        if not self._holds(keyword, part, value):
            yield Finding(place, keyword, part.schema, value)

    def _dependents(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        if isinstance(value, dict):
            for name in dependents(part.schema, keyword, value):
                yield Finding(place, keyword, part.schema, value, name=name)

    # Keywords about members and items.

    def _dependent_schemas(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        if isinstance(value, dict):
            for name, inner in part.schema[keyword].items():
                if name in value and not isinstance(inner, list):
                    yield from self._inside(part, keyword, name, value, place)

    def _dependencies(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        yield from self._dependents(keyword, part, value, place)
        yield from self._dependent_schemas(keyword, part, value, place)

    def _members(self, _: str, part: Part, value: Any, place: Place) -> Found:
        """Look at each member with all schemas that speak of it."""
        if not isinstance(value, dict):
            return
        schema, patterns = part.schema, self._schema.patterns
        named = schema.get("properties", {})
        for name, member in value.items():
            if self._is_over:
                return
            inside = (*place, name)
            speaking = [("properties", name)] if name in named else []
            speaking += [
                ("patternProperties", pattern)
                for pattern in schema.get("patternProperties", ())
                if patterns[pattern](name.encode())
            ]
            for keyword, argument in speaking:
                yield from self._inside(part, keyword, argument, member, inside)
            if not speaking and schema.get("additionalProperties", False) is not False:
                yield from self._inside(part, "additionalProperties", None, member, inside)

    def _names(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        inner = self._parts.below(part, keyword)
        if inner is None or not isinstance(value, dict):
            return
        for name in value:
            if self._is_over:
                return
            if not self._fits(inner, name):
                causes = self.of(inner, name, ())
                yield Finding(place, keyword, part.schema, value, causes, name=name)

    def _items(self, _: str, part: Part, value: Any, place: Place) -> Found:
        """Look at each item with the schema of its number, or with that of the rest."""
        if not isinstance(value, list):
            return
        schema = part.schema
        first, rest = "prefixItems", "items"
        if self._schema.draft < 2020 and isinstance(schema.get("items"), list):
            first, rest = "items", "additionalItems"
        listed = schema.get(first, []) if is_known(first, self._schema.draft) else []
        for number, item in enumerate(value):
            if self._is_over:
                return
            inside = (*place, number)
            if number < len(listed):
                yield from self._inside(part, first, number, item, inside)
            elif rest == "additionalItems" and schema.get(rest) is False:
                yield Finding(place, rest, schema, value)
                return
            else:
                yield from self._inside(part, rest, None, item, inside)

    def _contains(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        inner = self._parts.below(part, keyword)
        if inner is None or not isinstance(value, list):
            return
        schema = part.schema
        least, most = schema.get("minContains"), schema.get("maxContains")
        causes: list[Finding] = []
        matching: list[int] = []
        for number, item in enumerate(value):
            if self._asked >= MAX_ASKED:
                break
            if self._fits(inner, item):
                matching.append(number)
            elif len(causes) < MAX_FOUND:
                causes.append(self._one(inner, item, (*place, number)))
        if least is None and not matching:
            yield Finding(place, keyword, schema, value, causes)
        elif least is not None and len(matching) < least:
            yield Finding(place, "minContains", schema, value, causes, matching)
        if most is not None and len(matching) > most:
            yield Finding(place, "maxContains", schema, value, (), matching)

    def _unevaluated(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        """Ask the validator which members or items no other keyword knows."""
        kind = dict if keyword == "unevaluatedProperties" else list
        validator = self._schema.validators.get(f"#{part.pointer}")
        if not isinstance(value, kind) or validator is None or not _is_small(value):
            return
        for error in validator.iter_errors(value):
            if error.evaluation_path == [keyword]:
                unexpected = error.kind.unexpected
                members = unexpected if kind is dict else _numbers(value, unexpected)
                for member in islice(members, MAX_FOUND):
                    inside = (*place, member)
                    yield from self._inside(part, keyword, None, value[member], inside)

    # Combinators.

    def _reference(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        yield from self._inside(part, keyword, None, value, place)

    def _not(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        if self._fits(self._parts.below(part, keyword), value):
            yield Finding(place, keyword, part.schema, value)

    def _all(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        causes = [
            finding
            for number in range(len(part.schema[keyword]))
            for finding in self._inside(part, keyword, number, value, place)
        ]
        if causes:
            yield Finding(place, keyword, part.schema, value, causes)

    def _alternatives(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        branches = [
            self._parts.below(part, keyword, number) for number in range(len(part.schema[keyword]))
        ]
        fitting = [number for number, inner in enumerate(branches) if self._fits(inner, value)]
        if not fitting:
            causes = [self._one(inner, value, place) for inner in branches if inner is not None]
            yield Finding(place, keyword, part.schema, value, causes)
        elif keyword == "oneOf" and len(fitting) > 1:
            yield Finding(place, keyword, part.schema, value, (), fitting)

    def _condition(self, keyword: str, part: Part, value: Any, place: Place) -> Found:
        holds = self._fits(self._parts.below(part, keyword), value)
        yield from self._inside(part, "then" if holds else "else", None, value, place)


def _numbers(values: Any, unexpected: Sequence[str]) -> list[int]:
    """Find which items the validator means, which names them by their JSON, in order."""
    found: list[int] = []
    left = list(unexpected)
    for number in range(len(values) - 1, -1, -1):  # most often they are the last ones
        if left and json.loads(left[-1]) == values[number]:
            found.append(number)
            left.pop()
    return found[::-1]


def _is_small(value: JSON) -> bool:
    """Tell whether a value has so few parts that the validator may list its errors."""
    pending, count = [value], 0
    while pending:
        value = pending.pop()
        count += 1 + len(value) if isinstance(value, dict | list) else 1
        if count > MAX_LISTED:
            return False
        if isinstance(value, dict):
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return True


Look: TypeAlias = Callable[[_Search, str, Part, Any, Place], Found]

_ORDER: Sequence[tuple[Look, Sequence[str]]] = (
    (_Search._reference, ("$ref",)),
    (_Search._plain, ("minProperties",)),
    (_Search._plain, ("maxProperties",)),
    (_Search._plain, ("required",)),
    (_Search._dependencies, ("dependencies",)),
    (_Search._members, ("properties", "patternProperties", "additionalProperties")),
    (_Search._plain, ("additionalProperties",)),
    (_Search._names, ("propertyNames",)),
    (_Search._dependent_schemas, ("dependentSchemas",)),
    (_Search._dependents, ("dependentRequired",)),
    (_Search._plain, ("minItems",)),
    (_Search._plain, ("maxItems",)),
    (_Search._plain, ("uniqueItems",)),
    (_Search._items, ("prefixItems", "items")),
    (_Search._contains, ("contains",)),
    (_Search._plain, ("minLength",)),
    (_Search._plain, ("maxLength",)),
    (_Search._plain, ("pattern",)),
    (_Search._plain, ("minimum",)),
    (_Search._plain, ("maximum",)),
    (_Search._plain, ("exclusiveMinimum",)),
    (_Search._plain, ("exclusiveMaximum",)),
    (_Search._plain, ("multipleOf",)),
    (_Search._reference, ("$recursiveRef",)),
    (_Search._reference, ("$dynamicRef",)),
    (_Search._not, ("not",)),
    (_Search._all, ("allOf",)),
    (_Search._alternatives, ("anyOf",)),
    (_Search._alternatives, ("oneOf",)),
    (_Search._condition, ("if",)),
    (_Search._unevaluated, ("unevaluatedProperties",)),
    (_Search._unevaluated, ("unevaluatedItems",)),
)
"""How keywords are looked at; those that are looked at together stand together."""
