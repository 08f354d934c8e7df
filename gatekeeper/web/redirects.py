"""
Send clients to the configured spelling of a path.

Source: KrakenD documentation, "Router options", ``disable_redirect_*``; kept for
compatibility with the conformance case ``routing-redirects``.
"""

from __future__ import annotations

import re
from html import escape

from gatekeeper.message import Headers
from gatekeeper.web.errors import Plain
from gatekeeper.web.options import RouterOptions
from gatekeeper.web.paths import Target, clean, clean_route, encode
from gatekeeper.web.tree import Tree

__all__ = ["better_path", "redirect"]

_UNSAFE = re.compile(r"[^A-Za-z0-9/-]")
_NON_ASCII = re.compile(r"[\x80-\xff]")
_HTML = ("Content-Type", "text/html; charset=utf-8")


def better_path(tree: Tree, path: str, headers: Headers, options: RouterOptions) -> str | None:
    """
    Find the path that a client should have asked for.

    Args:
        path: Decoded, and cleaned where ``remove_extra_slash`` wants it; it has no route
            in the tree.
        headers: ``X-Forwarded-Prefix`` says what a proxy in front of us took away.
    """
    if path == "/":
        return None
    if not options.disable_redirect_trailing_slash:
        other = path[:-1] if path.endswith("/") else f"{path}/"
        if tree.is_overlong(path) or tree.find(other) is not None:
            return clean_route(_prefix(headers) + other)
    if not options.disable_redirect_fixed_path:
        return tree.repair(clean(path))
    return None


def redirect(method: str, target: Target, mount: str, path: str) -> Plain:
    """
    Answer with the address of a path.

    Args:
        target: What the client asked for; its query stays as it is.
        mount: What stands in front of our paths, encoded; usually "".
        path: Decoded and clean.
    """
    location = f"{target.origin}{mount}{encode(path)}{target.query}"
    header = _NON_ASCII.sub(lambda match: f"%{ord(match[0]):x}", location)
    lines = (("Location", header),)
    if method != "GET":
        return Plain(307, (*lines, _HTML) if method == "HEAD" else lines, b"")
    link = escape(location).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    body = f'<a href="{link}">Moved Permanently</a>.\n\n'
    return Plain(301, (*lines, _HTML), body.encode("latin-1"))


def _prefix(headers: Headers) -> str:
    """Read what a proxy took away; only harmless characters of it are kept."""
    given = headers.get("X-Forwarded-Prefix")
    if not given:
        return ""
    return "/" + _UNSAFE.sub("", clean_route(given[0])).strip("/")
