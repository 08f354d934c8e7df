"""
Write an entry down in bytes, and read it again.

The key is part of the record, so that nobody is ever given what was kept under another one.
Header lines are text with a line for each name and each value; an entry in which such a
line has an end in the middle is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct

from gatekeeper.httpcache.entry import Entry
from gatekeeper.message import Streamed

__all__ = ["pack", "unpack"]

_HEAD = Struct("=IIIHHqddd")
"""Bytes of key, lines and variant; status; flags; length; date, lifetime and freshness."""

_DATED, _LONG, _COMPLETE, _VARIANT = 1, 2, 4, 8


def pack(key: str, entry: Entry) -> bytes | None:
    """Write an entry; None when that cannot be done."""
    answer = entry.answer
    lines, variant = _join(answer.headers), _join(entry.variant or ())
    if lines is None or variant is None or not isinstance(answer.body, bytes):
        return None
    name = _encode(key)
    flags = (
        _DATED * (entry.date is not None)
        | _LONG * (answer.length is not None)
        | _COMPLETE * answer.complete
        | _VARIANT * (entry.variant is not None)
    )
    head = _HEAD.pack(
        len(name),
        len(lines),
        len(variant),
        answer.status,
        flags,
        answer.length or 0,
        entry.date or 0.0,
        entry.lifetime_s,
        entry.fresh_until,
    )
    return b"".join((head, name, lines, variant, answer.body))


def unpack(key: str, record: bytes) -> Entry | None:
    """Read an entry; None when it was kept under another key."""
    sizes = _HEAD.unpack_from(record)
    name_size, lines_size, variant_size, status, flags, length, date, lifetime, fresh = sizes
    name = _HEAD.size
    lines = name + name_size
    variant = lines + lines_size
    body = variant + variant_size
    if record[name:lines] != _encode(key):
        return None
    answer = Streamed(
        status,
        _split(record[lines:variant]),
        record[body:],
        length if flags & _LONG else None,
        bool(flags & _COMPLETE),
    )
    return Entry(
        answer,
        date if flags & _DATED else None,
        lifetime,
        fresh,
        _split(record[variant:body]) if flags & _VARIANT else None,
    )


def _join(pairs: Iterable[tuple[str, str]]) -> bytes | None:
    """Write pairs as lines; None when one of them has a line's end."""
    parts = [part for pair in pairs for part in pair]
    text = "\n".join(parts)
    return _encode(text) if text.count("\n") == max(0, len(parts) - 1) else None


def _split(text: bytes) -> Sequence[tuple[str, str]]:
    if not text:
        return ()
    parts = text.decode("utf-8", "surrogatepass").split("\n")
    return tuple(zip(parts[::2], parts[1::2], strict=True))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
