"""
Know the structure of schemas: which keywords hold schemas, and what they look at.

A member of ``properties`` may have the name of a keyword, and ``const`` may hold something
that looks like a schema; so schemas are never searched as text or as plain data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias
from urllib.parse import unquote

from attrs import frozen

from gatekeeper.config.pointer import below, steps
from gatekeeper.message import JSON

__all__ = ["Part", "Path", "Schemas", "Step", "schemas", "steps_of"]

Path: TypeAlias = Sequence[str | int]

NAMED = frozenset(
    (
        "$defs",
        "definitions",
        "dependencies",
        "dependentSchemas",
        "patternProperties",
        "properties",
    )
)
"""Hold schemas by name."""

LISTED = frozenset(("allOf", "anyOf", "oneOf", "prefixItems"))
"""Hold a list of schemas; so does ``items`` of older drafts."""

SINGLE = frozenset(
    (
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
"""Hold one schema."""

REFERENCES = frozenset(("$ref", "$dynamicRef", "$recursiveRef"))
"""Stand for a schema elsewhere in the document."""

INTO_MEMBERS = frozenset(
    (
        "additionalItems",
        "additionalProperties",
        "contains",
        "items",
        "patternProperties",
        "prefixItems",
        "properties",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
"""Their schemas look at members or elements of what is validated, not at itself."""


@frozen
class Step:
    """
    A step from a schema to one inside of it.

    Attributes:
        keyword: That holds the inner schema.
        argument: Name or number among the schemas of the keyword, or None.
        member: What it looks at: a member or element of the value, or None: the value.
    """

    keyword: str
    argument: str | int | None = None
    member: str | int | None = None


@frozen
class Part:
    """A schema inside of the configured one, and where it stands in it (a JSON pointer)."""

    schema: JSON
    pointer: str


class Schemas:
    """
    Finds one's way in a schema.

    Attributes:
        root: The configured schema.
    """

    def __init__(self, schema: JSON) -> None:
        self.root = Part(schema, "")
        self._named = {
            name: Part(part, pointer) for part, pointer in schemas(schema) for name in _names(part)
        }

    def enter(self, part: Part, step: Step) -> Part | None:
        """Take a step; None where it leads to something that is not there."""
        if not isinstance(part.schema, dict) or step.keyword not in part.schema:
            return None
        inner = part.schema[step.keyword]
        if step.keyword in REFERENCES:
            return self._referred(inner)
        pointer = below(part.pointer, step.keyword)
        if step.argument is None:
            return Part(inner, pointer)
        return _member(Part(inner, pointer), step.argument)

    def follow(self, steps: Iterable[Step]) -> Part | None:
        """Take several steps from the root."""
        part: Part | None = self.root
        for step in steps:
            part = None if part is None else self.enter(part, step)
        return part

    def _referred(self, reference: JSON) -> Part | None:
        if not isinstance(reference, str):
            return None
        if reference == "#":
            return self.root
        if not reference.startswith("#/"):
            return self._named.get(reference)
        part: Part | None = self.root
        for name in steps(unquote(reference[1:])):
            part = None if part is None else _member(part, name)
        return part


def _names(part: dict[str, Any]) -> Iterator[str]:
    """Give what references may call a schema."""
    for keyword in ("$anchor", "$dynamicAnchor"):
        if isinstance(part.get(keyword), str):
            yield f"#{part[keyword]}"
    if isinstance(part.get("$id"), str):
        yield part["$id"]


def _member(part: Part, name: str | int) -> Part | None:
    try:
        inner = part.schema[int(name) if isinstance(part.schema, list) else name]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return Part(inner, below(part.pointer, name))


def steps_of(path: Path, place: Path) -> tuple[Step, ...]:
    """
    Take the path of an evaluation apart.

    Args:
        path: From a schema to one inside of it.
        place: From the value that the first schema looks at to that of the last one.
    """
    found = []
    members = iter(place)
    at = 0
    while at < len(path):
        keyword, argument = str(path[at]), None
        at += 1
        is_list = keyword == "items" and at < len(path) and isinstance(path[at], int)
        if at < len(path) and (keyword in NAMED or keyword in LISTED or is_list):
            argument = path[at]
            at += 1
        member = next(members, None) if keyword in INTO_MEMBERS else None
        found.append(Step(keyword, argument, member))
    return tuple(found)


def schemas(schema: JSON, pointer: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """
    Find a schema and all schemas inside of it that are objects, with their pointers.

    A schema may be changed while it is held.
    """
    if not isinstance(schema, dict):
        return
    yield schema, pointer
    for keyword, value in list(schema.items()):
        place = below(pointer, keyword)
        if keyword in NAMED and isinstance(value, dict):
            for name, inner in list(value.items()):
                yield from schemas(inner, below(place, name))
        elif keyword in LISTED | {"items"} and isinstance(value, list):
            for number, inner in enumerate(value):
                yield from schemas(inner, below(place, number))
        elif keyword in SINGLE:
            yield from schemas(value, place)
