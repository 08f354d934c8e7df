"""Read a feed's XML as a tree that remembers namespaces and the source of every element."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from attrs import define, field

from gatekeeper.encoding.markup import Reading, local

__all__ = ["Element", "parse"]

_MAX_DEPTH: Final = 64  # the tree is walked by calls

_XMLNS: Final = "xmlns"
_OWN: Final = frozenset({"", "rss", "rdf", "content"})
_ADDRESSES: Final = frozenset({"href", "scheme", "src", "uri"})
_TAG: Final = re.compile(rb"<[^>\"']*+(?:\"[^\"]*+\"[^>\"']*+|'[^']*+'[^>\"']*+)*+>")

# An ampersand that begins no entity, outside of CDATA; feeds are full of them.
_AMPERSAND: Final = re.compile(
    rb"(<!\[CDATA\[(?:.*?\]\]>|.*))|&(?!#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)",
    re.DOTALL,
)


@define
class Element:
    """
    One element.

    Attributes:
        name: Local name as written; `key` is it in lower case.
        space: The namespace, or an undeclared prefix, or "".
        prefix: The prefix that the document gives the namespace, in lower case; None
            when it declares none.
        attributes: By local name.
        base: What relative addresses are relative to; "" when that is not said.
        body, begin, end: Where what stands between its tags is written.
        pieces: Of its own text.
    """

    name: str
    space: str
    prefix: str | None
    attributes: Mapping[str, str]
    base: str = ""
    body: bytes = b""
    begin: int = 0
    end: int = 0
    pieces: list[str] = field(factory=list)
    children: list[Element] = field(factory=list)

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def text(self) -> str:
        """Its own text, without that of elements inside."""
        return "".join(self.pieces)

    @property
    def source(self) -> str:
        """What stands between its tags, as written."""
        return self.body[self.begin : self.end].decode("utf-8", "replace")

    @property
    def is_extension(self) -> bool:
        """Whether it belongs to another vocabulary than the feed's own."""
        return self.space != "" if self.prefix is None else self.prefix not in _OWN

    def attribute(self, name: str) -> str:
        """Give an attribute, "" when there is none; addresses are made absolute."""
        value = self.attributes.get(name, "")
        return self.absolute(value) if name in _ADDRESSES and value else value

    def absolute(self, address: str) -> str:
        """Resolve an address against ``xml:base``, which always is a directory."""
        if not self.base:
            return address
        try:
            return urljoin(self.base if self.base.endswith("/") else f"{self.base}/", address)
        except ValueError:
            return address


def parse(body: bytes) -> Element:
    """
    Read a document.

    Raises:
        DecodeError: As `gatekeeper.encoding.markup.Reading`.
    """
    tree = _Tree(_AMPERSAND.sub(_escaped, body))
    tree.reading.run()
    return tree.root


def _escaped(found: re.Match[bytes]) -> bytes:
    return found[1] or b"&amp;"


class _Tree:
    """A tree while it is read."""

    def __init__(self, body: bytes) -> None:
        self.reading = Reading(body, self, lenient=True, max_depth=_MAX_DEPTH)
        self.root = Element("", "", None, {})
        self._open: list[tuple[Element, _Spaces]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        outer = self._open[-1][1] if self._open else _Spaces(ChainMap({"xml": "xml"}), ChainMap())
        spaces = outer.extended(attributes)
        tag = _TAG.match(self.reading.body, self.reading.offset)
        space = spaces.by_prefix.get(_prefix(name), _prefix(name))
        element = Element(
            name=local(name),
            space=space,
            prefix=spaces.prefixes.get(space),
            attributes={local(key): value for key, value in reversed(list(attributes.items()))},
            base=self._base(attributes),
            body=self.reading.body,
            begin=tag.end() if tag else self.reading.offset,
        )
        if self._open:
            self._open[-1][0].children.append(element)
        self._open.append((element, spaces))

    def text(self, text: str) -> None:
        if self._open:
            self._open[-1][0].pieces.append(text)

    def pause(self) -> None:
        """Do nothing: a comment does not end a text here."""

    def end(self, _: str) -> None:
        element, _spaces = self._open.pop()
        element.end = self.reading.offset
        if not self._open:
            self.root = element

    def _base(self, attributes: Mapping[str, str]) -> str:
        outer = self._open[-1][0].base if self._open else ""
        own = attributes.get("xml:base", "")
        try:
            return urljoin(outer, own)
        except ValueError:
            return outer


@define
class _Spaces:
    """
    Namespaces in force.

    Attributes:
        by_prefix: Prefix to namespace, for names of elements.
        prefixes: Namespace to prefix in lower case.
    """

    by_prefix: ChainMap[str, str]
    prefixes: ChainMap[str, str]

    def extended(self, attributes: Mapping[str, str]) -> _Spaces:
        declared = {
            "" if name == _XMLNS else local(name): value
            for name, value in attributes.items()
            if name == _XMLNS or _prefix(name) == _XMLNS
        }
        if not declared:
            return self
        return _Spaces(
            self.by_prefix.new_child(declared),
            self.prefixes.new_child({uri.strip(): name.lower() for name, uri in declared.items()}),
        )


def _prefix(name: str) -> str:
    return name.removesuffix(local(name)).removesuffix(":")
