"""
Gates: what looks at an endpoint's request, and lets it through or refuses it.

A component that only looks at requests need not wrap a handler: it gives a gate, which is a
plain function.  An endpoint with gates and nothing else around it answers in the short way
(`gatekeeper.web.gates`), in which no `ClientRequest`, no coroutine and no second deadline is
made.  Where another component wraps the handler, `wrapper` makes the same of a gate, so
that the order among all of them is the one of `gatekeeper.pipeline`.

Why it is not simply another wrapper: docs/decisions/0029-gates.md.
"""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from types import CoroutineType
from typing import Any, Protocol, Self, TypeVar

from gatekeeper.message import ClientRequest, Headers, Reply
from gatekeeper.proxy import Handler, Wrapper

__all__ = ["Gate", "V", "Visitor", "in_turn", "wrapper"]


class Visitor(Protocol):
    """
    A request at a gate.

    Attributes:
        method: As sent.
        path: The percent-decoded path.
        headers: All of them but ``Host``.
        params: What the route captured: names as the configuration spells them.
        client_ip: The client's address after proxies.
    """

    @property
    def method(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def headers(self) -> Headers: ...

    @property
    def params(self) -> Mapping[str, str]: ...

    @property
    def client_ip(self) -> str: ...

    def carrying(self, headers: Headers, params: Mapping[str, str]) -> Self:
        """Give the same request with other headers and parameters."""


V = TypeVar("V", bound=Visitor)
"""Whoever comes to a gate is who goes on."""


class Gate(Protocol):
    """See `__call__`."""

    def __call__(self, visitor: V, /) -> V | Reply | Coroutine[Any, Any, V]:
        """
        Judge a request.

        Gives the visitor to go on with, which may carry more than it came with; or a reply
        with a whole body, which ends the request.  Only who cannot know yet gives a
        coroutine that will say it: what waits is dear.

        Raises:
            Refused: It ends the request as well, with an empty answer.
            Exception: A mistake; the request does not pass.
        """


def in_turn(gates: Sequence[Gate]) -> Gate | None:
    """Make one gate of several that never wait; None when there are none."""
    if len(gates) < 2:
        return gates[0] if gates else None
    first, rest = gates[0], in_turn(gates[1:])
    assert rest is not None

    def gate(visitor: V) -> V | Reply | Coroutine[Any, Any, V]:
        verdict = first(visitor)
        return rest(visitor) if verdict is visitor else verdict

    return gate


def wrapper(gate: Gate) -> Wrapper:
    """Make of a gate what stands among components that wrap the handler."""

    def wrap(inner: Handler) -> Handler:
        async def handler(client: ClientRequest) -> Reply:
            verdict = gate(client)
            if isinstance(verdict, CoroutineType):
                verdict = await verdict
            if isinstance(verdict, Reply):
                return verdict
            assert isinstance(verdict, ClientRequest)  # or it does not pass
            return await inner(verdict)

        return handler

    return wrap
