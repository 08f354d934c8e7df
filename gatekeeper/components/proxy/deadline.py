"""
End an endpoint's only backend a moment before the endpoint itself is late.

When the endpoint's time is over everything in it is cancelled, static data too.  So where
static data can stand in for a failure, this stands directly inside ``static``: the backend
is late first, and there is still somebody to answer.  Several backends, and concurrent
calls, need it not: they have a share of the time anyway.
"""

from __future__ import annotations

from gatekeeper.component import Runtime
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["deadline"]

SHARE = 0.99
"""How much of an endpoint's timeout its only backend has."""


def deadline(timeout_s: float, runtime: Runtime) -> Middleware:
    """
    Cancel what takes nearly as long as the endpoint may.

    Args:
        timeout_s: The endpoint's.

    Raises (from the proxy it makes):
        DeadlineExceeded: The time was over.
    """
    seconds = timeout_s * SHARE

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            return await runtime.within(seconds, inner(request))

        return proxy

    return middleware
