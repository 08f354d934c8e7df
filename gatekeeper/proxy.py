"""
The one shape: a proxy is an async function from a request to a response.

A middleware takes a proxy and gives back a proxy.  Almost every feature is one.  Merging
several backends into one answer is the only thing that takes more than one proxy, so it
has a type of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from gatekeeper.message import ClientRequest, Reply, Request, Response

__all__ = ["Gate", "Handler", "Merger", "Middleware", "Proxy", "Wrapper", "stack"]

Proxy: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
Middleware: TypeAlias = Callable[[Proxy], Proxy]
Merger: TypeAlias = Callable[[Sequence[Proxy]], Proxy]

Handler: TypeAlias = Callable[[ClientRequest], Coroutine[Any, Any, Reply]]
"""The same idea one level up: what answers a client, headers and all."""

Wrapper: TypeAlias = Callable[[Handler], Handler]


@frozen
class Gate:
    """
    A wrapper that lets a request through as it is, or answers it, and decides at once.

    Where all wrappers of an endpoint are gates, no coroutine is needed.

    Attributes:
        check: Gives the reply to a request that must not go on, or None; may raise what
            a handler may raise.
    """

    check: Callable[[ClientRequest], Reply | None]

    def __call__(self, inner: Handler) -> Handler:
        """Wrap a handler."""
        check = self.check

        async def stopped(reply: Reply) -> Reply:
            return reply

        def handler(client: ClientRequest) -> Coroutine[Any, Any, Reply]:
            reply = check(client)
            return inner(client) if reply is None else stopped(reply)

        return handler


def stack(middlewares: Iterable[Middleware], innermost: Proxy) -> Proxy:
    """
    Wrap a proxy.

    Args:
        middlewares: Outermost first, as they are listed in ``pipeline.py``.
        innermost: What is called in the end.
    """
    proxy = innermost
    for middleware in reversed(list(middlewares)):
        proxy = middleware(proxy)
    return proxy
