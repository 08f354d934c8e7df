"""Read the texts of feeds: entities, CDATA, and names with addresses."""

from __future__ import annotations

import base64
import binascii
import html
import re
from typing import Final

from gatekeeper.encoding.feeds.tree import Element
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import JSON

__all__ = ["atom_text", "person", "present", "rss_text"]

_BEGIN: Final = b"<![CDATA["
_END: Final = b"]]>"
_ONLY_DIV: Final = re.compile(r"\s*<div(?:\s[^>]*)?>(.*)</div>\s*", re.DOTALL)
_DIV: Final = re.compile(r"<(/?)div[\s/>]")
_LONGEST_PERSON: Final = 1000  # the patterns below may take quadratic time

_PEOPLE: Final = (
    re.compile(r"(?P<email>[^@]+@[^\s]+)\s+\((?P<name>[^@]+)\)"),
    re.compile(r"(?P<name>[^@]+)\s+\((?P<email>[^@]+@[^)]+)\)"),
    re.compile(r"(?P<name>[^@()]+)"),
    re.compile(r"(?P<email>[^@()]+@[^@()]+)"),
)


def rss_text(element: Element) -> str:
    """Give an element's text; markup inside it stays as written."""
    source = element.source.strip()
    return _without_cdata(source) if "<![CDATA[" in source else _without_entities(source)


def atom_text(element: Element) -> str:
    """Give an Atom text construct as its ``type`` says: text, HTML, XHTML or base64."""
    source = element.source.strip()
    kind, mode = element.attribute("type").lower(), element.attribute("mode").lower()
    if "<![CDATA[" in source:
        text = _without_cdata(source)
    elif kind == "text" or kind.startswith("text/") or not (kind or mode):
        text = _without_entities(source)
    elif "xhtml" in kind:
        text = _without_div(source)
    elif kind == "html":
        text = _without_entities(_without_div(source))
    else:
        text = _from_base64(source)
    return text


def person(text: str) -> Ordered | None:
    """Read ``ann@shop.example (Ann)``, ``Ann (ann@shop.example)`` or one of both."""
    if not text:
        return None
    for pattern in _PEOPLE if len(text) <= _LONGEST_PERSON else ():
        found = pattern.fullmatch(text)
        if found:
            parts = {"name": "", "email": "", **found.groupdict()}
            return present(name=parts["name"], email=parts["email"])
    return Ordered({})


def present(**members: JSON) -> Ordered:
    """Make a structure of what is there: in this order, without what is empty."""
    return Ordered({name: value for name, value in members.items() if value})


def _without_cdata(text: str) -> str:
    """
    Give the content of the CDATA sections.

    Text in front of a section is lost; text behind the only one stays.  (Kept for
    compatibility: where a second section ends, the end is counted twice.)
    """
    source, found, at = text.encode(), b"", 0
    while at < len(source):
        begin = source.find(_BEGIN, at)
        end = source.find(_END, begin) if begin >= 0 else -1
        if end < 0:
            return _decoded(found) + _without_entities(_decoded(source[at:]))
        found += source[begin + len(_BEGIN) : end]
        at += end + len(_END)
    return _decoded(found)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _without_entities(text: str) -> str:
    """Resolve entities, up to the first thing that is none."""
    read: list[str] = []
    at = 0
    while (begin := text.find("&", at)) >= 0:
        end = text.find(";", begin)
        if end < 0 or text.find(" ", begin, end) >= 0:
            break
        read += text[at:begin], html.unescape(text[begin : end + 1])
        at = end + 1
    return "".join(read) + text[at:]


def _without_div(text: str) -> str:
    """Take away the ``<div>`` that stands around everything."""
    found = _ONLY_DIV.fullmatch(text)
    if found is None:
        return text
    depth = 0
    for tag in _DIV.finditer(found[1]):
        depth += -1 if tag[1] else 1
        if depth < 0:  # the first one ends before the last
            return text
    return found[1]


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True).decode(
            "utf-8", "replace"
        )
    except (binascii.Error, ValueError):
        return text
