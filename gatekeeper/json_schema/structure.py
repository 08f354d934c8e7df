"""
Know the structure of schemas: which keywords hold schemas, and where references lead.

A member of ``properties`` may have the name of a keyword, and ``const`` may hold something
that looks like a schema; so schemas are never searched as text or as plain data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from attrs import frozen

from gatekeeper.config.pointer import below, steps
from gatekeeper.message import JSON

__all__ = ["REFERENCES", "Part", "Parts", "schemas"]

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

REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
"""Stand for a schema elsewhere in the document."""


@frozen
class Part:
    """A schema inside of the configured one, and where it stands in it (a JSON pointer)."""

    schema: JSON
    pointer: str


class Parts:
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

    def below(self, part: Part, keyword: str, argument: str | int | None = None) -> Part | None:
        """
        Give the schema that a keyword holds or refers to.

        Args:
            argument: Its name or number, where the keyword holds several.

        Returns:
            None when there is none, or the reference cannot be followed.
        """
        if not isinstance(part.schema, dict) or keyword not in part.schema:
            return None
        inner = part.schema[keyword]
        if keyword in REFERENCES:
            return self._referred(inner)
        found = Part(inner, below(part.pointer, keyword))
        return found if argument is None else _member(found, argument)

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
