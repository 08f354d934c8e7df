"""
Read the fields of an HTTP/2 request, as strictly as a head of HTTP/1.1.

Engines check most of this, too.  It is checked here again, because here is where fields
become lines that a backend will read: what could end a line early, or frame a body,
goes no further.  Source: RFC 9113, sections 8.2 and 8.3.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gatekeeper.wire.h1_request import HOST, aliases, check_target
from gatekeeper.wire.h2_engine import Fields
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.strict import CONTROLS, TOKEN, Refusal, canonical

__all__ = ["H2Head", "Malformed", "read_fields"]

_FORBIDDEN = frozenset(
    ("Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade")
)
_DROPPED = frozenset(("Http2-Settings", "Trailer"))
_PSEUDO = (b":method", b":scheme", b":path", b":authority")
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))

_NAMES: dict[bytes, str] = {name: name.decode() for name in _PSEUDO}
"""How names that were found valid are spelled; "" for those that are dropped."""

_HOSTS: set[str] = set()

_PATH = re.compile(r"/[!-~\x80-\xff]*").fullmatch
_DIGITS = re.compile(r"[0-9]{1,19}").fullmatch
_LOWER = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+").fullmatch


class Malformed(Exception):
    """Not a request: its stream is reset (RFC 9113, section 8.1.1); the text says why."""


class H2Head(NamedTuple):
    """
    What a request's fields say.

    Attributes:
        headers: Canonical names, as `gatekeeper.wire.exchange.Exchange` has them.
        length: Of the body, if it was told.
        expects: Whether the client waits for a 100 before it sends the body.
    """

    method: str
    target: str
    host: str
    headers: dict[str, list[str]]
    length: int | None
    expects: bool


def read_fields(fields: Fields, limits: Limits) -> H2Head:
    """
    Read a whole header block.

    Raises:
        Malformed: No answer is due.
        Refusal: This answer is.
    """
    if len(fields) > limits.header_lines + len(_PSEUDO):
        raise _too_large()
    headers: dict[str, list[str]] = {}
    known = _NAMES.get
    size = 0
    for name, value in fields:
        size += len(name) + len(value) + 32
        spelled = known(name)
        if spelled is None:
            spelled = _spelled(name)
        if spelled in headers:
            headers[spelled].append(value.decode("latin-1"))
        else:
            headers[spelled] = [value.decode("latin-1")]
    if size > limits.head_bytes:
        raise _too_large()
    _check_values([value for _, value in fields])
    method, target = _request_line(headers)
    host = _host(headers.pop(":authority", None), headers.pop("Host", None))
    target = _target(method, target, limits)
    headers.pop("", None)
    if "Cookie" in headers:
        headers["Cookie"] = ["; ".join(headers["Cookie"])]
    if "Te" in headers:
        _check_te(headers.pop("Te"))
    length = _length(headers) if "Content-Length" in headers else None
    expects = "Expect" in headers and _expects(headers.pop("Expect"))
    return H2Head(method, target, host, headers, length, expects)


def _bad() -> Refusal:
    return Refusal(400, "400 Bad Request")


def _too_large() -> Refusal:
    return Refusal(431, "431 Request Header Fields Too Large")


def _request_line(headers: dict[str, list[str]]) -> tuple[str, str]:
    """Take out what must be there, and there once."""
    try:
        (method,) = headers.pop(":method")
        if method == "CONNECT":
            raise _bad()
        (scheme,) = headers.pop(":scheme")
        (target,) = headers.pop(":path")
    except (KeyError, ValueError):
        raise Malformed("a pseudo-header is missing, or there twice") from None
    if scheme not in ("https", "http"):
        raise Malformed("the scheme")
    return method, target


def _spelled(name: bytes) -> str:
    """Give the canonical name, or "" for a field that ends here."""
    if _LOWER(name) is None:
        raise Malformed("a name")
    spelled = canonical(name.decode("ascii"))
    if spelled in _FORBIDDEN:
        raise Malformed("a field about the connection")
    if spelled in _DROPPED or ("_" in spelled and aliases(spelled)):
        spelled = ""
    if len(_NAMES) < 2048 and len(name) <= 64:
        _NAMES[name] = spelled
    return spelled


def _check_values(values: list[bytes]) -> None:
    joined = b"".join(values)
    if len(joined.translate(None, CONTROLS)) != len(joined):
        raise Malformed("a value")


def _host(authority: list[str] | None, host: list[str] | None) -> str:
    """RFC 9113, section 8.3.1: the two must agree where there are two."""
    if host is None and authority is not None and len(authority) == 1 and authority[0] in _HOSTS:
        return authority[0]
    values: set[str] = {*(authority or ()), *(host or ())}
    if len(values) != 1 or len(authority or ()) > 1 or len(host or ()) > 1:
        raise _bad()
    found = values.pop()
    if found not in _HOSTS:
        if not HOST(found):
            raise Refusal(400, "400 Bad Request: malformed Host header")
        if len(_HOSTS) < 1024:
            _HOSTS.add(found)
    return found


def _target(method: str, target: str, limits: Limits) -> str:
    if method not in _METHODS and not TOKEN(method):
        raise Malformed("the method")
    if target == "*" and method == "OPTIONS":
        return target
    if not _PATH(target):
        raise Malformed("the path")
    if len(method) + len(target) + len("  HTTP/1.1") > limits.request_line_bytes:
        if limits.request_line_bytes >= limits.head_bytes:  # one limit for all was configured
            raise _too_large()
        raise Refusal(414, "414 URI Too Long")
    if "%" in target or "#" in target or not target.isascii():
        return check_target(method, target)
    return target


def _check_te(values: list[str]) -> None:
    if any(value.strip(" \t").lower() != "trailers" for value in values):
        raise Malformed("a field about the connection")


def _length(headers: dict[str, list[str]]) -> int:
    values = headers["Content-Length"]
    if len(values) > 1 or not _DIGITS(values[0]):
        raise Malformed("the length")
    length = int(values[0])
    if length >= 1 << 63:
        raise Malformed("the length")
    headers["Content-Length"] = [str(length)]
    return length


def _expects(values: list[str]) -> bool:
    if len(values) > 1 or values[0].lower() != "100-continue":
        raise Refusal(417, "417 Expectation Failed")
    return True
