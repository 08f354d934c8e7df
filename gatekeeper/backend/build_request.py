"""
Make the request that a backend gets: its method, and its path from the `url_pattern`.

A pattern holds tokens, ``/users/{{.Id}}?lang={{.Lang}}``.  They are replaced in one pass,
so a value is never looked at for tokens again (deviation 2 of the core).  A token without
value stays as it is written, and the request is still sent: kept for compatibility with
the conformance case ``sequential-params``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import evolve

from gatekeeper.backend import url
from gatekeeper.errors import UnusableRequest
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["Substitute", "build_request", "plain_target", "template"]

Substitute: TypeAlias = Callable[[Mapping[str, str]], str]

_TOKEN = re.compile(r"\{\{\.([^{}]+)\}\}")
_PLAIN = re.compile(r"[A-Za-z0-9\-._~]*")


def build_request(url_pattern: str, method: str) -> Middleware:
    """Ask with the backend's method for the backend's path."""
    substitute = template(url_pattern)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            path = substitute(request.params)
            return await inner(evolve(request, method=method, path=path))

        return proxy

    return middleware


def template(pattern: str) -> Substitute:
    """Make a function that fills a pattern with parameters."""
    pieces = _TOKEN.split(pattern)
    if len(pieces) == 1:
        return lambda _: pattern
    head, tail = pieces[0], _pairs(pieces)

    def substitute(params: Mapping[str, str]) -> str:
        path = head
        for name, token, text in tail:
            path += params.get(name, token) + text
        return path

    return substitute


def plain_target(pattern: str) -> Callable[[Mapping[str, str]], str | None]:
    """
    Make a quick way from parameters to a request target.

    The function gives None where values, or the pattern itself, need the rules of
    `url.parse`: a missing value, or one with more than letters, digits and ``-._~``.
    """
    target = _target_of(_TOKEN.sub("x", pattern))
    pieces = _TOKEN.split(pattern)
    if len(pieces) == 1:
        return lambda _: target
    if target != _TOKEN.sub("x", pattern):
        return lambda _: None
    head, tail = pieces[0], _pairs(pieces)

    def substitute(params: Mapping[str, str]) -> str | None:
        path = head
        for name, _, text in tail:
            value = params.get(name)
            if value is None:
                return None
            if not (value.isalnum() and value.isascii()) and not _PLAIN.fullmatch(value):
                return None
            path += value + text
        return path

    return substitute


def _pairs(pieces: list[str]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (name, f"{{{{.{name}}}}}", text)
        for name, text in zip(pieces[1::2], pieces[2::2], strict=True)
    )


def _target_of(path: str) -> str | None:
    try:
        return url.parse(f"http://backend{path}").target
    except UnusableRequest:
        return None
