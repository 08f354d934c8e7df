"""
Call the backends of an endpoint one after the other.

A later backend may use values of earlier answers: ``{resp0_customer.id}`` in its
`url_pattern`, or in settings of other components when the value is named in
``sequential_propagated_params``.  Such values become parameters of the request
(``Resp0_customer.id``), which stay for the backends after it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen
from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.blame import blame
from gatekeeper.body import drop, read_body, whole
from gatekeeper.component import Runtime
from gatekeeper.components.proxy.parallel import SHARE
from gatekeeper.components.proxy.settings import ProxySettings
from gatekeeper.config.model import Endpoint
from gatekeeper.encoding.text import as_text
from gatekeeper.errors import BodyTooLarge, DeadlineExceeded
from gatekeeper.message import JSON, Decoded, Request, Response, Streamed
from gatekeeper.proxy import Merger, Proxy
from gatekeeper.transform.merging import Merge

__all__ = ["sequential"]

_TOKEN = re.compile(r"\{\{\.Resp(\d+)_([\w.-]+)\}\}", re.ASCII)
_PROPAGATED = re.compile(r"[Rr]esp(\d+)_?([\w.-]+)?", re.ASCII)

_MOST_DIGITS = 18
_MISSING = object()


@frozen
class _Value:
    """
    A value of an earlier answer.

    Attributes:
        name: Of the parameter: ``Resp0_customer.id``.
        index: Of the backend that gave the answer.
        path: Where in its data; empty for the whole body of a ``no-op`` backend.
    """

    name: str
    index: int
    path: Sequence[str]


def sequential(endpoint: Endpoint, timeout_s: float, runtime: Runtime) -> Merger:
    """
    Merge backends that are called in the order of the list.

    Args:
        endpoint: With the backends of this pipe only: shadows do not count.
        timeout_s: The endpoint's; the whole sequence has 85 percent of it.

    Raises (from the proxy it makes):
        GatekeeperError: That of the first backend, if it failed.

    Source: KrakenD documentation, "Sequential proxy".
    """
    plan = _plan(endpoint)
    raw = frozenset(value.index for values in plan for value in values if not value.path)
    seconds = timeout_s * SHARE
    deadlines = runtime.deadlines

    def merger(proxies: Sequence[Proxy]) -> Proxy:
        steps = tuple(zip(proxies, plan, strict=True))

        async def proxy(request: Request) -> Response:
            if type(request.body) is not bytes:
                request = await whole(request)
            sequence = _Sequence(steps, raw, runtime)
            running = Deferred.fromCoroutine(sequence.run(request))
            if running.called:
                return await running
            ticket = deadlines.start(seconds, lambda: sequence.expire(running))
            try:
                return await running
            finally:
                ticket.stop()

        return proxy

    return merger


class _Sequence:
    """The calls for one request."""

    __slots__ = ("_answers", "_bodies", "_found", "_late", "_raw", "_runtime", "_steps")

    def __init__(
        self,
        steps: Sequence[tuple[Proxy, Sequence[_Value]]],
        raw: frozenset[int],
        runtime: Runtime,
    ) -> None:
        self._steps = steps
        self._raw = raw
        self._runtime = runtime
        self._answers: list[Decoded] = []
        self._bodies: dict[int, str] = {}
        self._found: dict[str, str] = {}
        self._late = False

    def expire(self, running: Deferred[Decoded]) -> None:
        """End the sequence with what has arrived."""
        self._late = True
        running.cancel()

    async def run(self, request: Request) -> Decoded:
        """Make the calls until one of them fails or is incomplete."""
        merge = Merge(len(self._steps))
        for index, (proxy, values) in enumerate(self._steps):
            if values and self._find(values):
                request = evolve(request, params={**request.params, **self._found})
            try:
                answer = await self._call(index, proxy, request)
            except CancelledError:
                raise
            except Exception as error:
                if index == 0:
                    raise
                merge.fail(blame(error, self._runtime.log))
                break
            merge.add(answer)
            if not answer.complete:
                break
            self._answers.append(answer)
        return merge.result()

    async def _call(self, index: int, proxy: Proxy, request: Request) -> Decoded:
        try:
            return await self._decoded(index, await proxy(request))
        except CancelledError:
            if self._late:
                raise DeadlineExceeded from None
            raise

    async def _decoded(self, index: int, response: Response) -> Decoded:
        if isinstance(response, Decoded):
            if response.error is not None:
                raise response.error
            return response
        if index in self._raw:
            await self._keep_body(index, response)
        else:
            drop(response)
        return Decoded({})

    async def _keep_body(self, index: int, response: Streamed) -> None:
        try:
            body = await read_body(response.body)
        except (ConnectionError, BodyTooLarge) as error:
            self._runtime.log.warning(f"the body of backend {index} is no parameter: {error}")
        else:
            self._bodies[index] = body.decode("utf-8", "replace")

    def _find(self, values: Iterable[_Value]) -> bool:
        """Complete the parameters for one backend; False when there are none yet."""
        for value in values:
            if value.index >= len(self._answers) or self._found.get(value.name):
                continue
            if value.path:
                found = _look_up(self._answers[value.index].data, value.path)
                if found is not _MISSING:
                    self._found[value.name] = as_text(found)
            elif value.index in self._bodies:
                self._found[value.name] = self._bodies[value.index]
        return bool(self._found)


def _look_up(data: JSON, path: Sequence[str]) -> JSON:
    """
    Find a value in the data of an answer; `_MISSING` when there is none.

    Where a step on the way is missing the last name is looked up at the level that was
    reached, kept for compatibility (core/sequential-params).
    """
    level = data or {}
    for name in path[:-1]:
        inner = level.get(name)
        if type(inner) is not dict:
            break
        level = inner
    return level.get(path[-1], _MISSING)


def _plan(endpoint: Endpoint) -> list[tuple[_Value, ...]]:
    """Give the values that each backend needs of those before it."""
    settings = ProxySettings.read(endpoint.extra_config.get("proxy"))
    propagated = [
        _value(*found) for text in settings.propagated for found in _PROPAGATED.findall(text)
    ]
    plan = []
    for index, backend in enumerate(endpoint.backends):
        named = [_value(*found) for found in _TOKEN.findall(backend.url_pattern)]
        plan.append(tuple(value for value in (*named, *propagated) if value.index < index))
    return plan


def _value(number: str, path: str) -> _Value:
    index = int(number) if len(number) <= _MOST_DIGITS else sys.maxsize
    name = f"Resp{number}_{path}" if path else f"Resp{number}"
    return _Value(name, index, path.split(".") if path else ())
