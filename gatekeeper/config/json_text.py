"""
Parse JSON as strictly as KrakenD does, and explain mistakes as people make them.

Numbers become what an IEEE double can hold: integers below 2**53 stay integers,
all others are floats.  Of equal keys the last one counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NoReturn

from gatekeeper.config.pointer import below
from gatekeeper.config.syntax import SyntaxMistake, line_and_column
from gatekeeper.message import JSON

__all__ = ["parse", "repeated"]

_EXACT = 2**53
_BLANKS = " \t\r\n"
_WORDS = {"True": "true", "False": "false", "None": "null", "yes": "true", "no": "false"}


class _TooLargeError(Exception):
    """A number that no double can hold."""


def parse(text: str) -> JSON:
    """
    Parse one document.

    Raises:
        SyntaxMistake: With the place, and a hint where the mistake is a usual one.

    Source: RFC 8259; conformance cases ``refuse-syntax`` and ``config-formats``.
    """
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _explained(text, error) from None
    except _TooLargeError as error:
        place = line_and_column(text, text.find(str(error)))
        raise SyntaxMistake(f"the number {str(error)[:40]} is too large", *place) from None
    except RecursionError:
        raise SyntaxMistake("objects and lists are nested too deeply") from None


def repeated(text: str) -> list[str]:
    """
    Point at keys that stand in an object more than once; of these only the last one counts.

    Args:
        text: What `parse` has accepted.
    """
    found: list[tuple[dict[str, JSON], str]] = []

    def collect(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            found.extend((made, name) for name in made if names.count(name) > 1)
        return made

    tree = json.loads(text, object_pairs_hook=collect, parse_int=str, parse_float=str)
    return [
        below(pointer, name)
        for pointer, value in (_objects(tree) if found else ())
        for made, name in found
        if made is value
    ]


def _objects(tree: JSON) -> Iterator[tuple[str, JSON]]:
    """Give every object with the pointer to it."""
    pending: list[tuple[str, JSON]] = [("", tree)]
    while pending:
        pointer, value = pending.pop()
        if isinstance(value, dict):
            yield pointer, value
            pending += [(below(pointer, key), inside) for key, inside in value.items()]
        elif isinstance(value, list):
            pending += [(below(pointer, index), inside) for index, inside in enumerate(value)]


def _integer(digits: str) -> int | float:
    value = _fraction(digits)
    return int(digits) if abs(value) < _EXACT and digits != "-0" else value


def _fraction(digits: str) -> float:
    value = float(digits)
    if value - value != 0:
        raise _TooLargeError(digits)
    return value


def _constant(word: str) -> NoReturn:
    raise _TooLargeError(word)


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_constant)


def _explained(text: str, error: json.JSONDecodeError) -> SyntaxMistake:
    offset = error.pos
    before = text[:offset].rstrip(_BLANKS)
    if offset < len(text) and text[offset] in "}]" and before.endswith(","):
        offset = len(before) - 1
    message, suggestion = _reason(text, offset, before, error.msg)
    if message.startswith("a comma is missing"):
        offset = len(before)
    return SyntaxMistake(message, *line_and_column(text, offset), suggestion)


def _reason(text: str, offset: int, before: str, said: str) -> tuple[str, str]:
    character = text[offset : offset + 1]
    if text.startswith("\ufeff"):
        return "the file begins with a byte-order mark", "save it as UTF-8 without BOM"
    if not character:
        return "unexpected end of JSON input", "close every brace, bracket and quote"
    if (character == "," and before.endswith(",")) or "trailing comma" in said:  # said by 3.13
        return "a comma with nothing behind it", "remove the comma"
    if "{{" in text[max(0, offset - 1) : offset + 2]:
        return "templates are not allowed in a plain JSON file", "render the file beforehand"
    if character in "/#" and "Expecting" in said:
        return "comments are not allowed in JSON", 'write a key such as "@comment"'
    if character == "'":
        return "texts and keys stand in double quotes", "use \" instead of '"
    if said.startswith(("Unterminated", "Invalid")):
        return f"a text is not closed or not escaped correctly ({said.lower().rstrip(' at')})", ""
    if not before:
        hint = "the format follows from the file's name: .yaml, .toml, all others are JSON"
        return f"expected a JSON object, found {_found(text, offset)}", hint
    if said.startswith("Expecting ','") and (character.isalnum() or character in '"{[-'):
        return "a comma is missing here", ""
    if said.startswith("Extra data"):
        return f"expected the end of the file, found {_found(text, offset)}", ""
    return f"expected {_expected(said)}, found {_found(text, offset)}", _hint(text, offset)


def _expected(said: str) -> str:
    if "property name" in said:
        return "a key in double quotes"
    if "':'" in said:
        return "a colon"
    return "a comma or a closing bracket" if "','" in said else "a value"


def _found(text: str, offset: int) -> str:
    word = _word(text, offset)
    return repr(word if len(word) > 1 else text[offset])


def _hint(text: str, offset: int) -> str:
    known = _WORDS.get(_word(text, offset))
    return f"write {known}" if known else ""


def _word(text: str, offset: int) -> str:
    end = offset
    while end < min(len(text), offset + 30) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[offset:end]
