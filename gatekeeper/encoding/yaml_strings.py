"""Decide how a string is written in YAML: plain, quoted, or as a block of lines."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

__all__ = ["literal", "needs_quotes", "quote"]

_RESERVED: Final = frozenset(
    [
        "null",
        "Null",
        "NULL",
        "~",
        "true",
        "True",
        "TRUE",
        "false",
        "False",
        "FALSE",
        "y",
        "Y",
        "yes",
        "Yes",
        "YES",
        "n",
        "N",
        "no",
        "No",
        "NO",
        "on",
        "On",
        "ON",
        "off",
        "Off",
        "OFF",
        "-",
    ]
)
_FIRST: Final = frozenset("*&[{}],!|>%'\"@ `")
_INSIDE: Final = re.compile(r"[#\\]|[:-] ")

_FLOAT: Final = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DIGITS: Final = {
    "0x": re.compile(r"[0-9a-fA-F]+"),
    "0o": re.compile(r"[0-7]+"),
    "0b": re.compile(r"[01]+"),
}
_DECIMAL: Final = re.compile(r"[0-9]+")
_DATE: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ]([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?:[.,]\d+)?"
    r"(Z|[+-](?:[01]\d|2[0-4]):(?:[0-5]\d|60))?)?",
    re.ASCII,
)
_TIME: Final = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]?\d", re.ASCII)

_SHORT: Final = str.maketrans(
    {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        '"': '\\"',
        "\\": "\\\\",
    }
)


def needs_quotes(text: str) -> bool:
    """Tell whether a reader would take the text, written plainly, for something else."""
    if not text or text in _RESERVED or text[0] in _FIRST or text[-1] in ": ":
        return True
    return _INSIDE.search(text) is not None or _is_number(text) or _is_time(text)


def quote(text: str) -> str:
    """Write in double quotes; bytes that are no text (see `string`) become ``\\xff``."""
    plain = text.translate(_SHORT)
    return f'"{plain if plain.isprintable() else "".join(map(_escaped, plain))}"'


def literal(text: str, indent: str, *, pad_empty_lines: bool = True) -> str:
    """Write as a block of lines, each of them indented; empty ones only when asked for."""
    line_break = _line_break(text)
    lines = [indent + line for line in text.split(line_break)]
    header = "|" if text.endswith(line_break) else "|-"
    if text.endswith(line_break * 2):
        header = "|+"
    block = line_break.join(lines).removesuffix(line_break + indent).removesuffix(indent)
    if not pad_empty_lines:
        block = line_break.join("" if line == indent else line for line in block.split(line_break))
    return f"{header}{line_break}{block}"


def _line_break(text: str) -> str:
    line_feeds, returns, both = text.count("\n"), text.count("\r"), text.count("\r\n")
    if line_feeds == returns == both:
        return "\r\n"
    return "\r" if returns > line_feeds else "\n"


def _is_number(text: str) -> bool:
    """Tell whether YAML reads an integer of some base, or a number with a point."""
    points = text.count(".")
    if text[0] == "_" or points > 1:
        return False
    sign = "-" if text[0] == "-" else ""
    digits = text.removeprefix("+").removeprefix("-").replace("_", "")
    based = _DIGITS.get(digits[:2])
    if based is not None:
        return based.fullmatch(digits, 2) is not None
    if points == 1:
        return _FLOAT.fullmatch(sign + digits) is not None
    if digits[:1] == "0":
        return _DIGITS["0o"].fullmatch(digits) is not None
    return _DECIMAL.fullmatch(digits) is not None


def _is_time(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return _TIME.fullmatch(text) is not None
    separator, zone = text[10:11], found[7]
    if separator and (zone is None) != (separator == " "):
        return False
    try:
        date(int(found[1]) or 4, int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


def _escaped(character: str) -> str:
    """Write a character that has no short escape."""
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
