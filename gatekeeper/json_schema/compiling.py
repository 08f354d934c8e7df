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

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import jsonschema_rs
from attrs import frozen

from gatekeeper.config.pointer import below
from gatekeeper.errors import Problems
from gatekeeper.json_schema.formats import formats
from gatekeeper.json_schema.structure import Parts, schemas
from gatekeeper.json_schema.types import type_of
from gatekeeper.message import JSON
from gatekeeper.regex import Finds, finder

__all__ = ["CompiledSchema", "compile_schema"]

_DRAFTS = {"draft-04": 4, "draft-06": 6, "draft-07": 7, "2019-09": 2019}
_ASSERTING = (4, 6, 7)
_ANNOTATIONS = ("contentEncoding", "contentMediaType", "contentSchema")
_ELSEWHERE = ("Retrieval is disabled", "No base URI", "not present in a registry")
_OTHER_IN_RUST = ("\\b", "\\B", "\\s", "\\S", "\\Q", "\\C", "[:", "&&", "--", "~~")
"""What Rust's expressions understand otherwise than RE2."""


@frozen
class CompiledSchema:
    """
    A schema that can be asked.

    Attributes:
        is_valid: Tells whether a value fits.
        parts: The schema and the schemas inside of it.
        validators: Their validators, by pointer (``#/properties/a``); has `get`.
        draft: 4, 6, 7, 2019 or 2020.
        formats: The checks of ``format``; none where it is not asserted.
        patterns: The regular expressions in it.
    """

    is_valid: Callable[[JSON], bool]
    parts: Parts
    validators: Any
    draft: int
    formats: Mapping[str, Callable[[str], bool]]
    patterns: Mapping[str, Finds]


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
    patterns = _patterns(schema, pointer, problems)
    if len(problems.fatal) > before:
        return None
    return _compiled(_prepared(schema, version), version, patterns, pointer, problems)


def _prepared(schema: JSON, version: int) -> JSON:
    """Change what the validator would understand otherwise than the original."""
    if version == 2 and isinstance(schema, dict):
        schema.setdefault("$schema", "http://json-schema.org/draft-07/schema#")
    for part, _ in schemas(schema):
        for keyword in _ANNOTATIONS:
            part.pop(keyword, None)
    return schema


def _compiled(
    schema: JSON,
    version: int,
    patterns: Mapping[str, Finds],
    pointer: str,
    problems: Problems,
) -> CompiledSchema | None:
    draft = _draft(schema)
    asserted = formats() if version == 2 or draft in _ASSERTING else {}
    options: dict[str, Any] = {
        "validate_formats": bool(asserted),
        "formats": dict(asserted),
        "keywords": {"pattern": _Pattern, "type": _Type} if draft == 4 else {"pattern": _Pattern},
        "pattern_options": jsonschema_rs.RegexOptions(),
        "offline": True,
    }
    try:
        validator = jsonschema_rs.validator_for(schema, **options)
        validators = jsonschema_rs.validator_map_for(schema, **options)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        problems.add(_place(error, pointer), f"expected a JSON schema: {_why(error)}")
        return None
    return CompiledSchema(validator.is_valid, Parts(schema), validators, draft, asserted, patterns)


def _draft(schema: JSON) -> int:
    named = str(schema.get("$schema", "")) if isinstance(schema, dict) else ""
    return next((draft for name, draft in _DRAFTS.items() if name in named), 2020)


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


def _patterns(schema: JSON, pointer: str, problems: Problems) -> Mapping[str, Finds]:
    """Compile all regular expressions of a schema."""
    patterns: dict[str, Finds] = {}
    for part, place in schemas(schema, pointer):
        pattern = part.get("pattern")
        if isinstance(pattern, str):
            _add_pattern(patterns, pattern, below(place, "pattern"), problems)
        named = part.get("patternProperties")
        for name in named if isinstance(named, dict) else ():
            inside = below(below(place, "patternProperties"), name)
            _add_pattern(patterns, name, inside, problems)
            for sign in _OTHER_IN_RUST:
                if name in patterns and sign in name:
                    problems.add(inside, f"{sign} cannot be used in the name of a pattern here")
    return patterns


def _add_pattern(
    patterns: dict[str, Finds], pattern: str, pointer: str, problems: Problems
) -> None:
    try:
        patterns[pattern] = finder(pattern)
    except ValueError as error:
        problems.add(pointer, f"expected a regular expression (RE2): {error}")


def _place(error: Exception, pointer: str) -> str:
    for step in getattr(error, "instance_path", ()):
        pointer = below(pointer, step)
    return pointer


def _why(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    if any(words in text for words in _ELSEWHERE):
        return "it refers to another document, and those are never looked up"
    return text
