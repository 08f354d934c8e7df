"""
Read XML as data, and write data as XML.

``<user type="admin"><id>3</id></user>`` is ``{"user": {"-type": "admin", "id": "3"}}``
both ways.  Attributes have a dash, text next to attributes or elements is ``#text``,
repeated elements are a list, prefixes are dropped, all values are strings.

Source: KrakenD's behaviour, conformance cases ``encodings-xml`` and ``output-xml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from gatekeeper.encoding.markup import Reading, local
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.encoding.text import as_go_value
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON, Number

__all__ = ["dumps", "loads"]

_Named: TypeAlias = tuple[str, JSON]
_Part: TypeAlias = str | _Named

_TEXT: Final = "#text"
_BLANK: Final = " \t\r\n\b"
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
)


def loads(body: bytes) -> dict[str, JSON]:
    """
    Decode a document: one key, the name of its root element.

    Raises:
        DecodeError: ``EOF`` when there is no element; otherwise as
            `gatekeeper.encoding.markup.Reading`, with the name of Go's decoder in front.
    """
    tree = _Tree()
    try:
        Reading(body, tree).run()
    except DecodeError as error:
        reason = str(error)
        raise DecodeError(
            reason if reason == "EOF" else f"xml.Decoder.Token() - {reason}"
        ) from None
    return tree.root


def dumps(data: Mapping[str, JSON] | None) -> bytes:
    """
    Encode an object, without declaration; nothing at all when it cannot be written.

    A single key is the root element, or several of them when it is a list of objects;
    everything else gets the root ``<doc>``.  Names are written as they are.
    """
    try:
        return _written(_root(data or {})).encode("utf-8", "surrogateescape")
    except _NoAttribute:
        return b""


class _Tree:
    """
    The data of a document while it is read.

    The text of an element is its last run of text; but a run that came in front of all
    elements, in an element without attributes, wins over later ones.
    """

    def __init__(self) -> None:
        self.root: dict[str, JSON] = {}
        self._members: list[dict[str, JSON]] = []
        self._only_text: list[str] = []
        self._pieces: list[str] = []

    def start(self, _: str, attributes: Mapping[str, str]) -> None:
        self.pause()
        self._members.append({f"-{local(name)}": value for name, value in attributes.items()})
        self._only_text.append("")

    def text(self, text: str) -> None:
        self._pieces.append(text)

    def pause(self) -> None:
        if not self._pieces:
            return
        text = "".join(self._pieces).strip(_BLANK)
        self._pieces.clear()
        if not text or not self._members:
            return
        if self._members[-1]:
            self._members[-1][_TEXT] = text
        else:
            self._only_text[-1] = text

    def end(self, name: str) -> None:
        self.pause()
        members, text = self._members.pop(), self._only_text.pop()
        if members and text:
            members[_TEXT] = text
        _add(self._members[-1] if self._members else self.root, local(name), members or text)


def _add(parent: dict[str, JSON], name: str, value: JSON) -> None:
    """Put an element under its name; from the second on they are a list."""
    if name not in parent:
        parent[name] = value
    elif isinstance(parent[name], list):
        parent[name].append(value)
    else:
        parent[name] = [parent[name], value]


class _NoAttribute(Exception):
    """An attribute's value is no scalar."""


def _root(data: Mapping[str, JSON]) -> _Named:
    if len(data) == 1:
        [(name, value)] = data.items()
        plain = _opened(value)
        if not isinstance(plain, list) or all(isinstance(_opened(item), dict) for item in plain):
            return name, value
    return "doc", data


def _written(root: _Named) -> str:
    """Write an element, with a stack of our own: data may be deeper than calls may be."""
    written: list[str] = []
    pending: list[_Part] = [root]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            written.append(part)
        else:
            pending += reversed(_element(*part))
    return "".join(written)


def _element(name: str, value: JSON) -> list[_Part]:
    """Give what an element is written of: text, and the elements inside it."""
    value = _opened(value)
    if isinstance(value, list) and value:
        return [(name, item) for item in value]
    if isinstance(value, Mapping) and value:
        return _with_members(name, value)
    text = "" if value is None or isinstance(value, list | Mapping) else _scalar(value)
    return [f"<{name}>{text}</{name}>" if text else f"<{name}/>"]


def _with_members(name: str, members: Mapping[str, JSON]) -> list[_Part]:
    keys = sorted(members)
    attributes = [key for key in keys if key.startswith("-") and key != "-"]
    head = "".join(f' {key[1:]}="{_attribute(members[key])}"' for key in attributes)
    if len(attributes) == len(keys):
        return [f"<{name}{head}/>"]
    text = _scalar(members[_TEXT]) if _TEXT in members else ""
    inside: list[_Part] = [
        (key, members[key])
        for key in keys
        if key != _TEXT and (key == "-" or not key.startswith("-"))
    ]
    return [f"<{name}{head}>{text}", *inside, f"</{name}>"]


def _attribute(value: JSON) -> str:
    if value is None or isinstance(value, list | Mapping | Ordered):
        raise _NoAttribute
    return _scalar(value)


def _scalar(value: JSON) -> str:
    """Write text with escapes, and anything else as Go prints it."""
    if isinstance(value, str) and not isinstance(value, Number):
        return value.translate(_ESCAPES)
    return as_go_value(value)


def _opened(value: JSON) -> JSON:
    return value.value if isinstance(value, Ordered) else value
