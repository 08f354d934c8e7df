"""
Send copies of requests to backends whose answers are not used.

The copy has its own clock and its own end: it goes on when the answer was sent and when the
client has left, and its errors do not matter.
"""

from __future__ import annotations

from twisted.python.failure import Failure

from gatekeeper.blame import blame
from gatekeeper.body import drop, whole
from gatekeeper.component import Runtime
from gatekeeper.message import Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["shadow"]


def shadow(shadow_pipe: Proxy, timeout_s: float, runtime: Runtime) -> Middleware:
    """
    Give every request to a second pipe, too.

    Args:
        shadow_pipe: Of the shadow backends.
        timeout_s: How long it may take; see
            `gatekeeper.components.proxy.settings.shadow_timeout`.

    Source: KrakenD documentation, "Traffic shadowing or mirroring".
    """

    def ended(failure: Failure) -> None:
        assert failure.value is not None
        blame(failure.value, runtime.log)

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            if type(request.body) is not bytes:
                request = await whole(request)
            runtime.within(timeout_s, shadow_pipe(request)).addCallbacks(drop, ended)
            return await inner(request)

        return proxy

    return middleware
