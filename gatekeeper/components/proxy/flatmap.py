"""
Delete, move and join fields of the merged answer of an endpoint.

Setting ``flatmap_filter`` of the namespace ``proxy``, for endpoints with several backends
that are no shadows.
"""

from __future__ import annotations

from attrs import evolve

from gatekeeper.components.proxy.settings import ProxySettings
from gatekeeper.message import Request, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy
from gatekeeper.transform.flatmap import flatmap as change_with

__all__ = ["flatmap"]


def flatmap(settings: ProxySettings) -> Middleware | None:
    """
    Let the operations work on the data, or None when there are none.

    An answer in which a part failed is left as it is.

    Source: KrakenD documentation, "Flatmap".
    """
    if not settings.flatmap:
        return None
    change = change_with(settings.flatmap)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            response = await inner(request)
            if isinstance(response, Streamed) or response.error is not None:
                return response
            return evolve(response, data=change(response.data))

        return proxy

    return middleware
