"""
Write the head of a request towards a backend.

Nothing that a client or a backend chose can end a line early: what would break the request
line or a header line is refused here, whoever forgot to check it before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = ["RequestHead", "WrittenLines", "request_head", "writable"]

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROLS = bytes(byte for byte in range(32) if byte != 0x09) + b"\x7f"
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


class WrittenLines(Sequence[tuple[str, str]]):
    """
    Header lines that somebody has written already; as a sequence they are names and values.

    Values need no check before they are put in: `request_head` looks at all bytes.  Every
    name must be `writable`.

    Attributes:
        text: The lines with their ends.
        lines: How many they are meant to be.
    """

    __slots__ = ("lines", "text")

    def __init__(self, text: str, lines: int) -> None:
        self.text = text
        self.lines = lines

    def __len__(self) -> int:
        return self.lines

    def __getitem__(self, index: Any) -> Any:
        return self._pairs()[index]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs())

    def _pairs(self) -> list[tuple[str, str]]:
        parted = (line.partition(": ") for line in self.text.split("\r\n")[:-1])
        return [(name, value) for name, _, value in parted]


def writable(name: str) -> bool:
    """Tell whether a name may stand in `WrittenLines`: it means nothing to the connection."""
    return _TOKEN.fullmatch(name) is not None and bool(_checked(name))


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
    last = close
    if type(headers) is WrittenLines:
        lines, ends = headers.text, headers.lines + 3
        if close:
            lines += "Connection: close\r\n"
            ends += 1
    else:
        parts: list[str] = []
        host, last = _write(headers, host, close, parts)
        lines, ends = "".join(parts), len(parts) + 3
    if length:
        lines += f"Content-Length: {length}\r\n"
        ends += 1
    elif length is None:
        lines += "Transfer-Encoding: chunked\r\n"
        ends += 1
    elif method in _EXPECT_BODY:
        lines += "Content-Length: 0\r\n"
        ends += 1
    if method not in _METHODS and _TOKEN.fullmatch(method) is None:
        raise ValueError(f"invalid method {method!r}")
    if not (target.isascii() and target.isprintable()) or " " in target or not target:
        raise ValueError("invalid character in the request target")
    data = f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n".encode("latin-1")
    if len(data) - len(data.translate(None, _CONTROLS)) != 2 * ends:
        raise ValueError("invalid character in a header value")
    return RequestHead(data, last)


def _write(
    headers: Iterable[tuple[str, str]], host: str, close: bool, parts: list[str]
) -> tuple[str, bool]:
    """Write lines; give the value of ``Host``, and whether the connection is to end."""
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
    last = False
    if special:
        host, last = _look_closer(special, host, parts)
    if close and not last:
        parts.append("Connection: close\r\n")
    return host, last or close


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
