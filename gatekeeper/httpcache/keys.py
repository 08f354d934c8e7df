"""
Under which name an answer is stored.

The name is the URL, with the method in front unless that is GET.  Requests that carry
credentials get a name for each value of them, so that no user is served what another one
may see.  The values themselves are not kept: a digest stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import blake2b
from typing import TypeAlias

from gatekeeper.message import Request

__all__ = ["CREDENTIALS", "KeyOf", "by_credentials", "by_url"]

KeyOf: TypeAlias = Callable[[Request], str]

CREDENTIALS = ("Authorization", "Cookie")
"""Headers that say who asks, in every configuration."""


def by_url(request: Request) -> str:
    """Name an answer by its URL alone."""
    return request.url if request.method == "GET" else f"{request.method} {request.url}"


def by_credentials(names: Collection[str]) -> KeyOf:
    """
    Make a function that also tells apart who asks.

    Args:
        names: Canonical names of the headers that carry credentials.
    """
    ordered = tuple(sorted({*CREDENTIALS, *names}))

    def key(request: Request) -> str:
        headers = request.headers
        found = [(name, *headers[name]) for name in ordered if headers.get(name)]
        return f"{by_url(request)}\n{_digest(found)}" if found else by_url(request)

    return key


def _digest(found: list[tuple[str, ...]]) -> str:
    """Stand for some values, with no doubt where one ends and the next begins."""
    return blake2b(repr(found).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
