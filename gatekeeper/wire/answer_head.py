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

_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([\t -~\x80-\xff]*+))?\r\n")
_LINE = re.compile(
    r"^([!#$%&'*+\-.^_`|~0-9A-Za-z]++):[ \t]*+([\t -~\x80-\xff]*+)\r\n", re.MULTILINE
)
_LENGTH = re.compile(r"[0-9]{1,18}")
_CONCERNS_US = frozenset({"connection", "content-length", "trailer", "transfer-encoding"})
_SHOWN = 120


class AnswerHead:
    """
    What stands before the body.

    Attributes:
        headers: Lines as received, without ``Transfer-Encoding``, without ``close`` in
            ``Connection``, and without ``Trailer``.
        length: What ``Content-Length`` said, or None.
        chunked: Whether the body comes in chunks.
        lasting: Whether the backend keeps the connection open.
    """

    __slots__ = ("chunked", "headers", "lasting", "length", "reason", "status")

    def __init__(
        self, status: int, reason: str, headers: list[tuple[str, str]], lasting: bool
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.lasting = lasting
        self.length: int | None = None
        self.chunked = False


def read_answer_head(text: str) -> AnswerHead:
    """
    Read a status line and header lines.

    Args:
        text: Latin-1, from the first byte to the line end before the empty line.

    Raises:
        MalformedAnswer: With a text like the original's.
    """
    start = _STATUS.match(text)
    if start is None:
        raise _malformed_status(text)
    minor, status, reason = start.groups()
    lines = _LINE.findall(text, start.end())
    if len(lines) != text.count("\n") - 1:
        raise _malformed_line(text)
    if len(lines) > MAX_LINES:
        raise MalformedAnswer(f"{BROKEN}more than {MAX_LINES} header lines")
    if " \r\n" in text or "\t\r\n" in text:
        lines = [(name, value.rstrip(" \t")) for name, value in lines]
    head = AnswerHead(int(status), reason or "", lines, minor == "1")
    ours = [line for line in lines if line[0].lower() in _CONCERNS_US]
    if ours:
        _apply(head, ours, minor)
    return head


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
        if _STATUS.fullmatch(first) is None:
            raise _malformed_status(first)
    if newline >= 0:
        if data.count(b"\n", seen) != data.count(b"\r\n", max(0, seen - 1)):
            raise MalformedAnswer(f"{BROKEN}malformed MIME header: a line ends without CR")
    elif seen < 7 and not b"HTTP/1.".startswith(data[:7]):
        raise _malformed_status(data.decode("latin-1"))


def _apply(head: AnswerHead, ours: list[tuple[str, str]], minor: str) -> None:
    """Draw the conclusions from the lines that concern connection and framing."""
    lengths, encodings, connection = [], [], []
    for name, value in ours:
        kind = name.lower()
        if kind == "content-length":
            lengths.append(value)
        elif kind == "connection":
            connection.append(value.lower())
        elif kind == "transfer-encoding":
            encodings.append(value)
    if lengths:
        head.length = _length(lengths)
    if encodings:
        _check_encoding(encodings, lengths, minor)
        head.chunked = True
    drop = len(ours) > len(lengths) + len(connection)
    if connection and connection != ["keep-alive"]:
        tokens = _tokens(connection)
        closing = "close" in tokens
        head.lasting = not closing and (minor == "1" or "keep-alive" in tokens)
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


def _check_encoding(encodings: list[str], lengths: list[str], minor: str) -> None:
    if len(encodings) > 1:
        shown = " ".join(quoted(value) for value in encodings)
        raise MalformedAnswer(f"{BROKEN}too many transfer encodings: [{shown}]")
    if encodings[0].lower() != "chunked" or minor == "0":
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
        if _LINE.fullmatch(line + "\r\n") is None:
            return MalformedAnswer(f"{BROKEN}malformed MIME header line: {quoted(line)}")
    return MalformedAnswer(f"{BROKEN}malformed MIME header")


def quoted(text: str) -> str:
    """Show bytes of a backend in a message: short, and nothing that moves a terminal's cursor."""
    shown = text[:_SHOWN].replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in shown)
    return f'"{plain}"'
