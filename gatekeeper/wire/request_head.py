"""
Write the head of a request towards a backend.

Nothing that a client or a backend chose can end a line early: what would break the request
line or a header line is refused here, whoever forgot to check it before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["RequestHead", "request_head"]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET = re.compile(r"[!-~]+")
_ILLEGAL = re.compile(r"[^\t\r\n -~\x80-\xff]")
_FRAMING = frozenset({"content-length", "transfer-encoding", "trailer"})
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_EXPECT_BODY = frozenset({"PATCH", "POST", "PUT"})
_REMEMBERED = 4096

_prefixes: dict[str, str] = {}
"""Names that were checked, with their colon; "" for those that need a closer look."""


class RequestHead:
    """
    Bytes to send, and what they promise.

    Attributes:
        data: All of the head, with the empty line.
        last: Whether it asks the backend to close the connection.
    """

    __slots__ = ("data", "last")

    def __init__(self, data: bytes, last: bool) -> None:
        self.data = data
        self.last = last


def request_head(
    method: str,
    target: str,
    host: str,
    headers: Sequence[tuple[str, str]],
    *,
    length: int | None,
    close: bool,
) -> RequestHead:
    """
    Make the head of one request.

    Args:
        host: What ``Host`` says unless `headers` has one, which then comes first.
        headers: Lines; those about framing are ignored.
        length: Of the body; None sends it in chunks.  0 is only said to backends that
            may expect a body.
        close: Ask for the connection to be closed.

    Raises:
        ValueError: A character that may not stand where it stands.
    """
    parts: list[str] = []
    special: list[tuple[str, str]] = []
    for line in headers:
        name, value = line
        prefix = _prefixes.get(name)
        if prefix is None:
            prefix = _checked(name)
        if prefix:
            parts.append(f"{prefix}{value}\r\n")
        else:
            special.append(line)
    last = close
    if special:
        host, last = _look_closer(special, host, parts)
        if close and not last:
            parts.append("Connection: close\r\n")
        last = last or close
    elif close:
        parts.append("Connection: close\r\n")
    if length:
        parts.append(f"Content-Length: {length}\r\n")
    elif length is None:
        parts.append("Transfer-Encoding: chunked\r\n")
    elif method in _EXPECT_BODY:
        parts.append("Content-Length: 0\r\n")
    if method not in _METHODS and _TOKEN.fullmatch(method) is None:
        raise ValueError(f"invalid method {method!r}")
    if _TARGET.fullmatch(target) is None:
        raise ValueError("invalid character in the request target")
    text = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{''.join(parts)}\r\n"
    ends = len(parts) + 3
    if text.count("\n") != ends or text.count("\r") != ends or _ILLEGAL.search(text):
        raise ValueError("invalid character in a header value")
    return RequestHead(text.encode("latin-1"), last)


def _checked(name: str) -> str:
    """Give what stands before the value, or "" for a name that means something to us."""
    if _TOKEN.fullmatch(name) is None:
        raise ValueError(f"invalid header name {name!r}")
    lower = name.lower()
    ours = lower in _FRAMING or lower in {"connection", "host"}
    prefix = "" if ours else f"{name}: "
    if len(_prefixes) < _REMEMBERED:  # names may come from clients: never an endless table
        _prefixes[name] = prefix
    return prefix


def _look_closer(
    special: Iterable[tuple[str, str]], host: str, parts: list[str]
) -> tuple[str, bool]:
    """Find the value of ``Host``, pass ``Connection`` on, forget framing."""
    last = False
    for name, value in special:
        lower = name.lower()
        if lower == "host":
            host = value
        elif lower == "connection":
            parts.append(f"{name}: {value}\r\n")
            last = last or "close" in (token.strip(" \t").lower() for token in value.split(","))
    return host, last
