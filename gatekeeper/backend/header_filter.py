"""
Let only the listed headers reach one backend: its ``input_headers``.

This is the second filter; it takes away the gateway's own headers, too, unless they are
listed.  ``*`` is a name like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from attrs import evolve

from gatekeeper.message import Headers, Request, Response, canonical
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["header_filter", "keep_headers"]


def header_filter(allowed: Collection[str]) -> Middleware:
    """
    Forward only the named headers; an empty list is no filter, so do not call it then.

    Source: KrakenD documentation, "Parameter forwarding"; conformance case
    ``headers-backend-filter``.
    """
    keep = keep_headers(allowed)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            return await inner(evolve(request, headers=keep(request.headers)))

        return proxy

    return middleware


def keep_headers(allowed: Collection[str]) -> Callable[[Headers], Headers]:
    """Make a function that keeps the allowed headers; letter case does not matter."""
    names = tuple(dict.fromkeys(canonical(name) for name in allowed))

    def keep(headers: Headers) -> Headers:
        return {name: headers[name] for name in names if name in headers}

    return keep
