"""
Know the types that a stream defines, and read values of them.

A definition is itself a value, of types that need no definition.  They are the first
entries of the table, so that one function reads both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, Union

from attrs import frozen

from gatekeeper.revocation.gob.reading import Cursor, Malformed

__all__ = ["BOOL", "BYTES", "INT", "STRING", "UINT", "ListOf", "Struct", "Types"]

BOOL, INT, UINT, BYTES, STRING = 1, 2, 3, 5, 6
"""Numbers of types that need no definition; 4, 7 and 8 are of no use here."""

_FIRST_OWN = 64
_MAX_TYPES = 64
_MAX_DEPTH = 8
_MAX_NAME = 256


@frozen
class ListOf:
    """A list; its items have one type."""

    item: int


@frozen
class Struct:
    """Named fields, in the order in which values number them."""

    fields: Sequence[tuple[str, int]]


@frozen
class Unreadable:
    """A map, an array or something that encodes itself: known to exist, never read."""


Type: TypeAlias = Union[ListOf, Struct, Unreadable]

_WIRE, _COMMON, _LIST, _STRUCT, _FIELD, _FIELDS, _ANY = 16, 18, 19, 20, 21, 22, 17

_BOOTSTRAP: dict[int, Type] = {
    _WIRE: Struct(
        (
            ("ArrayT", _ANY),
            ("SliceT", _LIST),
            ("StructT", _STRUCT),
            ("MapT", _ANY),
            ("GobEncoderT", _ANY),
            ("BinaryMarshalerT", _ANY),
            ("TextMarshalerT", _ANY),
        )
    ),
    _ANY: Struct((("CommonType", _COMMON), ("Key or Elem", INT), ("Elem or Len", INT))),
    _COMMON: Struct((("Name", STRING), ("Id", INT))),
    _LIST: Struct((("CommonType", _COMMON), ("Elem", INT))),
    _STRUCT: Struct((("CommonType", _COMMON), ("Field", _FIELDS))),
    _FIELD: Struct((("Name", STRING), ("Id", INT))),
    _FIELDS: ListOf(_FIELD),
}


class Types:
    """The types of one stream; numbers are the sender's choice."""

    def __init__(self) -> None:
        self._known = dict(_BOOTSTRAP)

    def define(self, number: int, cursor: Cursor) -> None:
        """
        Learn a type.

        Raises:
            Malformed: The definition cannot be read, is a second one, or one too many.
        """
        if number < _FIRST_OWN or number in self._known:
            raise Malformed(f"type {number} cannot be defined")
        if len(self._known) - len(_BOOTSTRAP) >= _MAX_TYPES:
            raise Malformed(f"more than {_MAX_TYPES} types")
        self._known[number] = _type_of(self.read(_WIRE, cursor))

    def named(self, number: int) -> Type | None:
        """Give a defined type; None for one that needs no definition, or has none."""
        return self._known.get(number)

    def read(self, number: int, cursor: Cursor) -> Any:
        """
        Read the last value of a payload.

        Returns:
            `bool`, `int`, `bytes`, `str`, a `list`, or a `dict` by field names in which
            fields that were not sent are missing.

        Raises:
            Malformed: It does not fit its type, or something is left over.
        """
        value = self._value(number, cursor, 0)
        if cursor.left:
            raise Malformed(f"{cursor.left} bytes behind a value")
        return value

    def _value(self, number: int, cursor: Cursor, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise Malformed(f"values nested deeper than {_MAX_DEPTH}")
        kind = self._known.get(number)
        if isinstance(kind, Struct):
            return self._struct(kind, cursor, depth)
        if isinstance(kind, ListOf):
            return [self._value(kind.item, cursor, depth + 1) for _ in range(cursor.count())]
        return _plain(number, cursor)

    def _struct(self, kind: Struct, cursor: Cursor, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        at = -1
        while step := cursor.uint():
            at += step
            if at >= len(kind.fields):
                raise Malformed(f"field {at} of {len(kind.fields)}")
            name, number = kind.fields[at]
            found[name] = self._value(number, cursor, depth + 1)
        return found


def _plain(number: int, cursor: Cursor) -> Any:
    if number == BYTES:
        return cursor.data()
    if number == STRING:
        return cursor.text()
    if number == UINT:
        return cursor.uint()
    if number == INT:
        return cursor.integer()
    if number == BOOL:
        return bool(cursor.uint())
    raise Malformed(f"a value of type {number}, which is not read here")


def _type_of(wire: dict[str, Any]) -> Type:
    """Make a type of its definition."""
    if len(wire) != 1:
        raise Malformed(f"a definition of {len(wire)} types")
    if "SliceT" in wire:
        return ListOf(wire["SliceT"].get("Elem", 0))
    if "StructT" in wire:
        fields = wire["StructT"].get("Field", [])
        named = [(field.get("Name", ""), field.get("Id", 0)) for field in fields]
        if len(named) > _MAX_NAME or any(len(name) > _MAX_NAME for name, _ in named):
            raise Malformed("a type with too many fields, or too long names")
        return Struct(named)
    return Unreadable()
