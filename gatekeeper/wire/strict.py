"""
The bytes that may stand in HTTP/1.1, and where.

Anything that two parsers could read in two ways is refused, not repaired: it is how
requests are smuggled.  Source: RFC 9110 section 5, RFC 9112 sections 2 to 7.
"""

from __future__ import annotations

import re

__all__ = ["BARE", "CHUNK_LINE", "CONTROLS", "HEADER_LINE", "TOKEN", "Refusal", "canonical"]

_TCHAR = r"!#$%&'*+\-.^_`|~0-9A-Za-z"

TOKEN = re.compile(rf"[{_TCHAR}]+").fullmatch
"""A method or a header name."""

CONTROLS = bytes(byte for byte in range(32) if byte != 0x09) + b"\x7f"
"""What may not stand in a line."""

HEADER_LINE = re.compile(rf"([{_TCHAR}]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)").fullmatch
"""A header or trailer line without its end."""

BARE = re.compile(rb"\r[^\n]|(?<!\r)\n|\x00").search
"""A CR or LF on its own, or a NUL."""

_QUOTED = rb'"[\t !#-\[\]-~\x80-\xff]*"'
_WORD = rb"[" + _TCHAR.encode() + rb"]+"
CHUNK_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,16})((?:;" + _WORD + rb"(?:=(?:" + _WORD + rb"|" + _QUOTED + rb"))?)*)"
).fullmatch
"""A chunk's size and its extensions, without the line's end and without any blank."""

_CANONICAL: dict[str, str] = {}


class Refusal(Exception):
    """
    The connection's bytes cannot be served; `text` is the whole body of the answer.

    Attributes:
        status: What the client gets; the connection is closed after it.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def canonical(name: str) -> str:
    """
    Spell a valid header name as ``X-Forwarded-For``.

    Remembers what it has seen, up to a bound: names come from clients.
    """
    known = _CANONICAL.get(name)
    if known is None:
        known = "-".join(part[:1].upper() + part[1:].lower() for part in name.split("-"))
        if len(_CANONICAL) < 2048 and len(name) <= 64:
            _CANONICAL[name] = known
    return known
