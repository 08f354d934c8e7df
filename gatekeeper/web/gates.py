"""
Let requests through gates on the short way to an endpoint.

See `gatekeeper.gate`.  What a gate refuses, or raises, ends the request before the endpoint's
own handler: the answer has none of its headers.  A gate that fails, or gives what is neither
a visitor nor a reply, ends it as well: what could not be judged is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import CoroutineType
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred

from gatekeeper.asking import Running
from gatekeeper.errors import Refused
from gatekeeper.gate import Gate
from gatekeeper.message import Headers, Reply
from gatekeeper.web.call import Begin, Call
from gatekeeper.web.client_ip import ClientIP
from gatekeeper.web.respond import refusal
from gatekeeper.web.write import write_whole

__all__ = ["Enter", "Visit", "gated"]


class Visit:
    """
    A `gatekeeper.gate.Visitor`: a call, of which nothing is worked out that nobody asks for.

    Attributes:
        headers: As sent, or as a gate changed them.
        changed: Parameters that a gate has set; None when they are those of the route.
    """

    __slots__ = ("_call", "_client_ip", "_names", "changed", "headers")

    def __init__(self, call: Call, names: Sequence[str], client_ip: ClientIP) -> None:
        self.headers: Headers = call.exchange.headers
        self._call = call
        self._names = names
        self._client_ip = client_ip
        self.changed: Mapping[str, str] | None = None

    @property
    def method(self) -> str:
        """As sent."""
        return self._call.exchange.method

    @property
    def path(self) -> str:
        """Decoded."""
        return self._call.path

    @property
    def params(self) -> Mapping[str, str]:
        """Captured values, or what a gate made of them."""
        if self.changed is not None:
            return self.changed
        return dict(zip(self._names, self._call.values, strict=True))

    @property
    def client_ip(self) -> str:
        """The address after proxies, as the client's own headers say it."""
        exchange = self._call.exchange
        return self._client_ip(exchange.headers, exchange.peer)

    def carrying(self, headers: Headers, params: Mapping[str, str]) -> Visit:
        """Give the same request with other headers and parameters."""
        visit = Visit(self._call, self._names, self._client_ip)
        visit.headers = headers
        visit.changed = params
        return visit


Enter: TypeAlias = Callable[[Call, Visit], Running | None]
"""Begins what answers a call that has come through all gates; see `Begin`."""


def gated(gates: Sequence[Gate], enter: Enter, names: Sequence[str], client_ip: ClientIP) -> Begin:
    """
    Put gates in front of an endpoint.

    Args:
        gates: Outermost first.
        names: Of the route's parameters.
    """
    for gate in reversed(gates):
        enter = _behind(gate, enter)
    return lambda call: enter(call, Visit(call, names, client_ip))


def _behind(gate: Gate, enter: Enter) -> Enter:
    def arrive(call: Call, visit: Visit) -> Running | None:
        try:
            verdict = gate(visit)
        except Refused as error:
            verdict = refusal(error)
        if verdict is visit:
            return enter(call, visit)
        if isinstance(verdict, CoroutineType):
            return Deferred.fromCoroutine(_later(call, verdict, enter))
        return _go_on(call, verdict, enter)

    return arrive


def _go_on(call: Call, verdict: object, enter: Enter) -> Running | None:
    if isinstance(verdict, Reply):
        assert isinstance(verdict.body, bytes)
        write_whole(call.exchange, verdict, verdict.body)
        call.end(verdict.status, verdict.errors)
        return None
    if not isinstance(verdict, Visit):
        raise TypeError(f"a gate gave {type(verdict).__name__}")
    return enter(call, verdict)


async def _later(call: Call, waiting: Coroutine[Any, Any, object], enter: Enter) -> None:
    """Wait for a verdict.  What is begun then takes the place of what we are."""
    try:
        try:
            verdict = await waiting
        except Refused as error:
            verdict = refusal(error)
        call.running = None
        running = _go_on(call, verdict, enter)
    except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
        call.fail(error)
        return
    if not call.is_over and call.running is None:  # otherwise there is a third step already
        call.running = running
