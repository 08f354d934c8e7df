"""
The access log: one line for each request, in the format of the original.

::

    [GIN] 2026/11/23 - 09:15:03 | 200 |   1.73ms |      172.20.0.1 | GET      "/users/7?full=1"
    Error #01: invalid status code 500 [GET /fail]: http://backend/fail

Log parsers in the field know it.  Nothing of a client can begin a new line in it.

Source: KrakenD documentation, "Access log"; kept for compatibility with the conformance
case ``access-log``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from gatekeeper.quoting import one_line, quoted
from gatekeeper.web.paths import text

__all__ = ["AccessLog", "WriteLine", "duration"]

WriteLine: TypeAlias = Callable[[str], None]
"""Takes one line without its end."""

_UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))


class AccessLog:
    """
    Write lines about requests.

    Args:
        write: Where lines go; must not raise.
        version: Of the configuration; files of version 2 expect the older format.
        now: Seconds since the epoch.
    """

    def __init__(
        self, write: WriteLine, version: int = 3, now: Callable[[], float] = time.time
    ) -> None:
        self._write = write
        self._now = now
        self._latency = _long_latency if version == 2 else _short_latency
        self._second = -1
        self._stamp = ""

    def line(  # noqa: PLR0917 - the fields of the line, in its order
        self,
        status: int,
        seconds: float,
        client_ip: str,
        method: str,
        path: str,
        query: str,
        errors: Sequence[str] = (),
    ) -> None:
        """
        Write about one request.

        Args:
            seconds: How long it took.
            path: Decoded.
            query: As sent, without question mark.
            errors: What handlers had to say; each gets a line of its own.
        """
        asked = quoted(f"{path}?{text(query)}" if query else path)
        self._write(
            f"[GIN] {self._time()} | {status:3d} | {self._latency(seconds)} | {client_ip:>15} |"
            f" {one_line(method):<7}  {asked}"
        )
        for number, error in enumerate(errors, 1):
            self._write(f"Error #{number:02d}: {one_line(error)}")

    def _time(self) -> str:
        second = int(self._now())
        if second != self._second:
            self._second = second
            self._stamp = time.strftime("%Y/%m/%d - %H:%M:%S", time.localtime(second))
        return self._stamp


def duration(nanoseconds: int) -> str:
    """Write a duration as Go does: ``68.061µs``, ``1m0.5s``."""
    minutes, rest = divmod(nanoseconds, 60_000_000_000)
    if minutes:
        hours, minutes = divmod(minutes, 60)
        return (
            f"{hours}h{minutes}m{_decimal(rest, _UNITS[0])}"
            if hours
            else (f"{minutes}m{_decimal(rest, _UNITS[0])}")
        )
    for unit in _UNITS:
        if nanoseconds >= unit[0]:
            return _decimal(nanoseconds, unit)
    return f"{nanoseconds}ns" if nanoseconds else "0s"


def _decimal(nanoseconds: int, unit: tuple[int, str]) -> str:
    size, name = unit
    whole, rest = divmod(nanoseconds, size)
    digits = f"{rest:0{len(str(size)) - 1}d}".rstrip("0")
    return f"{whole}.{digits}{name}" if digits else f"{whole}{name}"


def _short_latency(seconds: float) -> str:
    nanoseconds = round(max(0.0, seconds) * 1e9)
    for above, kept in (
        (60_000_000_000, 10_000_000_000),
        (1_000_000_000, 10_000_000),
        (1_000_000, 10_000),
    ):
        if nanoseconds > above:
            nanoseconds -= nanoseconds % kept
            break
    return f"{duration(nanoseconds):>8}"


def _long_latency(seconds: float) -> str:
    nanoseconds = round(max(0.0, seconds) * 1e9)
    if nanoseconds > 60_000_000_000:
        nanoseconds -= nanoseconds % 1_000_000_000
    return f"{duration(nanoseconds):>13}"
