"""
Parse YAML without its surprises.

Values are built straight from libyaml's events: no tags that make objects, ``yes`` and
``on`` are texts, equal keys are a mistake.  Aliases share what they name, so they cost no
memory; but whoever walks the result meets every copy, so their number is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from gatekeeper.config.syntax import SyntaxMistake
from gatekeeper.message import JSON

__all__ = ["parse"]

_Event: TypeAlias = Any
"""One of yaml's event classes; which one is asked by `type`."""

MAX_DEPTH = 100
MAX_ALIASED = 1_000_000
"""How many values all aliases together may stand for."""

_LONGEST_INTEGER = 20  # longer ones are floats, kept for compatibility

_CONSTANTS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"([-+]?)0(?:x([0-9a-fA-F]+)|b([01]+)|o?([0-7]+))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMERIC = frozenset("+-.0123456789")
_TAG = "tag:yaml.org,2002:"
_RESOLVED = frozenset(_TAG + name for name in ("null", "bool", "int", "float"))
_TEXTS = frozenset((_TAG + "str", "!"))
_PLAIN_TAGS = frozenset((_TAG + "map", _TAG + "seq", "!"))


def parse(text: str) -> JSON:
    """
    Parse the first document; an empty one is None.

    Raises:
        SyntaxMistake: With the place.

    Source: YAML 1.2, core schema; conformance case ``config-formats``.
    """
    try:
        events = yaml.parse(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader)
        return _Builder(events).document()
    except yaml.MarkedYAMLError as error:
        raise _mistake(error) from None
    except yaml.YAMLError as error:
        raise SyntaxMistake(str(error).split("\n", maxsplit=1)[0]) from None


class _Builder:
    """
    Make values of events.

    Attributes:
        count: Values built so far, those behind aliases counted each time.
        anchors: Names to values and their counts; None while it is being built.
    """

    def __init__(self, events: Iterator[_Event]) -> None:
        self.events = events
        self.count = 0
        self.aliased = 0
        self.anchors: dict[str, tuple[JSON, int] | None] = {}

    def document(self) -> JSON:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                return self.value(next(self.events), 0)
        return None

    def value(self, event: _Event, depth: int) -> JSON:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self.alias(event)
        if depth > MAX_DEPTH:
            raise _at(event, "values are nested too deeply")
        anchor, before = event.anchor, self.count
        self.count += 1
        if anchor:
            self.anchors[anchor] = None
        built: JSON
        if kind is yaml.ScalarEvent:
            built = _scalar(event)
        elif kind is yaml.MappingStartEvent:
            built = self.mapping(event, depth)
        else:
            built = self.sequence(event, depth)
        if anchor:
            self.anchors[anchor] = (built, self.count - before)
        return built

    def alias(self, event: _Event) -> JSON:
        if event.anchor not in self.anchors:
            raise _at(event, f"unknown anchor '{event.anchor}' referenced")
        known = self.anchors[event.anchor]
        if known is None:
            raise _at(event, f"anchor '{event.anchor}' value contains itself")
        value, count = known
        self.count += count
        self.aliased += count
        if self.aliased > MAX_ALIASED:
            raise _at(event, "document contains excessive aliasing")
        return value

    def sequence(self, start: _Event, depth: int) -> list[JSON]:
        _check_tag(start)
        items: list[JSON] = []
        while type(event := next(self.events)) is not yaml.SequenceEndEvent:
            items.append(self.value(event, depth + 1))
        return items

    def mapping(self, start: _Event, depth: int) -> dict[str, JSON]:
        _check_tag(start)
        members: dict[str, JSON] = {}
        merged: list[dict[str, JSON]] = []
        while type(event := next(self.events)) is not yaml.MappingEndEvent:
            if _is_merge(event):
                merged.extend(_mergeable(event, self.value(next(self.events), depth + 1)))
                continue
            key = _key(event, self.value(event, depth + 1))
            if key in members:
                raise _at(
                    event, f'mapping key "{key}" already defined', "keep one of the two lines"
                )
            members[key] = self.value(next(self.events), depth + 1)
        for other in merged:
            members = {**other, **members}
        return members


def _scalar(event: _Event) -> JSON:
    tag, text = event.tag, event.value
    if tag in _TEXTS:
        return text
    if event.implicit[0] or tag in _RESOLVED:
        return _resolved(event, text)
    if event.implicit[1]:
        return text
    raise _at(event, f"tag {tag} is not supported")


def _resolved(event: _Event, text: str) -> JSON:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text) and len(text) <= _LONGEST_INTEGER:
        return int(text)
    if _NO_NUMBER.fullmatch(text):
        raise _at(event, f"the number {text} has no meaning in a configuration")
    return _number(event, text)


def _number(event: _Event, text: str) -> JSON:
    digits = text.replace("_", "")
    based = _BASED.fullmatch(digits)
    if based:
        value = int(based[2] or based[3] or based[4], 16 if based[2] else 2 if based[3] else 8)
        return -value if based[1] == "-" else value
    if _INTEGER.fullmatch(digits) and len(digits) <= _LONGEST_INTEGER:
        return int(digits)
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if number - number != 0:
        raise _at(event, f"the number {text[:40]} is too large")
    return number


def _is_merge(event: _Event) -> bool:
    return type(event) is yaml.ScalarEvent and event.value == "<<" and event.implicit[0]


def _mergeable(event: _Event, value: JSON) -> list[dict[str, JSON]]:
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, dict) for item in values):
        raise _at(event, "map merge requires map or sequence of maps as the value")
    return values


def _key(event: _Event, value: JSON) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise _at(event, "a key must be a text or a number")
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check_tag(event: _Event) -> None:
    if event.tag is not None and event.tag not in _PLAIN_TAGS:
        raise _at(event, f"tag {event.tag} is not supported")


def _at(event: _Event, message: str, suggestion: str = "") -> SyntaxMistake:
    mark = event.start_mark
    return SyntaxMistake(message, mark.line + 1, mark.column + 1, suggestion)


def _mistake(error: yaml.MarkedYAMLError) -> SyntaxMistake:
    mark = error.problem_mark or error.context_mark
    message = error.problem or error.context or "unreadable"
    if error.context and error.problem:
        message = f"{message} ({error.context})"
    hint = "indent with blanks, not with tabs" if "cannot start any token" in message else ""
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    return SyntaxMistake(message, line, column, hint)
