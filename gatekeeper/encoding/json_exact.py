"""
Read and write the JSON that the fast way cannot: odd numbers, odd strings, broken bodies.

The grammar is that of the standard library's scanner, with everything taken away that
only Python allows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Any, Final, NoReturn

from gatekeeper.encoding.json_errors import broken_number, syntax_error
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.encoding.text import double_as_json, number_as_text
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON, Double, Number

__all__ = ["MAX_DEPTH", "dumps", "loads"]

MAX_DEPTH: Final = 512

_TOO_DEEP: Final = "json: exceeded max depth"
_GOES_ON: Final = frozenset(".eE")
_NOT_WHITE: Final = re.compile(r"[^ \t\r\n]|\Z")
_FOREIGN: Final = re.compile("[\ud800-\udfff]")
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_ESCAPES: Final = re.compile(
    r"\\(?:"
    r"(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"  # a whole pair
    r"|u[dD][89a-fA-F][0-9a-fA-F]{2}"  # half a pair
    r"|.)"
)
_MARKUP: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def loads(body: bytes) -> JSON:
    """
    Decode the first JSON value; numbers that Python would respell become `Number`.

    Raises:
        DecodeError: As `gatekeeper.encoding.json.loads`.
    """
    text = _as_characters(body)
    start = _beginning(text)
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError:
        raise DecodeError(syntax_error(body, _DECODER)) from None
    except RecursionError:
        raise DecodeError(_TOO_DEEP) from None
    if text[end : end + 1] in _GOES_ON and (broken := broken_number(body.decode("latin-1"), end)):
        raise DecodeError(broken)
    _check_depth(value, text, end)
    return value


def dumps(value: JSON) -> bytes:
    """Encode as `gatekeeper.encoding.json.dumps` does, with no limit to what it can hold."""
    written: list[str] = []
    pending = [value]
    while pending:  # a stack of our own: data may be deeper than Python calls may be
        value = pending.pop()
        parts = _parts(value)
        if parts is None:
            written.append(_scalar(value))
        else:
            pending += reversed(parts)
    return "".join(written).encode()


def _integer(text: str) -> int | Number:
    """Read an integer; its digits are bounded, because `int` takes quadratic time."""
    return int(text) if len(text) < 19 and text != "-0" else Number(text)


def _refuse(name: str) -> NoReturn:
    """Python's scanner takes NaN and Infinity for numbers; here they are mistakes."""
    raise json.JSONDecodeError("Expecting value", name, 0)


_DECODER: Final = json.JSONDecoder(
    parse_float=Number, parse_int=_integer, parse_constant=_refuse, strict=True
)


def _as_characters(body: bytes) -> str:
    """Give a body's text; U+FFFD stands for every byte that is not UTF-8 and half a pair."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = _FOREIGN.sub("\ufffd", body.decode("utf-8", "surrogateescape"))
    if _HALF.search(body):
        text = _ESCAPES.sub(_whole_escape, text)
    return text


def _whole_escape(found: re.Match[str]) -> str:
    escape = found[0]
    if found[1] is None and len(escape) == len("\\ud800"):
        return "\\ufffd"
    return escape


def _beginning(text: str) -> int:
    found = _NOT_WHITE.search(text)
    return found.start() if found else len(text)


def _check_depth(value: JSON, text: str, end: int) -> None:
    """Refuse more than 512 levels, looking at one level after the other."""
    if text.count("[", 0, end) + text.count("{", 0, end) <= MAX_DEPTH:
        return
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item for holder in level for item in _held(holder) if isinstance(item, dict | list)
        ]
        if not level:
            return
    raise DecodeError(_TOO_DEEP)


def _held(holder: JSON) -> Any:
    if isinstance(holder, dict):
        return holder.values()
    return holder if isinstance(holder, list) else ()


def _parts(value: JSON) -> list[JSON] | None:
    """Give what a list or object is written of, in order; None for a scalar."""
    if isinstance(value, list):
        return _joined("[", ([item] for item in value), "]")
    if isinstance(value, dict):
        return _joined("{", (_member(key, value[key]) for key in sorted(value)), "}")
    if not isinstance(value, Ordered):
        return None
    if isinstance(value.value, list):
        return [value.value]
    return _joined("{", (_member(key, item) for key, item in value.value.items()), "}")


def _joined(begin: str, items: Iterable[list[JSON]], end: str) -> list[JSON]:
    """Put signs around and between items; a `Number` is text that is written as it is."""
    parts: list[JSON] = []
    for item in items:
        parts += [Number("," if parts else begin), *item]
    return [*parts, Number(end)] if parts else [Number(begin + end)]


def _member(key: str, value: JSON) -> list[JSON]:
    return [key, Number(":"), value]


def _scalar(value: JSON) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Double):
        return double_as_json(value).decode()
    if isinstance(value, int | float):
        return number_as_text(value)
    raise TypeError(type(value).__name__)


def _quoted(text: str) -> str:
    """Quote a string; bytes that were no text (see `string`) become six characters each."""
    return _FOREIGN.sub(r"\\ufffd", encode_basestring(text)).translate(_MARKUP)
