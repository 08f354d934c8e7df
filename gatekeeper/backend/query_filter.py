"""
Let only the listed query strings reach one backend: its ``input_query_strings``.

This is the second filter; the first is the endpoint's.  ``*`` is a name like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from attrs import evolve

from gatekeeper.message import Headers, Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["keep_query", "query_filter"]


def query_filter(allowed: Collection[str]) -> Middleware:
    """
    Forward only the named query strings; an empty list is no filter, so do not call it then.

    Source: KrakenD documentation, "Parameter forwarding".
    """
    keep = keep_query(allowed)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            return await inner(evolve(request, query=keep(request.query)))

        return proxy

    return middleware


def keep_query(allowed: Collection[str]) -> Callable[[Headers], Headers]:
    """Make a function that keeps the allowed names; names are case-sensitive."""
    names = frozenset(allowed)

    def keep(query: Headers) -> Headers:
        return {name: values for name, values in query.items() if name in names}

    return keep
