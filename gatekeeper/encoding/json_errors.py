"""
Say what is wrong with a JSON text in the words of Go's decoder.

Clients see these texts where ``router.return_error_msg`` is on.  The standard library's
scanner says where it stopped and why; the words are found from that.

Source: KrakenD's behaviour, conformance case ``errors-decoding``.
"""

from __future__ import annotations

import json
import re
from typing import Final

__all__ = ["broken_number", "quoted", "syntax_error"]

_WHITE: Final = re.compile(r"[ \t\r\n]*+")
_LITERALS: Final = {"t": "true", "f": "false", "n": "null"}
_OF_NUMBERS: Final = "0123456789+-.eE"
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NOT_BRACKETS: Final = {code: None for code in range(256) if chr(code) not in "[]{}"}
_GO_ESCAPES: Final = {
    "'": r"\'",
    "\\": r"\\",
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}
_BEGINNING: Final = "looking for beginning of value"
_KEY: Final = "looking for beginning of object key string"


def syntax_error(body: bytes, decoder: json.JSONDecoder) -> str:
    """
    Describe the first mistake of a body.

    Args:
        body: A text that `decoder` refuses.
        decoder: The scanner; it sees one character per byte, as Go does.
    """
    text = body.decode("latin-1")
    start = _skip(text, 0)
    if start == len(text):
        return "EOF"
    try:
        decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        return _described(
            text, error.pos if error.doc is text else _constant(text, error.doc), error
        )
    return "unexpected EOF"


def broken_number(text: str, at: int) -> str:
    """
    Describe a number that goes on at a place, but not as a number may.

    Returns:
        "" when what stands there is no part of the number in front of it.
    """
    number = text[len(text[:at].rstrip(_OF_NUMBERS)) : at].lower()
    if text[at] == "." and number.lstrip("-").isdigit():
        return _invalid(text, at + 1, "after decimal point in numeric literal")
    if text[at] in "eE" and number[-1:].isdigit() and "e" not in number:
        at += 1 if text[at + 1 : at + 2] in {"+", "-"} else 0
        return _invalid(text, at + 1, "in exponent of numeric literal")
    return ""


def quoted(character: str) -> str:
    """Write a byte as Go quotes it: ``'<'``, ``'\\n'``, ``'\\x1f'``, ``'ï'``."""
    code = ord(character)
    if character in _GO_ESCAPES:
        return f"'{_GO_ESCAPES[character]}'"
    if code < 0x20 or code == 0x7F:
        return f"'\\x{code:02x}'"
    if 0x80 <= code <= 0xA0 or code == 0xAD:
        return f"'\\u{code:04x}'"
    return f"'{character}'"


def _described(text: str, at: int, error: json.JSONDecodeError) -> str:
    reason = error.msg
    if reason.startswith("Unterminated string"):
        return "unexpected EOF"
    if reason.startswith("Invalid control character"):
        return _invalid(text, at, "in string literal")
    if reason.startswith("Invalid \\u"):
        return _bad_hexadecimal(text, at)
    if reason.startswith("Invalid \\"):
        return _bad_escape(text, at)
    if reason.startswith("Illegal trailing comma"):  # since Python 3.13
        return _invalid(text, _skip(text, at + 1), _KEY if "object" in reason else _BEGINNING)
    if reason.startswith("Expecting property name"):
        return _invalid(text, _skip(text, at), _KEY)
    if reason.startswith("Expecting ':'"):
        return _invalid(text, _skip(text, at), "after object key")
    if reason.startswith("Expecting ','"):
        return _bad_end_of_value(text, at)
    return _bad_value(text, _skip(text, at))


def _invalid(text: str, at: int, where: str) -> str:
    if at >= len(text):
        return "unexpected EOF"
    return f"invalid character {quoted(text[at])} {where}"


def _skip(text: str, at: int) -> int:
    """Give the place of the next character that is not white space."""
    found = _WHITE.match(text, at)
    return found.end() if found else at


def _constant(text: str, name: str) -> int:
    """Find where a name that only Python knows was refused, such as NaN."""
    return _STRING.sub(lambda found: " " * len(found[0]), text).index(name)


def _bad_value(text: str, at: int) -> str:
    """Describe something that is no value: a literal cut short, a sign alone, or anything."""
    if at < len(text) and text[at] == "-":
        return _invalid(text, at + 1, "in numeric literal")
    literal = _LITERALS.get(text[at : at + 1])
    if literal is None:
        return _invalid(text, at, _BEGINNING)
    for index, wanted in enumerate(literal):
        if text[at + index : at + index + 1] != wanted:
            where = f"in literal {literal} (expecting {quoted(wanted)})"
            return _invalid(text, at + index, where)
    return "unexpected EOF"


def _bad_end_of_value(text: str, at: int) -> str:
    """Describe what follows a value inside a list or object, which may be a broken number."""
    if text[at : at + 1] in {".", "e", "E"} and (broken := broken_number(text, at)):
        return broken
    at = _skip(text, at)
    inside = "array element" if _holder(text, at) == "[" else "object key:value pair"
    return _invalid(text, at, f"after {inside}")


def _bad_escape(text: str, at: int) -> str:
    """Describe an unknown escape; scanners differ in pointing at it or at its backslash."""
    if text[at : at + 1] == "\\":
        at += 1
    return _invalid(text, at, "in string escape code")


def _bad_hexadecimal(text: str, at: int) -> str:
    at = text.index("u", text.rindex("\\", 0, at + 1)) + 1
    while text[at : at + 1] in set("0123456789abcdefABCDEF"):
        at += 1
    return _invalid(text, at, "in \\u hexadecimal character escape")


def _holder(text: str, at: int) -> str:
    """Give the bracket that is open at a place."""
    closed = 0
    for bracket in reversed(_STRING.sub("", text[:at]).translate(_NOT_BRACKETS)):
        closed += 1 if bracket in "]}" else -1
        if closed < 0:
            return bracket
    return ""
