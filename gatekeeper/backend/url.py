"""
Make the URL of a backend: where the request goes, and the target it asks for.

The rules are those of Go's ``net/url``, since they decide what a backend sees: a path that
is written correctly stays as it is, byte for byte; otherwise it is decoded and encoded
anew.  A query stays as it is written, but for bytes that would break the request line
(deviation 1 of the core): those are percent-encoded.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import quote, quote_plus, unquote_to_bytes

from attrs import frozen

from gatekeeper.errors import UnusableRequest
from gatekeeper.quoting import quoted
from gatekeeper.wire.client import Origin

__all__ = [
    "URL",
    "encoded_query",
    "is_usable",
    "operation",
    "parse",
    "split",
    "with_query",
]

PORTS = {"http": 80, "https": 443}

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_CHARACTERS = r"[A-Za-z0-9\-._~!$&'()*+,;=:@/\[\]]*"
_PATH = rf"{_PATH_CHARACTERS}(?:%[0-9A-Fa-f]{{2}}{_PATH_CHARACTERS})*"
_WRITTEN_WELL = re.compile(_PATH)
_AUTHORITY = re.compile(
    r"(?:(?P<user>[^@]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9\-._~]*)(?P<port>:[^:\]]*)?"
)
_WHOLE = re.compile(rf"(https?://[A-Za-z0-9.\-_:\[\]]+)(/{_PATH}(?:\?[!\"$-~]*)?)")
_PLAIN = re.compile(r"[A-Za-z0-9\-._~]*")

_ORIGINS: dict[str, Origin] = {}


@frozen
class URL:
    """
    A URL that a request can be sent to.

    Attributes:
        base: Scheme and host as they were written, e.g. ``http://10.0.0.1:8080``.
        origin: The same, for the connection pool.
        target: What stands in the request line: path and query.
        authorization: A value for that header, when the URL held credentials.
    """

    base: str
    origin: Origin
    target: str
    authorization: str = ""

    def __str__(self) -> str:
        return self.base + self.target


def split(url: str) -> URL:
    """
    Take a whole URL apart; quick for URLs that need no change.

    Raises:
        UnusableRequest: See `parse`.
    """
    match = _WHOLE.fullmatch(url)
    if match is None:
        return parse(url)
    base, target = match.groups()
    origin = _ORIGINS.get(base)
    if origin is None:
        origin = parse(base).origin
        if len(_ORIGINS) < 1024:  # redirects may lead anywhere: never an endless table
            _ORIGINS[base] = origin
    return URL(base, origin, target)


def is_usable(url: str) -> bool:
    """Tell whether a URL can be sent as it is written, so that `parse` would not change it."""
    return _WHOLE.fullmatch(url) is not None


def parse(text: str, method: str = "GET") -> URL:
    """
    Read a URL as Go does.

    Args:
        text: Host and path, put together without looking.
        method: For the text of an error.

    Raises:
        UnusableRequest: With Go's text; nothing can be sent.
    """
    if _CONTROL.search(text):
        raise _unreadable(text, "net/url: invalid control character in URL")
    whole, _, fragment = text.partition("#")
    _check_escapes(fragment, text)
    scheme, rest = _scheme(whole)
    rest, mark, query = rest.partition("?")
    if not scheme and ":" in rest.partition("/")[0]:
        raise _unreadable(whole, "first path segment in URL cannot contain colon")
    if scheme not in PORTS or not rest.startswith("//"):
        if scheme in PORTS:
            raise _unsendable(method, text, "http: no Host in request URL")
        raise _unsendable(method, text, f'unsupported protocol scheme "{scheme}"')
    authority, slash, path = rest[2:].partition("/")
    user, host, port = _authority(authority, whole)
    target = _encoded_path(slash + path, whole) or "/"
    if not host:
        raise _unsendable(method, text, "http: no Host in request URL")
    if port and int(port) > 65535:
        raise _unsendable(method, text, f"dial tcp: address {port}: invalid port")
    origin = Origin(scheme, host.strip("[]"), int(port) if port else PORTS[scheme])
    return URL(
        base=f"{scheme}://{host}{':' + port if port else ''}",
        origin=origin,
        target=target + mark + quote(query, safe=_QUERY_SAFE, errors="surrogateescape"),
        authorization=_basic(user) if user else "",
    )


def with_query(target: str, query: str) -> str:
    """Append an encoded query to a URL or target that may have one already."""
    if not query:
        return target
    head, _, own = target.partition("?")
    if own:
        return f"{target}&{query}"
    return f"{head}?{query}"


def encoded_query(query: Mapping[str, Sequence[str]]) -> str:
    """
    Write a query as a form does: names sorted, values in order of arrival.

    Source: KrakenD documentation, "Parameter forwarding"; Go's ``url.Values.Encode``.
    """
    return "&".join(
        f"{_form(name)}={_form(value)}" for name in sorted(query) for value in query[name]
    )


def operation(method: str) -> str:
    """Name a method as Go's transport errors do: ``Get``."""
    return method[:1].upper() + method[1:].lower() if method else "Get"


_QUERY_SAFE = "".join(map(chr, range(0x21, 0x7F)))


def _form(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return quote_plus(text, safe="", errors="surrogateescape")


def _scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.match(text)
    if match is None:
        return "", text
    return match[1].lower(), text[match.end() :]


def _authority(authority: str, whole: str) -> tuple[str, str, str]:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise _unreadable(whole, "invalid character in host name")
    port = match["port"] or ""
    if port and not ((port[1:].isascii() and port[1:].isdecimal()) or port == ":"):
        raise _unreadable(whole, f'invalid port "{port}" after host')
    return match["user"] or "", match["host"], port[1:]


def _encoded_path(path: str, whole: str) -> str:
    if _WRITTEN_WELL.fullmatch(path):
        return path
    _check_escapes(path, whole)
    decoded = unquote_to_bytes(path.encode("utf-8", "surrogateescape"))
    return quote(decoded, safe="/$&+,:;=@")


def _check_escapes(text: str, whole: str) -> None:
    bad = _BAD_ESCAPE.search(text)
    if bad is not None:
        raise _unreadable(whole, f'invalid URL escape "{text[bad.start() : bad.start() + 3]}"')


def _basic(user: str) -> str:
    name, colon, password = user.partition(":")
    plain = unquote_to_bytes(name) + b":" + unquote_to_bytes(password if colon else "")
    return "Basic " + b64encode(plain).decode("ascii")


def _unreadable(text: str, reason: str) -> UnusableRequest:
    return UnusableRequest(f"parse {quoted(_without_password(text))}: {reason}")


def _unsendable(method: str, text: str, reason: str) -> UnusableRequest:
    return UnusableRequest(f"{operation(method)} {quoted(_without_password(text))}: {reason}")


def _without_password(text: str) -> str:
    return re.sub(r"//[^/?#]*@", "//", text)
