"""
Send the same request several times, and take the first good answer.

Setting ``concurrent_calls`` of an endpoint.  Each call is balanced for itself, so a slow or
broken host costs nothing but traffic.  All calls together have 75 percent of the endpoint's
time.
"""

from __future__ import annotations

from attrs import evolve

from gatekeeper.asking import asker
from gatekeeper.blame import blame
from gatekeeper.body import whole
from gatekeeper.component import Runtime
from gatekeeper.errors import BackendError, DeadlineExceeded, MergeError
from gatekeeper.fanout import FanOut
from gatekeeper.log import Log
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["concurrent"]

SHARE = 0.75
"""How much of an endpoint's timeout the calls have together."""


def concurrent(calls: int, timeout_s: float, runtime: Runtime) -> Middleware:
    """
    Call a backend several times at once.

    Args:
        calls: More than 1.
        timeout_s: The endpoint's.

    Raises (from the proxy it makes):
        Exception: The last error, when no call gave an answer.

    Source: KrakenD documentation, "Concurrent requests".
    """
    seconds = timeout_s * SHARE
    deadlines, log = runtime.deadlines, runtime.log

    def middleware(inner: Proxy) -> Proxy:
        asks = (asker(inner),) * calls

        async def proxy(request: Request) -> Response:
            if type(request.body) is not bytes:
                request = await whole(request)
            race = _Race(calls, log)
            await race.run(asks, request, seconds, deadlines)
            return race.result()

        return proxy

    return middleware


class _Race(FanOut):
    """Calls of which one good answer is awaited."""

    __slots__ = ("_error", "_log", "_pending", "_response")

    def __init__(self, calls: int, log: Log) -> None:
        super().__init__()
        self._log = log
        self._pending = calls
        self._response: Response | None = None
        self._error: BaseException | None = None

    def answered(self, response: Response) -> bool:
        self._pending -= 1
        self._response = response
        if isinstance(response, Streamed) or response.complete:
            self._error = None
            return True
        return self._pending == 0

    def failed(self, error: BaseException) -> bool:
        self._pending -= 1
        self._error = error
        return self._pending == 0

    def expired(self) -> None:
        self._error = DeadlineExceeded()

    def result(self) -> Response:
        """Give the first complete answer, or else the last one together with the last error."""
        response, error = self._response, self._error
        if response is None:
            assert error is not None
            raise error
        if isinstance(response, Decoded) and error is not None:
            kept = blame(error, self._log)
            if not isinstance(kept, BackendError):
                kept = MergeError([kept])
            return evolve(response, error=kept)
        return response
