"""Quote text as Go's ``%q`` does, so that nothing in it disturbs a log or a terminal."""

from __future__ import annotations

__all__ = ["one_line", "quoted"]

_NAMED = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_SPECIAL = {**_NAMED, '"': '\\"', "\\": "\\\\"}


def quoted(text: str) -> str:
    """Put text between double quotes; bytes that were no UTF-8 become ``\\xff``."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_SPECIAL.get(char) or _shown(char) for char in text) + '"'


def one_line(text: str) -> str:
    """Escape what would begin a new line or control a terminal, and nothing else."""
    if text.isprintable():
        return text
    return "".join(_NAMED.get(char) or _shown(char) for char in text)


def _shown(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that `surrogateescape` carried
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
