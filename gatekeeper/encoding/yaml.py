"""
Write data as YAML, in the one style that clients of KrakenD know.

Block style, keys sorted, items at the level of their key.  Numbers of backends are
texts here, and quoted as texts that look like numbers are.

Source: KrakenD's behaviour, conformance case ``output-yaml``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from gatekeeper.encoding.ordered import Ordered
from gatekeeper.encoding.text import double_as_text, number_as_text
from gatekeeper.encoding.yaml_strings import literal, needs_quotes, quote
from gatekeeper.message import JSON, Double

__all__ = ["dumps"]


def dumps(data: Mapping[str, JSON] | None) -> bytes:
    """Encode an object; None is an empty one."""
    if not data:
        return b"{}\n"
    return ("\n".join(_members(data, "")) + "\n").encode("utf-8", "surrogateescape")


def _members(data: Mapping[str, JSON], indent: str, *, ordered: bool = False) -> Iterator[str]:
    """Write an object that is not empty, a line at a time."""
    for key in data if ordered else sorted(data):
        name = _key(key)
        value = _opened(data[key])
        if isinstance(value, Mapping) and value:
            yield f"{indent}{name}:"
            yield from _members(value, indent + "  ", ordered=value is not data[key])
        elif isinstance(value, list) and value:
            yield f"{indent}{name}:"
            yield from _items(value, indent)
        else:
            yield f"{indent}{name}: {_scalar(value, indent)}"


def _items(data: list[JSON], indent: str) -> Iterator[str]:
    """Write a list that is not empty; the first line of an item stands behind its dash."""
    for item in data:
        value = _opened(item)
        if isinstance(value, Mapping) and value:
            lines = _members(value, indent + "  ", ordered=value is not item)
        elif isinstance(value, list) and value:
            lines = _items(value, indent + "  ")
        else:
            yield f"{indent}- {_scalar(value, indent, in_list=True)}"
            continue
        yield f"{indent}- {next(lines)[len(indent) + 2 :]}"
        yield from lines


def _key(text: str) -> str:
    """Write a key; it stays on one line, or nobody could read the whole."""
    return quote(text) if needs_quotes(text) or "\n" in text or "\r" in text else text


def _scalar(value: JSON, indent: str, *, in_list: bool = False) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value, indent, in_list=in_list)
    if isinstance(value, Double):
        return _double(value)
    if isinstance(value, int | float):
        return _text(number_as_text(value), indent)
    return "{}" if isinstance(value, Mapping) else "[]"


def _text(text: str, indent: str, *, in_list: bool = False) -> str:
    if needs_quotes(text):
        return quote(text)
    if "\n" in text or "\r" in text:
        return literal(text, indent + "  ", pad_empty_lines=not in_list)
    return str(text)


def _double(value: float) -> str:
    """Write a number of our own; whole ones get a fraction, so that they stay doubles."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = double_as_text(value)
    return text if "." in text or "e" in text else f"{text}.0"


def _opened(value: JSON) -> JSON:
    return value.value if isinstance(value, Ordered) else value
