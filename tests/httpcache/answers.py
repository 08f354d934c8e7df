"""Answers with dates, for tests that move their own clock."""

from __future__ import annotations

from email.utils import formatdate

from gatekeeper.httpcache.entry import Entry, make_entry
from gatekeeper.message import Body, Lines, Streamed

__all__ = ["NOW", "SIZE", "answer", "date", "entry", "large"]

NOW = 1_700_000_000.0
"""When everything happens: seconds since the epoch."""


def date(age_s: float = 0.0) -> str:
    """Write the date that was `age_s` ago."""
    return formatdate(NOW - age_s, usegmt=True)


def answer(
    *lines: tuple[str, str], age_s: float | None = 0.0, body: Body = b"{}", status: int = 200
) -> Streamed:
    """Make an answer that a backend gave `age_s` ago; None: it does not say when."""
    dated = () if age_s is None else (("Date", date(age_s)),)
    length = len(body) if isinstance(body, bytes) else body.length
    return Streamed(status, (*dated, *lines), body, length)


def entry(
    control: str = "",
    *lines: tuple[str, str],
    age_s: float | None = 0.0,
    body: bytes = b"{}",
) -> Entry:
    """Store an answer with this ``Cache-Control``."""
    said: Lines = (("Cache-Control", control),) if control else ()
    return make_entry(answer(*said, *lines, age_s=age_s, body=body), {})


def large(count: int) -> Entry:
    """Make an entry with a body of so many bytes."""
    return entry(body=b"x" * count)


SIZE = entry().size + 1
"""Of an empty object under a name of one letter."""
