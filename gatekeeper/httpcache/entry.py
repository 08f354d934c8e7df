"""
One answer that is kept, with everything that is asked about it later.

How long it is good is computed when it is stored, so that a hit is cheap.  The rest is
looked up in its headers when somebody asks.
"""

from __future__ import annotations

from math import inf
from typing import Final

from attrs import frozen

from gatekeeper.httpcache.cache_control import NONE, Directives, parse, seconds
from gatekeeper.httpcache.http_date import timestamp
from gatekeeper.httpcache.vary import Variant, variant
from gatekeeper.message import Headers, Lines, Streamed

__all__ = ["LEAST_SIZE", "LEAST_WEIGHT", "Entry", "first", "make_entry"]

_STATUS_LINE = 17  # HTTP/1.1 200 OK and the line's end, about

LEAST_SIZE: Final = _STATUS_LINE + 2
LEAST_WEIGHT: Final = 1000
"""What an answer without headers and body has."""


@frozen(eq=False)
class Entry:
    """
    A stored answer.

    Attributes:
        answer: What is served again, as it is; its body is whole.
        date: When it was made, by its own ``Date``; None when it does not say.
        lifetime_s: How long it is good from then on; 0 when it does not say.
        fresh_until: Until when it may be served to a request that asks for nothing
            special, in seconds since the epoch.
        variant: The request's headers that it depends on; None for ``Vary: *``.
    """

    answer: Streamed
    date: float | None
    lifetime_s: float
    fresh_until: float
    variant: Variant | None

    @property
    def directives(self) -> Directives:
        """What its ``Cache-Control`` says."""
        return _directives(self.answer.headers)

    @property
    def etag(self) -> str:
        """Its validator, or ""."""
        return first(self.answer.headers, "etag")

    @property
    def last_modified(self) -> str:
        """The other validator, or ""."""
        return first(self.answer.headers, "last-modified")

    @property
    def size(self) -> int:
        """Bytes of the answer as it would be written, for `max_size`."""
        return _STATUS_LINE + 2 + self._content

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes, about."""
        return LEAST_WEIGHT + 160 * len(self.answer.headers) + self._content

    @property
    def _content(self) -> int:
        body = self.answer.body
        head = sum(len(name) + len(value) + 4 for name, value in self.answer.headers)
        return head + len(body) if isinstance(body, bytes) else head


def make_entry(answer: Streamed, asked_with: Headers) -> Entry:
    """
    Make an entry of an answer whose body is whole.

    Args:
        asked_with: The headers of the request that it answers.
    """
    lines = answer.headers
    directives = _directives(lines)
    date = timestamp(first(lines, "date"))
    lifetime_s = _lifetime(directives, first(lines, "expires"), date)
    good = date is not None and "no-cache" not in directives
    return Entry(
        answer=answer,
        date=date,
        lifetime_s=lifetime_s,
        fresh_until=date + lifetime_s if good and date is not None else -inf,
        variant=variant(lines, asked_with),
    )


def first(lines: Lines, name: str) -> str:
    """Give the first value of a header, or ""; the name in lower case."""
    for spelled, value in lines:
        if len(spelled) == len(name) and spelled.lower() == name:
            return value
    return ""


def _directives(lines: Lines) -> Directives:
    text = first(lines, "cache-control")
    return parse(text) if text else NONE


def _lifetime(directives: Directives, expires: str, date: float | None) -> float:
    """``max-age`` wins over ``Expires``, even when it cannot be read."""
    if "max-age" in directives:
        return seconds(directives["max-age"]) or 0.0
    end = timestamp(expires)
    return end - date if end is not None and date is not None else 0.0
