"""
Put what a validator found into the order and the shape of the original.

The validator gives a list: each error has the path of keywords that led to it and the place
in the body.  The original gives a tree, in which errors of alternatives stand below the
keyword that failed, and in which some errors hide others.  Its rules, for each schema:

- the first of ``type``, ``const``, ``enum`` and ``format`` that fails hides all the rest;
- then come the keywords about the value as a whole, members in their order in the body,
  keywords about all members, and at last the combinators;
- what fails in a schema inside stands in its place; several errors of it stand together
  below one line, unless they are all there is.

What the validator does not tell, such as why no item fits ``contains``, is found here from
the schema and the body.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

from attrs import evolve, frozen

from gatekeeper.json_schema import wording
from gatekeeper.json_schema.compiling import CompiledSchema
from gatekeeper.json_schema.failure import Failure, Place, written
from gatekeeper.json_schema.structure import Part, Schemas, Step, steps_of
from gatekeeper.message import JSON

__all__ = ["MAX_ERRORS", "explained", "failures", "path_of"]

MAX_ERRORS = 100
"""How many errors are told; a body can hold millions."""

_HIDING = ("type", "const", "enum", "format")

_ORDER = (
    "$ref",
    "minProperties",
    "maxProperties",
    "required",
    "dependencies",
    "members",
    "additionalProperties",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "minItems",
    "maxItems",
    "uniqueItems",
    "prefixItems",
    "items",
    "additionalItems",
    "contains",
    "minContains",
    "maxContains",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "$recursiveRef",
    "$dynamicRef",
    "not",
    "allOf",
    "anyOf",
    "oneOf",
    "then",
    "else",
    "unevaluatedProperties",
    "unevaluatedItems",
)
_RANKS = {keyword: rank for rank, keyword in enumerate(_ORDER)}
_MEMBERS = frozenset(("properties", "patternProperties", "additionalProperties"))

Errors: TypeAlias = Sequence[Any]


def failures(schema: CompiledSchema, document: JSON) -> Sequence[Failure]:
    """Say why a document does not fit a schema, as the original would."""
    schemas = Schemas(schema.schema)
    errors = _first(schema.validator.iter_errors(document))
    found = _Explainer(schema, schemas).of(errors, _At(schemas.root, document))
    return found[0].causes if [failure.text for failure in found] == [wording.SEVERAL] else found


def explained(schema: CompiledSchema, document: JSON) -> str:
    """
    Write down why a document does not fit a schema.

    Where an error cannot be followed through the schema (the validator leaves out names of
    members that are empty), its own words must do: the client is told no less than that.
    """
    try:
        return written(failures(schema, document))
    except (AttributeError, LookupError, TypeError, ValueError):
        errors = _first(schema.validator.iter_errors(document))
        return written([Failure(tuple(error.instance_path), error.message) for error in errors])


@frozen
class _At:
    """
    Where an explanation is.

    Attributes:
        part: The schema, or None where it could not be followed.
        value: What it looks at.
        place: Where that is in the body.
        taken: How many elements of the errors' paths led here, and how many of their
            places.
    """

    part: Part | None
    value: JSON
    place: Place = ()
    taken: tuple[int, int] = (0, 0)


@frozen
class _Explainer:
    """Knows the schema that a body was compared with."""

    schema: CompiledSchema
    schemas: Schemas

    def of(self, errors: Errors, at: _At) -> list[Failure]:
        """Explain the errors of one schema."""
        own, inner = self._sorted(errors, at)
        for keyword in _HIDING:
            if keyword in own:
                return self._own(keyword, own[keyword], at)
        found: list[tuple[tuple[int, int], list[Failure]]] = []
        for keyword, error in own.items():
            found.append(((_rank(keyword), 0), self._own(keyword, error, at)))
        for steps, group in inner.items():
            found.append((self._order(steps[0], at), self._inner(steps, group, at)))
        found.sort(key=lambda entry: entry[0])
        return [failure for _, listed in found for failure in listed]

    def _sorted(
        self, errors: Errors, at: _At
    ) -> tuple[dict[str, Any], dict[tuple[Step, ...], list[Any]]]:
        """Tell errors of the schema's own keywords from those of schemas inside."""
        own: dict[str, Any] = {}
        inner: dict[tuple[Step, ...], list[Any]] = {}
        for error in errors:
            path, keyword = path_of(error)
            steps = steps_of(path[at.taken[0] :], error.instance_path[at.taken[1] :])
            if not steps:
                own.setdefault(keyword, error)
            elif steps[0].keyword == "allOf":
                inner.setdefault((Step("allOf"),), []).append(error)
            else:
                inner.setdefault(steps[:1], []).append(error)
        return own, inner

    def _inner(self, steps: tuple[Step, ...], errors: Errors, at: _At) -> list[Failure]:
        """Explain errors of a schema inside."""
        if steps[0].keyword == "allOf":
            return [Failure(at.place, "allOf failed", tuple(self._parts_of_all(errors, at)))]
        return [self._together(errors, self._enter(at, steps[0]))]

    def _parts_of_all(self, errors: Errors, at: _At) -> Iterator[Failure]:
        branches: dict[Step, list[Any]] = {}
        for error in errors:
            path, _ = path_of(error)
            step = steps_of(path[at.taken[0] :], error.instance_path[at.taken[1] :])[0]
            branches.setdefault(step, []).append(error)
        for step in sorted(branches, key=lambda step: int(step.argument or 0)):
            yield self._together(branches[step], self._enter(at, step))

    def _together(self, errors: Errors, at: _At) -> Failure:
        """Explain errors of one schema as one."""
        found = self.of(errors, at)
        return found[0] if len(found) == 1 else Failure(at.place, wording.SEVERAL, tuple(found))

    def _enter(self, at: _At, step: Step) -> _At:
        part = None if at.part is None else self.schemas.enter(at.part, step)
        taken = (at.taken[0] + 1 + (step.argument is not None), at.taken[1])
        if step.member is None:
            return _At(part, at.value, at.place, taken)
        value = at.value[step.member]
        return _At(part, value, (*at.place, step.member), (taken[0], taken[1] + 1))

    def _own(self, keyword: str, error: Any, at: _At) -> list[Failure]:
        """Explain what a keyword of the schema itself found."""
        if keyword in {"anyOf", "oneOf"}:
            return [self._alternatives(keyword, error.kind.context, at)]
        part = None if at.part is None else at.part.schema
        if not isinstance(part, dict):
            return [Failure(at.place, wording.FALSE if not keyword else error.message)]
        if keyword == "propertyNames":
            return list(self._names(at))
        if keyword in {"unevaluatedProperties", "unevaluatedItems"}:
            return list(self._unevaluated(keyword, error, at))
        if keyword in {"contains", "minContains", "maxContains"}:
            return [self._contains(keyword, part, at)]
        texts = wording.texts(keyword, part, at.value, error)
        return [Failure(at.place, text) for text in texts]

    def _alternatives(self, keyword: str, branches: Sequence[Errors], at: _At) -> Failure:
        fitting = [number for number, errors in enumerate(branches) if not errors]
        if fitting:
            first, second = fitting[:2]
            return Failure(at.place, f"oneOf failed, subschemas {first}, {second} matched")
        text = "anyOf failed" if keyword == "anyOf" else "oneOf failed, none matched"
        causes = (
            self._together(_first(errors), self._enter(at, Step(keyword, number)))
            for number, errors in enumerate(branches)
        )
        return Failure(at.place, text, tuple(causes))

    def _contains(self, keyword: str, part: dict[str, Any], at: _At) -> Failure:
        causes: list[Failure] = []
        matching: list[int] = []
        for number, item in enumerate(at.value):
            why = self._why(evolve(at, value=item, place=(*at.place, number)), "contains")
            if why is None:
                matching.append(number)
            elif len(causes) < MAX_ERRORS:
                causes.append(why)
        text = wording.contains(keyword, part, matching)
        return Failure(at.place, text, () if keyword == "maxContains" else tuple(causes))

    def _names(self, at: _At) -> Iterator[Failure]:
        for name in at.value:
            why = self._why(evolve(at, value=name, place=()), "propertyNames")
            if why is not None:
                causes = why.causes if why.text == wording.SEVERAL else (why,)
                text = f"invalid propertyName {wording.quoted(name)}"
                yield Failure(at.place, text, tuple(causes))

    def _unevaluated(self, keyword: str, error: Any, at: _At) -> Iterator[Failure]:
        unexpected = error.kind.unexpected
        items = keyword == "unevaluatedItems"
        members = _numbers(at.value, unexpected) if items else unexpected
        for member in islice(members, MAX_ERRORS):
            inside = evolve(at, value=at.value[member], place=(*at.place, member))
            yield self._why(inside, keyword) or Failure(inside.place, wording.FALSE)

    def _why(self, at: _At, keyword: str) -> Failure | None:
        """Ask a schema inside about a value; None when it fits."""
        part = None if at.part is None else self.schemas.enter(at.part, Step(keyword))
        if part is None:
            return None
        if isinstance(part.schema, bool):
            return None if part.schema else Failure(at.place, wording.FALSE)
        validator = self.schema.parts.get(f"#{part.pointer}")
        errors = _first(validator.iter_errors(at.value)) if validator else ()
        return self._together(errors, _At(part, at.value, at.place)) if errors else None

    def _order(self, step: Step, at: _At) -> tuple[int, int]:
        if step.keyword in _MEMBERS:
            return _rank("members"), list(at.value).index(step.member)
        return _rank(step.keyword), step.member if isinstance(step.member, int) else 0


def _numbers(values: Sequence[JSON], unexpected: Sequence[str]) -> list[int]:
    """Find which items the validator means, which names them by their JSON, in order."""
    found: list[int] = []
    left = list(unexpected)
    for number in range(len(values) - 1, -1, -1):  # most often they are the last ones
        if left and json.loads(left[-1]) == values[number]:
            found.append(number)
            left.pop()
    return found[::-1]


def path_of(error: Any) -> tuple[list[str | int], str]:
    """Give the path to the schema whose keyword failed, and the keyword; "" is false."""
    path, kind = error.evaluation_path, error.kind.name
    if kind == "falseSchema":
        is_about_all = path[-1:] == ["additionalProperties"]
        return (path[:-1], "additionalProperties") if is_about_all else (path, "")
    if kind == "propertyNames":
        last = len(path) - 1 - path[::-1].index("propertyNames")
        return path[:last], kind
    return path[:-1], path[-1]


def _first(errors: Iterable[Any]) -> Errors:
    return list(islice(errors, MAX_ERRORS))


def _rank(keyword: str) -> int:
    return _RANKS.get(keyword, len(_ORDER))
