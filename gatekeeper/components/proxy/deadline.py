"""
Limit the time of an endpoint's backends.

Stands directly inside ``static``, so that static data can stand in for backends that were
too slow.
"""

from __future__ import annotations

from gatekeeper.component import Runtime
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["deadline"]


def deadline(timeout_s: float, runtime: Runtime) -> Middleware:
    """
    Cancel what takes longer.

    Args:
        timeout_s: The endpoint's; when it is not above 0 it expires at once.

    Raises (from the proxy it makes):
        DeadlineExceeded: The time was over.
    """

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            return await runtime.within(timeout_s, inner(request))

        return proxy

    return middleware
