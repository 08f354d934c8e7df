"""
The one shape: a proxy is an async function from a request to a response.

A middleware takes a proxy and gives back a proxy.  Almost every feature is one.  Merging
several backends into one answer is the only thing that takes more than one proxy, so it
has a type of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeAlias

from gatekeeper.message import ClientRequest, Reply, Request, Response

__all__ = ["Handler", "Merger", "Middleware", "Proxy", "Wrapper", "stack"]

Proxy: TypeAlias = Callable[[Request], Coroutine[Any, Any, Response]]
Middleware: TypeAlias = Callable[[Proxy], Proxy]
Merger: TypeAlias = Callable[[Sequence[Proxy]], Proxy]

Handler: TypeAlias = Callable[[ClientRequest], Coroutine[Any, Any, Reply]]
"""The same idea one level up: what answers a client, headers and all."""

Wrapper: TypeAlias = Callable[[Handler], Handler]


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
