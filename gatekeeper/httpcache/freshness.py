"""
Whether a stored answer may be served without asking the backend.

The client has a say, if `input_headers` lets its ``Cache-Control`` pass: it can take older
answers (``max-stale``, a longer ``max-age``, ``only-if-cached``) or demand fresher ones
(``no-cache``, ``min-fresh``, a shorter ``max-age``).

Source: specification of cached backends, sections 3.1 and 3.3; conformance cases
``caching/freshness`` and ``caching/request-directives``.
"""

from __future__ import annotations

from enum import Enum

from gatekeeper.httpcache.cache_control import Directives, seconds
from gatekeeper.httpcache.entry import Entry

__all__ = ["Freshness", "freshness", "serves_on_error"]


class Freshness(Enum):
    """What to do with a stored answer."""

    FRESH = "serve it"
    STALE = "ask the backend whether it is still good"
    UNWANTED = "ask the backend as if there were none"


def freshness(entry: Entry, asked: Directives, now: float) -> Freshness:
    """
    Judge a stored answer.

    Args:
        asked: The ``Cache-Control`` of the request.
        now: Seconds since the epoch.
    """
    if not asked:
        return Freshness.FRESH if now < entry.fresh_until else Freshness.STALE
    if "no-cache" in asked:
        return Freshness.UNWANTED
    if "no-cache" in entry.directives:
        return Freshness.STALE
    if "only-if-cached" in asked:
        return Freshness.FRESH
    if entry.date is None:
        return Freshness.STALE
    if asked.get("max-stale") == "":
        return Freshness.FRESH
    lifetime_s = entry.lifetime_s
    if "max-age" in asked:
        lifetime_s = seconds(asked["max-age"]) or 0.0
    margin_s = _seconds(asked, "min-fresh") - _seconds(asked, "max-stale")
    is_fresh = lifetime_s > now - entry.date + margin_s
    return Freshness.FRESH if is_fresh else Freshness.STALE


def serves_on_error(entry: Entry, asked: Directives, now: float) -> bool:
    """Tell whether ``stale-if-error`` lets a stored answer stand in for a backend's error."""
    if entry.directives.get("stale-if-error") == "":
        return True
    limit = asked.get("stale-if-error", entry.directives.get("stale-if-error"))
    if limit == "":
        return True
    longest = seconds(limit) if limit is not None else None
    return longest is not None and entry.date is not None and longest > now - entry.date


def _seconds(asked: Directives, name: str) -> float:
    """Give the value of a directive; 0 when there is none that can be read."""
    return (seconds(asked[name]) or 0.0) if name in asked else 0.0
