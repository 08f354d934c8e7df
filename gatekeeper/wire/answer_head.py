"""
Read the head of a backend's answer, strictly.

Everything that two readers could understand differently is refused: bare line feeds, folded
lines, blanks before a colon, control characters, more than one length, a length next to
chunks.  Such an answer would poison the connection for the next request.  The original is
more lenient in places (bare line feeds, equal lengths repeated, ``Transfer-Encoding`` next to
``Content-Length``); no correct server depends on that.

Source: RFC 9112, sections 4, 5 and 6.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gatekeeper.wire.client import MalformedAnswer

__all__ = ["MAX_HEAD_BYTES", "MAX_LINES", "AnswerHead", "check_beginning", "read_answer_head"]

MAX_HEAD_BYTES = 64 * 1024
MAX_LINES = 256
BROKEN = "net/http: HTTP/1.x transport connection broken: "

_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([\t -~\x80-\xff]*+))?").fullmatch
_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]++):[ \t]*+([\t -~\x80-\xff]*+)").fullmatch
_LENGTH = re.compile(r"[0-9]{1,18}")
_CONCERNS_US = frozenset(
    {"connection", "content-encoding", "content-length", "trailer", "transfer-encoding"}
)
_PASSING_BY = frozenset({"authorization", "set-cookie", "www-authenticate"})
_SHOWN = 120

_REMEMBERED = 2048
_LONGEST_REMEMBERED = 200

_known: dict[str, tuple[str, str]] = {}
"""Lines that were found good: most lines of most answers have been seen before."""

_starts: dict[str, tuple[bool, int, str]] = {}
"""Status lines that were found good, as far as there is room."""

_concerns: dict[str, tuple[str, str]] = {}
"""Those among them that concern us: the name in small letters, and the value."""


class AnswerHead:
    """
    What stands before the body.

    Attributes:
        headers: Lines as received, without ``Transfer-Encoding``, without ``close`` in
            ``Connection``, and without ``Trailer``.
        length: What ``Content-Length`` said, or None.
        chunked: Whether the body comes in chunks.
        encoded: Whether there is a ``Content-Encoding``.
        lasting: Whether the backend keeps the connection open.
    """

    __slots__ = ("chunked", "encoded", "headers", "lasting", "length", "reason", "status")

    def __init__(
        self, status: int, reason: str, headers: list[tuple[str, str]], lasting: bool
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.lasting = lasting
        self.length: int | None = None
        self.chunked = self.encoded = False


def read_answer_head(text: str) -> AnswerHead:
    """
    Read a status line and header lines.

    Args:
        text: Latin-1, from the first byte to the line end before the empty line.

    Raises:
        MalformedAnswer: With a text like the original's.
    """
    lines = text.split("\r\n")
    start = _starts.get(lines[0]) or _start(lines[0])
    if start is None or lines.pop():
        raise _malformed_status(text)
    is_modern, status, reason = start
    del lines[0]
    concerns: list[tuple[str, str]] | None = None
    try:
        headers = list(map(_known.__getitem__, lines))
        concerns = list(filter(None, map(_concerns.get, lines)))
    except KeyError:
        headers = _read(lines, text)
    if len(headers) > MAX_LINES:
        raise MalformedAnswer(f"{BROKEN}more than {MAX_LINES} header lines")
    head = AnswerHead(status, reason, headers, is_modern)
    if is_modern and concerns is not None and len(concerns) < 2:  # nearly always
        if not concerns:
            return head
        if concerns[0][0] == "content-length":  # its value was looked at before
            head.length = int(concerns[0][1])
            return head
    _apply(head, _concerning(headers), is_modern=is_modern)
    return head


def _start(line: str) -> tuple[bool, int, str] | None:
    """Read a status line: whether it is HTTP/1.1, the status and its reason."""
    found = _STATUS(line)
    if found is None:
        return None
    start = found[1] == "1", int(found[2]), found[3] or ""
    if len(_starts) < 64 and len(line) <= _LONGEST_REMEMBERED:
        _starts[line] = start
    return start


def _read(lines: list[str], text: str) -> list[tuple[str, str]]:
    """Read lines of which some are new."""
    headers: list[tuple[str, str]] = []
    fresh: dict[str, tuple[str, str]] = {}
    for line in lines:
        pair = _known.get(line)
        if pair is None:
            found = _LINE(line)
            if found is None:
                raise _malformed_line(text)
            pair = fresh[line] = found[1], found[2].rstrip(" \t")
        headers.append(pair)
    _remember(fresh)
    return headers


def _concerning(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Find the lines that concern us; their names in small letters."""
    named = ((name.lower(), value) for name, value in headers)
    return [line for line in named if line[0] in _CONCERNS_US]


def _remember(fresh: dict[str, tuple[str, str]]) -> None:
    """
    Keep good lines, within bounds: backends choose them.

    Lines that come once (cookies) or that have to be looked at each time are not kept.
    ``Connection: keep-alive`` says nothing in HTTP/1.1.
    """
    if len(_known) > _REMEMBERED:
        _known.clear()
        _concerns.clear()
    for line, pair in fresh.items():
        name, value = pair[0].lower(), pair[1]
        bad = name == "content-length" and _LENGTH.fullmatch(value) is None
        if bad or name in _PASSING_BY or len(line) > _LONGEST_REMEMBERED:
            continue
        _known[line] = pair
        if name in _CONCERNS_US and not (name == "connection" and value.lower() == "keep-alive"):
            _concerns[line] = name, value


def check_beginning(data: bytes, seen: int = 0) -> None:
    """
    Refuse the beginning of a head that can never become one, instead of waiting for more.

    Args:
        seen: How many of the bytes were checked before.

    Raises:
        MalformedAnswer: It is not HTTP, or its lines do not end as HTTP's do.
    """
    newline = data.find(b"\n")
    if newline >= seen:
        first = data[: newline + 1].decode("latin-1")
        if not first.endswith("\r\n") or _STATUS(first[:-2]) is None:
            raise _malformed_status(first)
    if newline >= 0:
        if data.count(b"\n", seen) != data.count(b"\r\n", max(0, seen - 1)):
            raise MalformedAnswer(f"{BROKEN}malformed MIME header: a line ends without CR")
    elif seen < 7 and not b"HTTP/1.".startswith(data[:7]):
        raise _malformed_status(data.decode("latin-1"))


def _apply(head: AnswerHead, ours: list[tuple[str, str]], *, is_modern: bool) -> None:
    """Draw the conclusions from the lines that concern connection and framing."""
    lengths: list[str] = []
    encodings: list[str] = []
    connection: list[str] = []
    trailer = False
    for kind, value in ours:
        if kind == "content-length":
            lengths.append(value)
        elif kind == "connection":
            connection.append(value.lower())
        elif kind == "transfer-encoding":
            encodings.append(value)
        elif kind == "content-encoding":
            head.encoded = True
        else:
            trailer = True
    if lengths:
        head.length = _length(lengths)
    if encodings:
        _check_encoding(encodings, lengths, is_modern=is_modern)
        head.chunked = True
    drop = trailer or head.chunked
    if connection and connection != ["keep-alive"]:
        tokens = _tokens(connection)
        closing = "close" in tokens
        head.lasting = not closing and (is_modern or "keep-alive" in tokens)
        drop = drop or closing
    elif connection:
        head.lasting = True
    if drop:
        head.headers = list(_relayed(head.headers))


def _length(values: list[str]) -> int:
    if len(values) > 1:
        shown = " ".join(quoted(value) for value in values)
        raise MalformedAnswer(
            f"{BROKEN}http: message cannot contain multiple Content-Length headers; got [{shown}]"
        )
    if _LENGTH.fullmatch(values[0]) is None:
        raise MalformedAnswer(f"{BROKEN}bad Content-Length {quoted(values[0])}")
    return int(values[0])


def _check_encoding(encodings: list[str], lengths: list[str], *, is_modern: bool) -> None:
    if len(encodings) > 1:
        shown = " ".join(quoted(value) for value in encodings)
        raise MalformedAnswer(f"{BROKEN}too many transfer encodings: [{shown}]")
    if encodings[0].lower() != "chunked" or not is_modern:
        raise MalformedAnswer(f"{BROKEN}unsupported transfer encoding: {quoted(encodings[0])}")
    if lengths:
        raise MalformedAnswer(f"{BROKEN}Content-Length and Transfer-Encoding together")


def _tokens(values: list[str]) -> set[str]:
    return {token.strip(" \t") for value in values for token in value.split(",")}


def _relayed(lines: list[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Leave out what belongs to the connection (kept for compatibility: core/no-op)."""
    for name, value in lines:
        kind = name.lower()
        if kind == "connection":
            tokens = [token.strip(" \t") for token in value.split(",")]
            kept = [token for token in tokens if token.lower() != "close"]
            if len(kept) == len(tokens):
                yield name, value
            elif kept:
                yield name, ", ".join(kept)
        elif kind not in {"transfer-encoding", "trailer"}:
            yield name, value


def _malformed_status(text: str) -> MalformedAnswer:
    line = text.partition("\n")[0].rstrip("\r")
    version, blank, rest = line.partition(" ")
    status = rest.partition(" ")[0]
    if not blank:
        return MalformedAnswer(f"{BROKEN}malformed HTTP response {quoted(line)}")
    if version not in {"HTTP/1.0", "HTTP/1.1"}:
        return MalformedAnswer(f"{BROKEN}malformed HTTP version {quoted(version)}")
    if re.fullmatch("[1-9][0-9][0-9]", status) is None:
        return MalformedAnswer(f"{BROKEN}malformed HTTP status code {quoted(status)}")
    return MalformedAnswer(f"{BROKEN}malformed HTTP response {quoted(line)}")


def _malformed_line(text: str) -> MalformedAnswer:
    for line in text.split("\r\n")[1:]:
        if _LINE(line) is None:
            return MalformedAnswer(f"{BROKEN}malformed MIME header line: {quoted(line)}")
    return MalformedAnswer(f"{BROKEN}malformed MIME header")


def quoted(text: str) -> str:
    """Show bytes of a backend in a message: short, and nothing that moves a terminal's cursor."""
    shown = text[:_SHOWN].replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in shown)
    return f'"{plain}"'
