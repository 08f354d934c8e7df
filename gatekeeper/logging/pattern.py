"""
Turn the pattern of a line into a function that writes lines.

A pattern is text with verbs: ``%{time:15:04:05} %{level:.4s} %{message}``.  All formats of
the application log are patterns, but for ``logstash``, which has to be JSON.

Source: KrakenD documentation, "Logging", section "Custom logging format".
"""

from __future__ import annotations

import itertools
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from gatekeeper.log import LEVELS
from gatekeeper.logging.layout import layout

__all__ = ["DEFAULT", "PLAIN", "Format", "compile_pattern", "logstash"]

Format: TypeAlias = Callable[[str, str, float], str]
"""Takes a level, a clean text and seconds since 1970; gives a line that ends as it should."""

DEFAULT = " %{time:2006/01/02 - 15:04:05.000} %{color}▶ %{level}%{color:reset} %{message}"
PLAIN = "%{time:2006/01/02 15:04:05} KRAKEND %{level}: %{message}"
"""What is written while no logger is configured."""

_VERB = re.compile(r"%{([a-z]+)(?::(.*?[^\\]))?}")
_FLAGS = re.compile(r"([-+# 0]*\d*(?:\.\d+)?)([a-zA-Z])(.*)", re.DOTALL)
_RESET = "\x1b[0m"
_COLOURS = {"CRITICAL": 5, "ERROR": 1, "WARNING": 3, "NOTICE": 2, "DEBUG": 6}

_FIXED: Mapping[str, str] = {
    "module": "KRAKEND",
    "program": "gatekeeper",
    "longfile": "gatekeeper/log.py:1",
    "shortfile": "log.py:1",
    "longpkg": "gatekeeper.log",
    "shortpkg": "log",
    "longfunc": "gatekeeper.log.Log",
    "shortfunc": "Log",
    "callpath": "gatekeeper.log",
}


class _Message(NamedTuple):
    level: str
    text: str
    now: float


_Piece: TypeAlias = Callable[[_Message], str]


def compile_pattern(pattern: str) -> Format:
    """
    Turn a pattern into a function.

    Raises:
        ValueError: There is no verb in it, or one that does not exist.
    """
    pieces: list[_Piece] = []
    end = 0
    for match in _VERB.finditer(pattern):
        if match.start() > end:
            pieces.append(_literal(pattern[end : match.start()]))
        pieces.append(_verb(match[1], match[2]))
        end = match.end()
    if not pieces:
        raise ValueError(f"invalid log format: {pattern}")
    pieces.append(_literal(pattern[end:] + ("" if pattern.endswith("\n") else "\n")))

    def write(level: str, text: str, now: float) -> str:
        message = _Message(level, text, now)
        return "".join([piece(message) for piece in pieces])

    write("INFO", "", 0.0)  # flags that do not fit raise now
    return write


def _literal(text: str) -> _Piece:
    return lambda _: text


def _verb(name: str, given: str | None) -> _Piece:
    if name in _FIXED:
        return _literal(_FIXED[name] if name == "callpath" else _printf(given, _FIXED[name]))
    if name == "time":
        written = layout(given or "2006-01-02T15:04:05.999Z07:00")
        return lambda message: written(message.now)
    if name == "color":
        colours = _colours(given or "")
        return lambda message: colours.get(message.level, "")
    if name == "level":
        levels = {level: _printf(given, level) for level in LEVELS}
        return lambda message: levels[message.level]
    if name == "message":
        return lambda message: _printf(given, message.text)
    if name == "id":
        numbers = itertools.count()
        return lambda _: _printf(given, next(numbers))
    if name == "pid":
        return lambda _: _printf(given, os.getpid())
    raise ValueError(f"unknown variable: {name}")


def _colours(kind: str) -> dict[str, str]:
    if kind == "reset":
        return dict.fromkeys(LEVELS, _RESET)
    bold = "1;" if kind == "bold" else ""
    return {level: f"\x1b[{bold}3{colour}m" for level, colour in _COLOURS.items()}


def _printf(given: str | None, value: str | int) -> str:
    """
    Write a value with flags of Go's printf, such as ``.4s`` or ``03d``.

    Raises:
        ValueError: The flags do not fit the value.
    """
    if given is None:
        return str(value)
    match = _FLAGS.fullmatch(given)
    kinds = "sv" if isinstance(value, str) else "dvxX"
    if match is None or match[2] not in kinds:
        raise ValueError(f"invalid layout: {given}")
    kind = match[2].replace("v", kinds[0])
    return f"%{match[1]}{kind}" % value + match[3]


_utc = layout("2006-01-02T15:04:05.000+00:00", time.gmtime)


def logstash(level: str, text: str, now: float) -> str:
    """
    Write a line of JSON for Logstash.

    Unlike the original we escape the text and write the time that the offset promises.
    """
    import orjson

    message = orjson.dumps(text).decode()
    return (
        f'{{"@timestamp":"{_utc(now)}", "@version": 1, "level": "{level}", '
        f'"message": {message}, "module": "KRAKEND"}}\n'
    )
