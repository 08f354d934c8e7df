"""Parse TOML."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time

from gatekeeper.config.syntax import SyntaxMistake, line_and_column
from gatekeeper.message import JSON

__all__ = ["parse"]

_PLACE = re.compile(r" \(at line ([0-9]+), column ([0-9]+)\)$")


def parse(text: str) -> JSON:
    """
    Parse one document.  Dates become texts.

    Raises:
        SyntaxMistake: With the place.
    """
    try:
        return _plain(tomllib.loads(text.removeprefix("\ufeff")))
    except tomllib.TOMLDecodeError as error:
        raise _mistake(text, str(error)) from None
    except RecursionError:
        raise SyntaxMistake("tables and lists are nested too deeply") from None


def _plain(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:
        raise SyntaxMistake(f"the number {value} has no meaning in a configuration")
    return value


def _mistake(text: str, said: str) -> SyntaxMistake:
    place = _PLACE.search(said)
    message = said[: place.start()] if place else said.replace(" (at end of document)", "")
    line, column = (
        (int(place[1]), int(place[2])) if place else line_and_column(text, len(text.rstrip()))
    )
    return SyntaxMistake(message[:1].lower() + message[1:], line, column, _hint(message))


def _hint(message: str) -> str:
    if message == "Invalid value":
        return 'write a value behind "=": a number, true, false, or a text in quotes'
    return ""
