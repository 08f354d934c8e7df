"""
Read XML from a stranger: elements, attributes and text, and nothing that costs more.

Entities that a document declares are never expanded and nothing is ever fetched; the
depth is bounded, and what follows the root element is not looked at.  Mistakes are told
in the words of Go's decoder where these are known.

Source: KrakenD's behaviour, conformance case ``encodings-xml``; CVE-2003-1564 and
CVE-2023-52425 for what is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol
from xml.parsers import expat

from gatekeeper.encoding.charsets import utf8
from gatekeeper.errors import DecodeError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "Events", "Reading", "local"]

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 200

_NAME_BEHIND: Final = re.compile(rb"([^\s/>]*)")
_ENTITY_BEHIND: Final = re.compile(rb"[^&]*?(&[^;<&\s]{0,40};?)")


class Events(Protocol):
    """What a reader is told, in the order of the document."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """Begin an element; names have their prefixes."""

    def end(self, name: str) -> None:
        """End the innermost element."""

    def text(self, text: str) -> None:
        """Take some text; one run of it may come in several pieces."""

    def pause(self) -> None:
        """End a run of text where there is no element: at comments, CDATA and the like."""


def local(name: str) -> str:
    """Give a name without its prefix."""
    prefix, colon, rest = name.partition(":")
    return rest if colon and prefix and rest else name


class _Done(Exception):
    """Nothing more needs to be read."""


class Reading:
    """
    One document, read up to the end of its root element.

    Args:
        body: Text in front of the first element does not count.
        events: Who is told what there is.
        lenient: Take entities that nobody declared, such as ``&nbsp;``, as text.
        max_depth: How many levels there may be.

    Attributes:
        body: The document in UTF-8, from its first tag on.

    Raises (here and from `run`):
        DecodeError: ``EOF`` when there is no element, otherwise what is wrong; also for
            too many levels, more than 16 MiB, and entities of the document's own.
    """

    def __init__(
        self, body: bytes, events: Events, *, lenient: bool = False, max_depth: int = MAX_DEPTH
    ) -> None:
        if len(body) > MAX_BYTES:
            raise DecodeError(f"XML: more than {MAX_BYTES} bytes")
        body = utf8(body)
        start = body.find(b"<")
        if start < 0:
            raise DecodeError("EOF")
        self.body = body[start:]
        self._lines_before = body.count(b"\n", 0, start)
        self._events = events
        self._open: list[str] = []
        self._begun = False
        self._max_depth = max_depth
        self._parser = self._new_parser()
        if lenient:
            self._parser.UseForeignDTD(True)
            self._parser.SkippedEntityHandler = self._unknown_entity_as_text

    @property
    def offset(self) -> int:
        """Where in `body` the tag stands that `events` is being told of."""
        return self._parser.CurrentByteIndex

    def run(self) -> None:
        """Read it."""
        try:
            self._parser.Parse(self.body, True)
        except _Done:
            return
        except expat.ExpatError as error:
            raise DecodeError(self._described(error)) from None

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._events.text
        pause: Callable[..., None] = self._pause
        parser.CommentHandler = pause
        parser.ProcessingInstructionHandler = pause
        parser.StartCdataSectionHandler = pause
        parser.EndCdataSectionHandler = pause
        parser.XmlDeclHandler = self._declared
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        return parser

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._begun = True
        self._open.append(name)
        if len(self._open) > self._max_depth:
            raise DecodeError(f"XML: more than {self._max_depth} levels")
        self._events.start(name, attributes)

    def _end(self, name: str) -> None:
        self._open.pop()
        self._events.end(name)
        if not self._open:
            raise _Done

    def _pause(self, *_: object) -> None:
        self._events.pause()

    def _declared(self, version: str, _encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            reason = f'xml: unsupported version "{version}"; only version 1.0 is supported'
            raise DecodeError(reason)

    def _entity(self, name: str, *_: object) -> None:
        raise DecodeError(self._syntax_error(f"invalid character entity &{name};"))

    def _skipped(self, name: str, *_: object) -> None:
        raise DecodeError(self._syntax_error(f"invalid character entity &{name};"))

    def _unknown_entity_as_text(self, name: str, *_: object) -> None:
        self._events.text(f"&{name};")

    def _syntax_error(self, what: str, line: int = 0) -> str:
        line = line or self._parser.CurrentLineNumber
        return f"XML syntax error on line {line + self._lines_before}: {what}"

    def _described(self, error: expat.ExpatError) -> str:
        """Say what is wrong in Go's words; expat's own words where these are not known."""
        if error.code == _code(expat.errors.XML_ERROR_NO_ELEMENTS) and not self._begun:
            return "EOF"
        describe = _DESCRIPTIONS.get(expat.errors.messages[error.code])
        what = describe(self) if describe else expat.ErrorString(error.code)
        return self._syntax_error(what, error.lineno)

    def wrong_end(self) -> str:
        opened, closed = self._open[-1], self._behind(_NAME_BEHIND)
        if local(opened) != local(closed) or ":" not in opened + closed:
            return f"element <{local(opened)}> closed by </{local(closed)}>"
        element = f"element <{local(opened)}>{_space(opened)} closed by </{local(closed)}>"
        return element + (_space(closed) or ' in space ""')

    def unknown_entity(self) -> str:
        return f"invalid character entity {self._behind(_ENTITY_BEHIND)}"

    def bad_token(self) -> str:
        at = self._parser.ErrorByteIndex
        byte = self.body[at : at + 1]
        if byte and byte < b" ":
            return f"illegal character code U+{byte[0]:04X}"
        try:
            self.body[at : at + 4].decode()
        except UnicodeDecodeError as error:
            if error.start == 0 and "end of data" not in error.reason:
                return "invalid UTF-8"
        return "not well-formed"

    def _behind(self, pattern: re.Pattern[bytes]) -> str:
        found = pattern.match(self.body, max(0, self._parser.ErrorByteIndex))
        return found[1].decode("utf-8", "replace") if found else ""


def _space(name: str) -> str:
    prefix = name.removesuffix(local(name)).removesuffix(":")
    return f" in space {prefix}" if prefix else ""


def _code(message: str) -> int:
    return expat.errors.codes[message]


def _cut(_: Reading) -> str:
    return "unexpected EOF"


_DESCRIPTIONS: Final[dict[str, Callable[[Reading], str]]] = {
    expat.errors.XML_ERROR_TAG_MISMATCH: Reading.wrong_end,
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: Reading.unknown_entity,
    expat.errors.XML_ERROR_INVALID_TOKEN: Reading.bad_token,
    expat.errors.XML_ERROR_NO_ELEMENTS: _cut,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: _cut,
    expat.errors.XML_ERROR_PARTIAL_CHAR: _cut,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: lambda _: "unexpected EOF in CDATA section",
}
