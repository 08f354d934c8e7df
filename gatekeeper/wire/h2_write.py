"""
Write the head of an HTTP/2 answer.

Most lines of an answer are the same every time, so one table keeps what becomes of a line:
its two parts as they are sent, or nothing for those that HTTP/2 says in other ways.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

from gatekeeper.wire.exchange import Lines
from gatekeeper.wire.h1_write import Unsendable
from gatekeeper.wire.strict import TOKEN

__all__ = ["answer_fields"]

_Field: TypeAlias = tuple[bytes, bytes]

_FORBIDDEN = frozenset(
    (
        "connection", "content-length", "http2-settings", "keep-alive", "proxy-connection",
        "te", "trailer", "transfer-encoding", "upgrade",
    )
)  # fmt: skip
_DATE = b"date"
_NOTHING: _Field = (b"", b"")

_FIELDS: dict[tuple[str, str], _Field] = {}
_REMEMBERED = 1024

_STATUSES = {status: (b":status", b"%d" % status) for status in range(200, 1000)}


def answer_fields(
    status: int, headers: Lines, length: int | None, date_line: str
) -> list[tuple[bytes, bytes]]:
    """
    Give the fields of an answer.

    Args:
        length: Of the body, where it is told.
        date_line: For answers without a date of their own, as HTTP/1.1 writes it.

    Raises:
        Unsendable: A name or a value holds what may not stand in one, or the status
            is not one.
    """
    first = _STATUSES.get(status)
    if first is None:
        raise Unsendable("the status")
    fields = [first]
    known = _FIELDS.get
    dated = date_line == ""
    for line in headers:
        field = known(line)
        if field is None:
            field = _field(*line)
        if field[0] == _DATE:
            if dated:
                continue
            dated = True
        if field is not _NOTHING:
            fields.append(field)
    if not dated:
        fields.append(_date(date_line))
    if length is not None and status not in (204, 304):
        fields.append((b"content-length", b"%d" % length))
    return fields


def _field(name: str, value: str) -> _Field:
    if not TOKEN(name):
        raise Unsendable("a name")
    if any(bad in value for bad in "\r\n\0"):
        raise Unsendable(name)
    lower = name.lower()
    try:
        field = (lower.encode("ascii"), value.strip(" \t").encode("latin-1"))
    except UnicodeEncodeError as error:
        raise Unsendable("a header that is not latin-1") from error
    if lower in _FORBIDDEN:
        field = _NOTHING
    if len(_FIELDS) < _REMEMBERED and len(name) + len(value) <= 128:
        _FIELDS[name, value] = field
    return field


@lru_cache(4)
def _date(line: str) -> _Field:
    return _DATE, line.partition(": ")[2].rstrip("\r\n").encode("ascii")
