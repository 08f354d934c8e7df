"""
Find the line and the column of a value, when something must be said about it.

Parsing for values keeps no places, because a good file needs none.  When a message is
due, the text is searched along the pointer: in JSON the objects and lists on the way are
scanned (each once; what lies beside the way is skipped by the C decoder), in YAML the
marks of libyaml's node tree are used, in TOML headers and keys are matched line by line,
which is the best that can be done there with little code.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import yaml
from attrs import frozen

from gatekeeper.config.pointer import steps
from gatekeeper.config.source import Source

__all__ = ["Place", "Positions"]


@frozen
class Place:
    """
    Where something stands.

    Attributes:
        line, column: From 1; 0 means unknown.
        text: The whole line.
    """

    line: int = 0
    column: int = 0
    text: str = ""


class _Finder(Protocol):
    def find(self, way: Sequence[str], at_key: bool) -> tuple[int, int]:
        """Give line and column of what is deepest on the way and exists."""


class Positions:
    """Answer where pointers point in one file; nothing is read before the first question."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._finder: _Finder | None = None
        self._lines: list[str] | None = None

    def place(self, pointer: str, at_key: bool = False) -> Place:
        """
        Find a value, or the nearest thing around it that exists.

        Args:
            pointer: RFC 6901; "" has no place.
            at_key: Whether to show the key although the value is a scalar.  Objects and
                lists are always shown by their key.
        """
        if not pointer:
            return Place()
        if self._finder is None:
            self._finder = _FINDERS[self._source.format](self._source.text)
        line, column = self._finder.find(steps(pointer), at_key)
        return Place(line, column, self.line(line))

    def line(self, number: int) -> str:
        """Give the text of a line, counted from 1; "" when there is none."""
        if self._lines is None:
            self._lines = self._source.text.split("\n")
        return self._lines[number - 1].rstrip("\r") if 0 < number <= len(self._lines) else ""


class _JSONFinder:
    """Scan objects and lists on the way, and remember where their members are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(end.end() for end in re.finditer("\n", text))]
        self._decoder = json.JSONDecoder()
        self._known: dict[int, Mapping[str, tuple[int, int]]] = {}

    def find(self, way: Sequence[str], at_key: bool) -> tuple[int, int]:
        key = value = self._skip(0)
        for step in way:
            members = self._members(value)
            if step not in members:
                break
            key, value = members[step]
        shown = key if at_key or self._text[value] in "{[" else value
        line = bisect_right(self._starts, shown)
        return line, shown - self._starts[line - 1] + 1

    def _members(self, offset: int) -> Mapping[str, tuple[int, int]]:
        if offset not in self._known:
            opening = self._text[offset]
            scan = {"{": self._object, "[": self._list}.get(opening)
            self._known[offset] = scan(offset) if scan else {}
        return self._known[offset]

    def _object(self, offset: int) -> dict[str, tuple[int, int]]:
        members: dict[str, tuple[int, int]] = {}
        offset = self._skip(offset + 1)
        while self._text[offset] == '"':
            name, end = self._decoder.raw_decode(self._text, offset)
            value = self._skip(self._skip(end) + 1)
            members[name] = (offset, value)
            offset = self._behind(value)
        return members

    def _list(self, offset: int) -> dict[str, tuple[int, int]]:
        members: dict[str, tuple[int, int]] = {}
        offset = self._skip(offset + 1)
        while self._text[offset] != "]":
            members[str(len(members))] = (offset, offset)
            offset = self._behind(offset)
        return members

    def _behind(self, value: int) -> int:
        offset = self._skip(self._decoder.raw_decode(self._text, value)[1])
        return self._skip(offset + 1) if self._text[offset] == "," else offset

    def _skip(self, offset: int) -> int:
        while self._text[offset] in " \t\r\n":
            offset += 1
        return offset


class _YAMLFinder:
    """Walk the node tree; merged mappings are looked into, too."""

    def __init__(self, text: str) -> None:
        documents = yaml.compose_all(text.removeprefix("\ufeff"), Loader=yaml.CSafeLoader)
        self._root: yaml.Node | None = next(documents, None)

    def find(self, way: Sequence[str], at_key: bool) -> tuple[int, int]:
        if self._root is None:
            return 0, 0
        key = value = self._root
        for step in way:
            member = _member(value, step)
            if member is None:
                break
            key, value = member
        shown = key if at_key or not isinstance(value, yaml.ScalarNode) else value
        return shown.start_mark.line + 1, shown.start_mark.column + 1


def _member(node: yaml.Node, step: str, depth: int = 0) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        number = int(step) if step.isdigit() else len(node.value)
        return (node.value[number], node.value[number]) if number < len(node.value) else None
    if not isinstance(node, yaml.MappingNode) or depth > 10:
        return None
    for key, value in node.value:
        if key.value == step:
            return key, value
    merged = [value for key, value in node.value if key.value == "<<"]
    others = [other for value in merged for other in _mappings(value)]
    return next(filter(None, (_member(other, step, depth + 1) for other in others)), None)


def _mappings(node: yaml.Node) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else [node]


class _TOMLFinder:
    """Match table headers and keys, line by line."""

    _HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
    _KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.\s-])+?)\s*=\s*""")
    _PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")

    def __init__(self, text: str) -> None:
        self._found: dict[tuple[str, ...], tuple[int, int, int]] = {}
        self._tables: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(text.split("\n"), 1):
            header = self._HEADER.match(line)
            if header:
                table = self._enter(self._parts(header[2]), header[1] == "[[")
                place = (number, header.start(1) + 1, header.start(1) + 1)
                self._found.setdefault(table, place)
                if header[1] == "[[":
                    self._found.setdefault(table[:-1], place)
            elif key := self._KEY.match(line):
                place = (number, key.start(1) + 1, key.end() + 1)
                self._found.setdefault((*table, *self._parts(key[1])), place)

    def find(self, way: Sequence[str], at_key: bool) -> tuple[int, int]:
        for length in range(len(way), 0, -1):
            place = self._found.get(tuple(way[:length]))
            if place:
                exact = length == len(way) and not at_key
                return place[0], place[2] if exact else place[1]
        return 1, 1

    def _parts(self, name: str) -> tuple[str, ...]:
        return tuple(part[1] or part[2] or part[3] or "" for part in self._PART.finditer(name))

    def _enter(self, names: tuple[str, ...], is_list: bool) -> tuple[str, ...]:
        table: tuple[str, ...] = ()
        for position, name in enumerate(names, 1):
            table = (*table, name)
            if is_list and position == len(names):
                self._tables[table] = self._tables.get(table, -1) + 1
            if table in self._tables:
                table = (*table, str(self._tables[table]))
        return table


_FINDERS: Mapping[str, Callable[[str], _Finder]] = {
    "json": _JSONFinder,
    "yaml": _YAMLFinder,
    "toml": _TOMLFinder,
}
