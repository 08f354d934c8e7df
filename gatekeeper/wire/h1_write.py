"""
Write the head of an answer.

Names were seen before nearly always, so one table says what becomes of each: it is sent (and
hardly ever twice the same), it is ours to say (framing and connection management), or it is
the date.  Most whole lines were seen before, too, and another table has their text.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

from gatekeeper.wire.exchange import Lines
from gatekeeper.wire.strict import TOKEN

__all__ = [
    "CONTINUE",
    "PreparedLines",
    "Unsendable",
    "answer_head",
    "date_line",
    "may_have_body",
    "refusal",
]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_SENT, _ONCE, _OURS, _DATE = range(4)
_KINDS: dict[str, int] = {}

_REMEMBERED = 2048
_LONGEST_REMEMBERED = 200
_texts: dict[tuple[str, str], str] = {}
"""Lines that were found good, as they are sent; ours are not sent, so that is ""."""

_FRAMING = frozenset(("connection", "content-length", "transfer-encoding"))
_PASSING_BY = frozenset(("set-cookie", "www-authenticate"))

_STATUS_LINES: dict[tuple[str, int], str] = {
    (version, status.value): f"{version} {status.value} {status.phrase}\r\n"
    for version in ("HTTP/1.0", "HTTP/1.1")
    for status in HTTPStatus
    if status >= 200
}
for _version in ("HTTP/1.0", "HTTP/1.1"):  # as the original words them; the library's vary
    _STATUS_LINES[_version, 413] = f"{_version} 413 Request Entity Too Large\r\n"
    _STATUS_LINES[_version, 414] = f"{_version} 414 Request URI Too Long\r\n"
    _STATUS_LINES[_version, 416] = f"{_version} 416 Requested Range Not Satisfiable\r\n"
    _STATUS_LINES[_version, 418] = f"{_version} 418 I'm a teapot\r\n"
    _STATUS_LINES[_version, 422] = f"{_version} 422 Unprocessable Entity\r\n"


class Unsendable(ValueError):
    """An answer would break its own framing; the text names the header."""


class PreparedLines(tuple[tuple[str, str], ...]):
    """
    Header lines that many answers have; HTTP/1.1 writes them once.

    Attributes:
        text: As they are sent.
        dated: Whether there is a date among them.

    Raises:
        Unsendable: When they are made, of lines that cannot be sent.
    """

    text: str
    dated: bool

    def __new__(cls, lines: Iterable[tuple[str, str]]) -> PreparedLines:
        made = super().__new__(cls, lines)
        made.text, made.dated = _written(tuple(made))
        made.text.encode("latin-1")
        return made


def may_have_body(method: str, status: int) -> bool:
    """Whether an answer has a body at all (RFC 9112, section 6.3)."""
    return status not in (204, 304) and method != "HEAD"


def answer_head(
    version: str, status: int, headers: Lines, framing: str, *, keep_alive: bool, date: str
) -> bytes:
    """
    Give a head, the empty line included.

    Args:
        version: The request's.
        framing: The line that tells where the body ends, or "".
        keep_alive: Whether another request may follow.
        date: The line for answers without a date of their own.

    Raises:
        Unsendable: A name or a value holds what may not stand in a line, or the status
            is not one.
    """
    if type(headers) is PreparedLines:
        text = headers.text
        if headers.dated:
            date = ""
    else:
        text, dated = _written(headers)
        if dated:
            date = ""
    first = _STATUS_LINES.get((version, status)) or _status_line(version, status)
    if keep_alive:
        connection = "" if version == "HTTP/1.1" else "Connection: keep-alive\r\n"
    else:
        connection = "Connection: close\r\n"
    try:
        return f"{first}{text}{date}{framing}{connection}\r\n".encode("latin-1")
    except UnicodeEncodeError as error:
        raise Unsendable("a header that is not latin-1") from error


def _written(headers: Lines) -> tuple[str, bool]:
    """
    Write lines; tell whether there is a date among them.

    Raises:
        Unsendable: See `answer_head`.
    """
    try:
        text = "".join(map(_texts.__getitem__, headers))
    except KeyError:  # a line that was not seen before, or an odd one
        return _write(headers)
    dates = text.count("\r\nDate: ") + text.startswith("Date: ")
    return _write(headers) if dates > 1 else (text, dates == 1)


def _write(headers: Lines) -> tuple[str, bool]:
    """Write lines one by one, and remember them; of several dates the first is sent."""
    if len(_texts) > _REMEMBERED:
        _texts.clear()
    text, dated = "", False
    for line in headers:
        name, value = line
        kind = _KINDS.get(name)
        if kind is None:
            kind = _kind(name)
        written = "" if kind == _OURS else f"{name}: {value}\r\n"
        if "\r" in value or "\n" in value or "\0" in value:
            raise Unsendable(name)
        if kind != _DATE or not dated:
            text += written
        dated = dated or kind == _DATE
        if (
            len(written) <= _LONGEST_REMEMBERED
            and kind != _ONCE
            and (kind != _DATE or name == "Date")
        ):
            _texts[line] = written
    return text, dated


def refusal(status: int, text: str) -> bytes:
    """Give a whole answer that ends the connection, for what the application never sees."""
    body = text.encode("latin-1")
    head = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    first = _STATUS_LINES["HTTP/1.1", status]
    return f"{first}{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body


def date_line(seconds: float) -> str:
    """Give the header line for a moment since the epoch."""
    return f"Date: {formatdate(seconds, usegmt=True)}\r\n"


def _kind(name: str) -> int:
    if not TOKEN(name):
        raise Unsendable("a name")
    lower = name.lower()
    kind = _OURS if lower in _FRAMING else _DATE if lower == "date" else _SENT
    if lower in _PASSING_BY:
        kind = _ONCE
    if len(_KINDS) < 2048 and len(name) <= 64:
        _KINDS[name] = kind
    return kind


def _status_line(version: str, status: int) -> str:
    if not 200 <= status <= 999:
        raise Unsendable("the status")
    return f"{version} {status} status code {status}\r\n"
