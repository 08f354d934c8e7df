"""
Take request targets and paths apart, clean them, and write them again.

On the wire a target is latin-1, one character for each byte.  A decoded path is text:
UTF-8, and bytes that are none survive as surrogates (``surrogateescape``), so that what a
backend gets is what the client sent.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from attrs import frozen

__all__ = ["Target", "clean", "clean_route", "decode", "encode", "split", "text"]

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


@frozen
class Target:
    """
    A request target.

    Attributes:
        origin: Scheme and authority of an absolute target, else "".
        path: As sent; begins with a slash.
        query: As sent, with its question mark; "" when there is none.
    """

    origin: str
    path: str
    query: str


def split(target: str) -> Target | None:
    """Take a target apart; None when it is neither a path nor an absolute URL."""
    origin = ""
    if not target.startswith("/"):
        match = _ABSOLUTE.match(target)
        if match is None:
            return None
        origin = match[0]
    path, mark, query = target[len(origin) :].partition("?")
    return Target(origin, path or "/", mark + query)


def text(raw: str) -> str:
    """Read bytes of the wire, given as latin-1, as UTF-8."""
    if raw.isascii():
        return raw
    return raw.encode("latin-1").decode("utf-8", "surrogateescape")


def decode(path: str) -> str:
    """
    Percent-decode a path, once.

    Raises:
        ValueError: A percent sign is not followed by two hexadecimal digits.
    """
    if "%" not in path:
        return text(path)
    if _BAD_ESCAPE.search(path):
        raise ValueError("invalid URL escape")
    return unquote_to_bytes(path.encode("latin-1")).decode("utf-8", "surrogateescape")


def encode(path: str) -> str:
    """Percent-encode a decoded path as Go's ``net/url`` does, with the result in ASCII."""
    return quote(path, safe="/$&+,:;=@", errors="surrogateescape")


def clean(path: str) -> str:
    """
    Resolve ``.``, ``..`` and repeated slashes; what names a folder keeps its slash.

    A final ``.`` names a folder, a final ``..`` does not: that is how the original repairs
    paths of requests.
    """
    return _resolve(path, is_folder=path.endswith(("/", "/.")))


def clean_route(path: str) -> str:
    """Resolve the same in an endpoint's path, where only a slash makes a folder."""
    return _resolve(path, is_folder=path.endswith("/"))


def _resolve(path: str, *, is_folder: bool) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    if kept and is_folder:
        kept.append("")
    return "/" + "/".join(kept)
