"""
Call all backends of an endpoint at the same time and merge their answers.

The default of endpoints with several backends.  Answers are folded in order of arrival, so
of equal keys the slowest backend's wins.  The merge has 85 percent of the endpoint's time,
so that what arrived until then can still be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import CancelledError

from gatekeeper.asking import Answered, Ask, Failed, Running, Work, asker
from gatekeeper.blame import blame
from gatekeeper.body import drop, whole
from gatekeeper.component import Runtime
from gatekeeper.errors import DeadlineExceeded, MergeError
from gatekeeper.fanout import FanOut
from gatekeeper.log import Log
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.proxy import Merger, Proxy
from gatekeeper.transform.merging import Merge

__all__ = ["SHARE", "parallel"]

SHARE = 0.85
"""How much of an endpoint's timeout its backends have together."""


def parallel(timeout_s: float, runtime: Runtime, version: int = 3) -> Merger:
    """
    Merge backends that are called at the same time.

    Args:
        timeout_s: The endpoint's.
        version: Of the configuration.  In version 2 an endpoint all of whose backends
            failed answers ``{}``, kept for compatibility (core-v2/v2-merge).

    Raises (from the proxy it makes):
        MergeError: No backend answered.

    Source: KrakenD documentation, "Response aggregation and merging".
    """
    seconds = timeout_s * SHARE

    def merger(proxies: Sequence[Proxy]) -> Proxy:
        asks = [asker(proxy) for proxy in proxies]
        return _Parallel(asks, seconds, runtime, version)

    return merger


class _Parallel:
    """A proxy, and a way to ask it; see `gatekeeper.asking`."""

    __slots__ = ("_asks", "_count", "_deadlines", "_log", "_seconds", "_version")

    def __init__(self, asks: Sequence[Ask], seconds: float, runtime: Runtime, version: int) -> None:
        self._asks = asks
        self._count = len(asks)
        self._seconds = seconds
        self._deadlines = runtime.deadlines
        self._log = runtime.log
        self._version = version

    async def __call__(self, request: Request) -> Response:
        """Do it as a proxy."""
        request = await whole(request)
        parts = _Parts(self._count, self._log)
        await parts.run(self._asks, request, self._seconds, self._deadlines)
        return self._result(parts)

    def ask(self, request: Request, answered: Answered, failed: Failed) -> Running:
        """Do it with callbacks."""
        if type(request.body) is not bytes:
            return Work(self(request), answered, failed)

        def done() -> None:
            if parts.is_cancelled:
                failed(CancelledError())
                return
            try:
                response = self._result(parts)
            except MergeError as error:
                failed(error)
            else:
                answered(response)

        parts = _Parts(self._count, self._log, done)
        parts.start(self._asks, request, self._seconds, self._deadlines)
        return parts

    def _result(self, parts: _Parts) -> Response:
        merge = parts.merge
        if self._version == 2 and merge.failed:
            return Decoded({}, complete=False, error=MergeError(merge.errors))
        return merge.result()


class _Parts(FanOut):
    """Calls that are all awaited."""

    __slots__ = ("_log", "merge")

    def __init__(self, count: int, log: Log, done: Callable[[], None] | None = None) -> None:
        super().__init__(done)
        self.merge = Merge(count)
        self._log = log

    def answered(self, response: Response) -> bool:
        merge = self.merge
        if isinstance(response, Streamed):  # no data: its fields are not decoded
            drop(response)
            merge.add(Decoded({}))
        elif response.error is not None:
            merge.fail(response.error)
        else:
            merge.add(response)
        return merge.pending == 0

    def failed(self, error: BaseException) -> bool:
        self.merge.fail(blame(error, self._log))
        return self.merge.pending == 0

    def expired(self) -> None:
        for _ in range(self.merge.pending):
            self.merge.fail(DeadlineExceeded())
