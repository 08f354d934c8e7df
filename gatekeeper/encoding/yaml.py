"""
Write data as YAML, in the one style that clients of KrakenD know.

Block style, keys sorted, items at the level of their key.  Numbers of backends are
texts here, and quoted as texts that look like numbers are.

Source: KrakenD's behaviour, conformance case ``output-yaml``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from attrs import frozen

from gatekeeper.encoding.ordered import Ordered
from gatekeeper.encoding.text import double_as_text, number_as_text
from gatekeeper.encoding.yaml_strings import literal, needs_quotes, quote
from gatekeeper.message import JSON, Double

__all__ = ["dumps"]


def dumps(data: Mapping[str, JSON] | None) -> bytes:
    """Encode an object; None is an empty one."""
    if not data:
        return b"{}\n"
    lines: list[str] = []
    pending: list[str | _Block] = [_Block("", "", data)]
    while pending:  # a stack of our own: data may be deeper than Python calls may be
        part = pending.pop()
        if isinstance(part, str):
            lines.append(part)
        else:
            pending += reversed(_members(part) if isinstance(part.value, Mapping) else _items(part))
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


@frozen
class _Block:
    """
    An object or list that is not empty and still to be written.

    Attributes:
        first: What its first line begins with; all others begin with `indent`.
    """

    first: str
    indent: str
    value: Mapping[str, JSON] | list[JSON]
    ordered: bool = False


def _members(block: _Block) -> list[str | _Block]:
    """Write an object: lines, and blocks that are still to be written."""
    assert isinstance(block.value, Mapping)
    parts: list[str | _Block] = []
    indent, start = block.indent, block.first
    for key in block.value if block.ordered else sorted(block.value):
        value, ordered = _opened(block.value[key])
        if _is_block(value):
            deeper = indent + "  " if isinstance(value, Mapping) else indent
            parts += f"{start}{_key(key)}:", _Block(deeper, deeper, value, ordered)
        else:
            parts.append(f"{start}{_key(key)}: {_scalar(value, indent)}")
        start = indent
    return parts


def _items(block: _Block) -> list[str | _Block]:
    """Write a list; the first line of an item stands behind its dash."""
    parts: list[str | _Block] = []
    indent, start = block.indent, block.first
    for item in block.value:
        value, ordered = _opened(item)
        if _is_block(value):
            parts.append(_Block(f"{start}- ", indent + "  ", value, ordered))
        else:
            parts.append(f"{start}- {_scalar(value, indent, in_list=True)}")
        start = indent
    return parts


def _is_block(value: JSON) -> bool:
    return isinstance(value, Mapping | list) and len(value) > 0


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


def _opened(value: JSON) -> tuple[JSON, bool]:
    """Give a plain value, and whether its keys keep their order."""
    return (value.value, True) if isinstance(value, Ordered) else (value, False)
