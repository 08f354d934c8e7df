"""
Call all backends of an endpoint at the same time and merge their answers.

The default of endpoints with several backends.  Answers are folded in order of arrival, so
of equal keys the slowest backend's wins.  The merge has 85 percent of the endpoint's time,
so that what arrived until then can still be sent.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    deadlines, log = runtime.deadlines, runtime.log

    def merger(proxies: Sequence[Proxy]) -> Proxy:
        count = len(proxies)

        async def proxy(request: Request) -> Response:
            if type(request.body) is not bytes:
                request = await whole(request)
            parts = _Parts(count, log)
            await parts.run(proxies, request, seconds, deadlines)
            if version == 2 and parts.merge.failed:
                return Decoded({}, complete=False, error=MergeError(parts.merge.errors))
            return parts.merge.result()

        return proxy

    return merger


class _Parts(FanOut):
    """Calls that are all awaited."""

    __slots__ = ("_log", "merge")

    def __init__(self, count: int, log: Log) -> None:
        super().__init__()
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
