"""
Which answers are kept, and what of them.

Whatever the status: a 404 or 500 is as good as its ``Cache-Control`` says.  Only what
answers a condition of one client, or gives a part of a body, is kept for nobody else.
Cookies are set for the client that asked, so they are not kept with the answer.
"""

from __future__ import annotations

from attrs import evolve

from gatekeeper.httpcache.cache_control import Directives, is_private, parse
from gatekeeper.httpcache.entry import first
from gatekeeper.message import Streamed

__all__ = ["may_store", "without_cookies"]

_FOR_ONE_CLIENT = frozenset({206, 304, 412, 416})


def may_store(answer: Streamed, asked: Directives, *, keep_private: bool) -> bool:
    """
    Tell whether an answer may be kept.

    Args:
        asked: The ``Cache-Control`` of the request.
        keep_private: Whether answers for one user may be kept.
    """
    if answer.status in _FOR_ONE_CLIENT or "no-store" in asked:
        return False
    if "no-store" in parse(first(answer.headers, "cache-control")):
        return False
    return keep_private or not is_private(answer.headers)


def without_cookies(answer: Streamed) -> Streamed:
    """Give an answer as it is kept; its lines cannot be changed by whoever gets it."""
    kept = tuple(line for line in answer.headers if line[0].lower() != "set-cookie")
    return evolve(answer, headers=kept)
