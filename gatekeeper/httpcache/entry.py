"""
One answer that is kept, with everything that is asked about it later.

What can be known when an answer is stored is computed then, so that a hit is cheap.
"""

from __future__ import annotations

from math import inf

from attrs import frozen

from gatekeeper.httpcache.cache_control import NONE, Directives, parse, seconds
from gatekeeper.httpcache.http_date import timestamp
from gatekeeper.httpcache.vary import Variant, variant
from gatekeeper.message import Headers, Lines, Streamed

__all__ = ["Entry", "first", "make_entry"]

_STATUS_LINE = 17  # HTTP/1.1 200 OK and the line's end, about


@frozen(eq=False)
class Entry:
    """
    A stored answer.

    Attributes:
        answer: What is served again, as it is; its body is whole.
        directives: Of its ``Cache-Control``.
        date: When it was made, by its own ``Date``; None when it does not say.
        lifetime_s: How long it is good from then on; 0 when it does not say.
        fresh_until: Until when it may be served to a request that asks for nothing
            special, in seconds since the epoch.
        etag, last_modified: Its validators, or "".
        variant: The request's headers that it depends on; None for ``Vary: *``.
        size: Bytes of the answer as it would be written, for `max_size`.
        weight: Bytes of memory that it takes, about.
    """

    answer: Streamed
    directives: Directives
    date: float | None
    lifetime_s: float
    fresh_until: float
    etag: str
    last_modified: str
    variant: Variant | None
    size: int
    weight: int


def make_entry(answer: Streamed, asked_with: Headers) -> Entry:
    """
    Make an entry of an answer whose body is whole.

    Args:
        asked_with: The headers of the request that it answers.
    """
    lines = answer.headers
    text = first(lines, "cache-control")
    directives = parse(text) if text else NONE
    date = timestamp(first(lines, "date"))
    lifetime_s = _lifetime(directives, first(lines, "expires"), date)
    good = date is not None and "no-cache" not in directives
    body = len(answer.body) if isinstance(answer.body, bytes) else 0
    head = sum(len(name) + len(value) + 4 for name, value in lines)
    return Entry(
        answer=answer,
        directives=directives,
        date=date,
        lifetime_s=lifetime_s,
        fresh_until=date + lifetime_s if good and date is not None else -inf,
        etag=first(lines, "etag"),
        last_modified=first(lines, "last-modified"),
        variant=variant(lines, asked_with),
        size=_STATUS_LINE + head + 2 + body,
        weight=1000 + 160 * len(lines) + head + body,
    )


def first(lines: Lines, name: str) -> str:
    """Give the first value of a header, or ""; the name in lower case."""
    for spelled, value in lines:
        if len(spelled) == len(name) and spelled.lower() == name:
            return value
    return ""


def _lifetime(directives: Directives, expires: str, date: float | None) -> float:
    """``max-age`` wins over ``Expires``, even when it cannot be read."""
    if "max-age" in directives:
        return seconds(directives["max-age"]) or 0.0
    end = timestamp(expires)
    return end - date if end is not None and date is not None else 0.0
