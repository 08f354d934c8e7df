"""
Check hosts, send clients to HTTPS, and add header lines that make browsers careful.

Namespace ``security/http``, allowed at service level.  It stands around all routes, 404 and
405 included.  First, a host that is not allowed gets 500 and nothing else.  Then, a plain
request is redirected where that is wanted.  Everything else goes on, and its answer, whoever
gives it, is dressed with lines that were made at start.

The host is ``Host``, or the first proxy header that has a value.  A request is encrypted
when its connection to us is, or when a proxy header says so.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TypeAlias
from urllib.parse import quote, unquote_to_bytes

from attrs import evolve, field, frozen

from gatekeeper.component import Component, Guard, Placement, Runtime
from gatekeeper.config.pointer import below
from gatekeeper.config.reader import Reader
from gatekeeper.message import Lines, Reply, canonical
from gatekeeper.regex import Finds, finder
from gatekeeper.wire.dressed import dress
from gatekeeper.wire.exchange import Exchange

__all__ = ["Security", "component", "security"]

NONCE = "$NONCE"
"""Stands in a policy for a text that is new for each request."""

_TEXT = ("Content-Type", "text/plain; charset=utf-8")
_HTML = ("Content-Type", "text/html; charset=utf-8")
_NOSNIFF = ("X-Content-Type-Options", "nosniff")
_BAD_HOST = Reply(500, (_TEXT, _NOSNIFF), b"Bad Host\n")

_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@\[\]/%-]*")
_NON_ASCII = re.compile(r"[\x80-\xff]")
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

Fits: TypeAlias = Callable[[str], bool]
"""Tells whether a host is one of ours."""


@frozen
class Security:
    """
    What to check, and what to send.

    Attributes:
        hosts: Empty: any host.
        patterns: The same as regular expressions of whole hosts, where they are such.
        ssl_proxy_headers: Names to the values that mean HTTPS.
        sts_seconds: 0: no such line.
        public_key_pins: Of version 2 files only.
    """

    hosts: Sequence[str] = ()
    patterns: Sequence[Finds] = ()
    host_proxy_headers: Sequence[str] = ()
    ssl_redirect: bool = False
    ssl_host: str = ""
    ssl_proxy_headers: Mapping[str, str] = field(factory=dict)
    sts_seconds: int = 0
    sts_include_subdomains: bool = False
    force_sts_header: bool = False
    frame_options: str = ""
    content_type_nosniff: bool = False
    browser_xss_filter: bool = False
    content_security_policy: str = ""
    referrer_policy: str = ""
    public_key_pins: str = ""
    is_development: bool = False

    @classmethod
    def read(cls, json: Reader) -> Security:
        """Read the settings; a value of a wrong type would leave something unprotected."""
        hosts = json.texts("allowed_hosts", default=())
        are_patterns = json.boolean("allowed_hosts_are_regex", default=False)
        denied = "DENY" if json.boolean("frame_deny", default=False) else ""
        return cls(
            hosts=hosts,
            patterns=_patterns(json, hosts) if are_patterns else (),
            host_proxy_headers=_names(json.texts("host_proxy_headers", default=())),
            ssl_redirect=json.boolean("ssl_redirect", default=False),
            ssl_host=_line(json, "ssl_host"),
            ssl_proxy_headers=_expected(json),
            sts_seconds=int(json.number("sts_seconds", default=0, minimum=0)),
            sts_include_subdomains=json.boolean("sts_include_subdomains", default=False),
            force_sts_header=json.boolean("force_sts_header", default=False),
            frame_options=_line(json, "custom_frame_options_value") or denied,
            content_type_nosniff=json.boolean("content_type_nosniff", default=False),
            browser_xss_filter=json.boolean("browser_xss_filter", default=False),
            content_security_policy=_line(json, "content_security_policy"),
            referrer_policy=_line(json, "referrer_policy"),
            public_key_pins=_line(json, "public_key"),
            is_development=json.boolean("is_development", default=False),
        )

    def of_version_2(self) -> Security:
        """Leave out what KrakenD 1.3 does not do."""
        return evolve(self, patterns=(), ssl_proxy_headers={}, force_sts_header=False)


def security(
    settings: Security,
    placement: Placement,
    runtime: Runtime,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Guard:
    """
    Check requests to all routes and dress their answers.

    Args:
        random: Gives so many bytes, for the text that stands for ``$NONCE``.

    Source: KrakenD documentation, "HTTP security headers"; kept for compatibility with the
    conformance cases ``allowed-hosts``, ``https-redirect`` and ``response-headers``.
    """
    is_old = placement.service.version == 2
    settings = settings.of_version_2() if is_old else evolve(settings, public_key_pins="")
    fits, redirects = _fits(settings), settings.ssl_redirect and not settings.is_development
    plain = _lines(settings, is_encrypted=False, is_old=is_old)
    encrypted = _lines(settings, is_encrypted=True, is_old=is_old)
    is_encrypted = _is_encrypted(settings.ssl_proxy_headers)
    proxy_headers, renewed = settings.host_proxy_headers, _renewed(random)
    has_nonce = NONCE in settings.content_security_policy
    runtime.log.debug("[SERVICE: Gin][HTTPsecure] Successfully loaded module")

    def guard(exchange: Exchange) -> Exchange | Reply:
        host = _host(exchange, proxy_headers) if proxy_headers else exchange.host
        if fits is not None and not fits(host):
            return _BAD_HOST
        if is_encrypted(exchange):
            lines = encrypted
        elif redirects:
            return _redirect(exchange, settings.ssl_host or host)
        else:
            lines = plain
        return dress(exchange, renewed(lines) if has_nonce else lines)

    return guard


def _fits(settings: Security) -> Fits | None:
    """Make the check of hosts, or None when any will do."""
    if not settings.hosts or settings.is_development:
        return None
    if settings.patterns:
        patterns = settings.patterns
        return lambda host: any(finds(host.encode("latin-1")) for finds in patterns)
    hosts = frozenset(host.lower() for host in settings.hosts)
    return lambda host: host.lower() in hosts


def _host(exchange: Exchange, proxy_headers: Sequence[str]) -> str:
    for name in proxy_headers:
        values = exchange.headers.get(name)
        if values and values[0]:
            return values[0]
    return exchange.host


def _is_encrypted(expected: Mapping[str, str]) -> Callable[[Exchange], bool]:
    if not expected:
        return lambda exchange: exchange.secure

    def is_encrypted(exchange: Exchange) -> bool:
        headers = exchange.headers
        return exchange.secure or any(
            name in headers and headers[name][0] == value for name, value in expected.items()
        )

    return is_encrypted


def _lines(settings: Security, *, is_encrypted: bool, is_old: bool) -> Lines:
    """Make the lines of answers to plain or encrypted requests."""
    lines = []
    if settings.sts_seconds and not settings.is_development:
        below_too = "; includeSubdomains" if is_old else "; includeSubDomains"
        age = f"max-age={settings.sts_seconds}"
        if is_encrypted or settings.force_sts_header:
            value = age + below_too if settings.sts_include_subdomains else age
            lines.append(("Strict-Transport-Security", value))
    if settings.public_key_pins and is_encrypted and not settings.is_development:
        lines.append(("Public-Key-Pins", settings.public_key_pins))
    if settings.frame_options:
        lines.append(("X-Frame-Options", settings.frame_options))
    if settings.content_type_nosniff:
        lines.append(_NOSNIFF)
    if settings.browser_xss_filter:
        lines.append(("X-Xss-Protection", "1; mode=block"))
    if settings.content_security_policy:
        lines.append(("Content-Security-Policy", settings.content_security_policy))
    if settings.referrer_policy:
        lines.append(("Referrer-Policy", settings.referrer_policy))
    return tuple(lines)


def _renewed(random: Callable[[int], bytes]) -> Callable[[Lines], Lines]:
    """Make a function that puts a new text where ``$NONCE`` stands."""

    def renewed(lines: Lines) -> Lines:
        nonce = f"'nonce-{b64encode(random(16)).decode().rstrip('=')}'"
        return tuple((name, value.replace(NONCE, nonce)) for name, value in lines)

    return renewed


def _redirect(exchange: Exchange, host: str) -> Reply:
    """Send a client to the same place over HTTPS."""
    location = f"https://{_quoted_host(host)}{_place(exchange.target)}"
    header = ("Location", _NON_ASCII.sub(lambda byte: f"%{ord(byte[0]):x}", location))
    if exchange.method == "HEAD":
        return Reply(301, (header, _HTML))
    if exchange.method != "GET":
        return Reply(301, (header,))
    link = escape(location).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    body = f'<a href="{link}">Moved Permanently</a>.\n\n'
    return Reply(301, (header, _HTML), body.encode("latin-1"))


def _place(target: str) -> str:
    """Give path and query as sent, the path quoted anew where it was not quoted well."""
    origin = None if target.startswith("/") else _ORIGIN.match(target)
    path, mark, query = target[origin.end() if origin else 0 :].partition("?")
    if not _PATH.fullmatch(path):
        path = quote(unquote_to_bytes(path.encode("latin-1")), safe="/$&+,:;=@")
    return path + mark + query


def _quoted_host(host: str) -> str:
    return quote(host.encode("latin-1"), safe="!$&'()*+,;=:[]<>\"")


def _names(names: Sequence[str]) -> Sequence[str]:
    return tuple(canonical(name) for name in names)


def _patterns(json: Reader, hosts: Sequence[str]) -> Sequence[Finds]:
    """Compile hosts; only the whole entry is anchored, not the parts of an alternation."""
    patterns = []
    for number, host in enumerate(hosts):
        try:
            patterns.append(finder(f"^{host}$"))
        except ValueError as error:
            place = below(json.place("allowed_hosts"), number)
            json.problems.add(place, f"expected a regular expression (RE2): {error}")
    return tuple(patterns)


def _expected(json: Reader) -> Mapping[str, str]:
    """Read headers and the values that mean HTTPS."""
    given = json.mapping("ssl_proxy_headers", default={})
    for name, value in given.items():
        if not isinstance(value, str):
            place = below(json.place("ssl_proxy_headers"), name)
            json.problems.add(place, "expected a text: the value that means HTTPS")
    return {canonical(name): value for name, value in given.items() if isinstance(value, str)}


def _line(json: Reader, key: str) -> str:
    """Read a text that will stand in a header line, in the bytes of the wire."""
    value = json.text(key, default="")
    if _UNSENDABLE.search(value):
        json.problem(key, "expected a text without control characters: it is sent in a header")
    return value.encode("utf-8", "replace").decode("latin-1")


component = Component(namespace="security/http", settings=Security.read, router=security)
