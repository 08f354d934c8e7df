"""
Make a validator of a configured schema, once, at start.

The validator is ``jsonschema-rs``.  Where it differs from the original, the schema is
changed before it is compiled, so that requests pay nothing:

- regular expressions are RE2, found anywhere in the text;
- ``format`` is asserted in drafts 4, 6 and 7 only (always in version 2 files), and knows
  the same names in all of them; ``contentEncoding`` and ``contentMediaType`` never are;
- no other document is ever looked up, neither a file nor an address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import jsonschema_rs
from attrs import frozen

from gatekeeper.config.pointer import below
from gatekeeper.errors import Problems
from gatekeeper.json_schema.formats import formats
from gatekeeper.json_schema.structure import schemas
from gatekeeper.json_schema.wording import type_of
from gatekeeper.message import JSON
from gatekeeper.regex import finder

__all__ = ["CompiledSchema", "compile_schema"]

_ASSERTING = ("draft-04", "draft-06", "draft-07")
_ANNOTATIONS = ("contentEncoding", "contentMediaType", "contentSchema")
_ELSEWHERE = ("Retrieval is disabled", "No base URI", "not present in a registry")
_OTHER_IN_RUST = ("\\b", "\\B", "\\s", "\\S", "\\Q", "\\C", "[:", "&&", "--", "~~")
"""What Rust's expressions understand otherwise than RE2."""


@frozen
class CompiledSchema:
    """
    A schema that can be asked.

    Attributes:
        schema: As it was compiled.
        is_valid: Tells whether a value fits.
        validator: Finds what does not fit.
        parts: The validators of the schemas inside, by pointer (``#/properties/a``).
    """

    schema: JSON
    is_valid: Callable[[JSON], bool]
    validator: Any
    parts: Any


def compile_schema(
    schema: JSON, version: int, pointer: str, problems: Problems
) -> CompiledSchema | None:
    """
    Compile a schema.

    Args:
        schema: As it is configured.
        version: Of the configuration: 2 means draft 7 with ``format`` unless the schema
            names another draft.
        pointer: Where the schema stands.
        problems: Gets what is wrong with it.

    Returns:
        None when something is wrong.
    """
    if not isinstance(schema, dict | bool):
        problems.add(pointer, "expected a JSON schema: an object, true or false")
        return None
    before = len(problems.fatal)
    schema = deepcopy(schema)
    _check_patterns(schema, pointer, problems)
    if len(problems.fatal) > before:
        return None
    return _compiled(_prepared(schema, version), version, pointer, problems)


def _prepared(schema: JSON, version: int) -> JSON:
    """Change what the validator would understand otherwise than the original."""
    if version == 2 and isinstance(schema, dict):
        schema.setdefault("$schema", "http://json-schema.org/draft-07/schema#")
    for part, _ in schemas(schema):
        for keyword in _ANNOTATIONS:
            part.pop(keyword, None)
    return schema


def _compiled(
    schema: JSON, version: int, pointer: str, problems: Problems
) -> CompiledSchema | None:
    draft = str(schema.get("$schema", "")) if isinstance(schema, dict) else ""
    asserts = version == 2 or any(name in draft for name in _ASSERTING)
    options: dict[str, Any] = {
        "validate_formats": asserts,
        "formats": dict(formats()) if asserts else None,
        "keywords": {"pattern": _Pattern, "type": _Type} if "draft-04" in draft else _KEYWORDS,
        "pattern_options": jsonschema_rs.RegexOptions(),
        "offline": True,
    }
    try:
        validator = jsonschema_rs.validator_for(schema, **options)
        parts = jsonschema_rs.validator_map_for(schema, **options)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        problems.add(_place(error, pointer), f"expected a JSON schema: {_why(error)}")
        return None
    return CompiledSchema(schema, validator.is_valid, validator, parts)


class _Pattern:
    """The keyword ``pattern``, as ``jsonschema-rs`` wants keywords."""

    def __init__(self, parent: dict[str, Any], value: str, path: list[str | int]) -> None:
        self._finds = finder(value)

    def validate(self, instance: JSON) -> None:
        """
        Validate any value; only text can fail.

        Raises:
            ValueError: The expression does not match.
        """
        if isinstance(instance, str) and not self._finds(instance.encode()):
            raise ValueError("the text does not match")


class _Type:
    """The keyword ``type`` of draft 4, where ``1.0`` is an integer, too, in the original."""

    def __init__(
        self, parent: dict[str, Any], value: str | Sequence[str], path: list[str | int]
    ) -> None:
        self._allowed = {value} if isinstance(value, str) else set(value)

    def validate(self, instance: JSON) -> None:
        """
        Validate any value.

        Raises:
            ValueError: It has none of the types.
        """
        found = {type_of(instance)}
        if found == {"number"} and float(instance).is_integer():
            found.add("integer")
        if not found & self._allowed:
            raise ValueError("the value has another type")


_KEYWORDS = {"pattern": _Pattern}


def _check_patterns(schema: JSON, pointer: str, problems: Problems) -> None:
    for part, place in schemas(schema, pointer):
        pattern = part.get("pattern")
        if isinstance(pattern, str):
            _check_pattern(pattern, below(place, "pattern"), problems)
        named = part.get("patternProperties")
        for name in named if isinstance(named, dict) else ():
            inside = below(below(place, "patternProperties"), name)
            if _check_pattern(name, inside, problems):
                _check_name(name, inside, problems)


def _check_pattern(pattern: str, pointer: str, problems: Problems) -> bool:
    try:
        finder(pattern)
    except ValueError as error:
        problems.add(pointer, f"expected a regular expression (RE2): {error}")
        return False
    return True


def _check_name(pattern: str, pointer: str, problems: Problems) -> None:
    for sign in _OTHER_IN_RUST:
        if sign in pattern:
            problems.add(pointer, f"{sign} cannot be used in the name of a pattern here")


def _place(error: Exception, pointer: str) -> str:
    for step in getattr(error, "instance_path", ()):
        pointer = below(pointer, step)
    return pointer


def _why(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    if any(words in text for words in _ELSEWHERE):
        return "it refers to another document, and those are never looked up"
    return text
