"""Write numbers, texts, values, definitions and messages."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "boolean",
    "data",
    "integer",
    "items",
    "list_type",
    "message",
    "struct",
    "struct_type",
    "text",
    "uint",
]


def uint(value: int) -> bytes:
    """Write an unsigned number."""
    if value < 0x80:
        return bytes((value,))
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes((0x100 - len(digits),)) + digits


def integer(value: int) -> bytes:
    """Write a signed number."""
    return uint(~value << 1 | 1) if value < 0 else uint(value << 1)


def boolean(value: bool) -> bytes:
    """Write true or false."""
    return uint(int(value))


def data(value: bytes) -> bytes:
    """Write bytes."""
    return uint(len(value)) + value


def text(value: str) -> bytes:
    """Write a text."""
    return data(value.encode("utf-8"))


def items(written: Sequence[bytes]) -> bytes:
    """Write a list of values that are written already."""
    return uint(len(written)) + b"".join(written)


def struct(*fields: bytes | None) -> bytes:
    """Write a struct; None leaves a field out, as must be done with zeros and nothings."""
    written, step = b"", 1
    for field in fields:
        if field is None:
            step += 1
        else:
            written += uint(step) + field
            step = 1
    return written + uint(0)


def message(payload: bytes) -> bytes:
    """Put the length in front of a payload."""
    return uint(len(payload)) + payload


def struct_type(number: int, name: str, fields: Sequence[tuple[str, int]]) -> bytes:
    """Give the message that defines a struct."""
    written = [struct(text(field), integer(kind)) for field, kind in fields]
    kind = struct(_common(number, name), items(written) if written else None)
    return message(integer(-number) + struct(None, None, kind))


def list_type(number: int, name: str, item: int) -> bytes:
    """Give the message that defines a list."""
    return message(integer(-number) + struct(None, struct(_common(number, name), integer(item))))


def _common(number: int, name: str) -> bytes:
    return struct(text(name) if name else None, integer(number))
