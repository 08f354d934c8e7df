"""
What the rate limits of endpoints and of backends have in common.

A limit is written as so many requests every so much time, and becomes a bucket whose tokens
come back at a rate per second.  The arithmetic is done in doubles and cut to whole
nanoseconds, as in the original, so that limits behave alike to the last token.

Source: KrakenD documentation, "Rate limiting"; conformance cases ``throttling``.
"""

from __future__ import annotations

from gatekeeper.config.reader import Reader
from gatekeeper.errors import BackendError
from gatekeeper.nodewide.interface import Refill

__all__ = [
    "LIMITED",
    "LIMITED_V2",
    "RateLimited",
    "default_capacity",
    "per_second",
    "read_capacity",
    "read_every",
    "read_rate",
    "refill",
    "steady_refill",
]

LIMITED = "rate limit exceded"
"""What the original says (sic); logs are searched for it."""

LIMITED_V2 = f"ERROR: {LIMITED}"

_SECOND = 1_000_000_000
_MOST = 1e18
"""More than any rate or capacity that means something, and still exact enough to count."""


class RateLimited(BackendError):
    """A backend has been called as often as it may be."""


def read_rate(json: Reader, key: str) -> float:
    """Read how many requests are allowed; 0 is no limit."""
    return _number(json, key, "a rate from 0, which is no limit,")


def read_capacity(json: Reader, key: str) -> int:
    """Read how many tokens a bucket holds, without fractions; 0 stands for the default."""
    return int(_number(json, key, "a capacity from 0, which is the default,"))


def read_every(json: Reader) -> float:
    """Read the time, in seconds, in which the rate is allowed; 0 when it is not said."""
    seconds = json.duration("every", default=0.0)
    if seconds < 0:
        json.problem("every", f'expected a duration above zero, found "{json.value("every")}"')
    return max(0.0, seconds)


def _number(json: Reader, key: str, expected: str) -> float:
    value = json.number(key, default=0.0)
    if 0 <= value <= _MOST:
        return value
    json.problem(key, f"expected {expected} to {_MOST:g}, found {value:g}")
    return 0.0


def per_second(rate: float, every_s: float) -> float:
    """Give a rate per second; no time at all means a second."""
    every_ns = round(every_s * _SECOND) or _SECOND
    return rate * (_SECOND / every_ns)


def default_capacity(rate: float) -> int:
    """Give the capacity of a bucket for which none is configured: the rate per second."""
    return max(1, int(rate))


def refill(rate: float, capacity: int) -> Refill:
    """
    Make a bucket as KrakenD 2 does.

    Args:
        rate: Tokens per second, more than 0.
        capacity: It is also what the bucket begins with, so that one of 0 holds a token
            but begins without.
    """
    interval_ns = max(1, int(_SECOND / max(rate, 1e-9)))
    return Refill(max(1, capacity), interval_ns, stock=capacity)


def steady_refill(rate: float, capacity: int) -> Refill:
    """
    Make a bucket as KrakenD 1 does.

    Several tokens come back at once where single ones would miss the rate by more than a
    hundredth, because an interval is a whole number of nanoseconds.

    Args:
        rate, capacity: More than 0.
    """
    tokens = 1
    while True:
        interval_ns = int(_SECOND * tokens / rate)
        if interval_ns and abs(_SECOND * tokens / interval_ns - rate) <= rate / 100:
            return Refill(capacity, interval_ns, capacity, tokens, is_steady=True)
        tokens = max(tokens + 1, tokens * 11 // 10)
