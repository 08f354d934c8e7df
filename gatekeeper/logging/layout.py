"""
Write times as Go's layouts ask for.

A layout is an example: ``2006/01/02 - 15:04:05.000`` is how the second of January 2006, four
minutes and five seconds past three in the afternoon, would be written.  Most lines of a log
are written within the same second as the one before, so everything but the fraction is kept
for as long as the second lasts.

Source: Go documentation, package time, "Constants" (layouts).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

__all__ = ["Clocked", "layout"]

Clocked = Callable[[float], str]
"""Takes seconds since 1970, gives text."""

_Part = Callable[[time.struct_time], str]

_TOKEN = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|0[1-6]|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm"
    r"|[-Z](?:070000|07:00:00|0700|07:00|07)|[.,](?:0+|9+)(?!\d)"
)

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August"]
_MONTHS += ["September", "October", "November", "December"]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

_PARTS: dict[str, _Part] = {
    "2006": lambda t: f"{t.tm_year:04}",
    "06": lambda t: f"{t.tm_year % 100:02}",
    "01": lambda t: f"{t.tm_mon:02}",
    "1": lambda t: str(t.tm_mon),
    "Jan": lambda t: _MONTHS[t.tm_mon - 1][:3],
    "January": lambda t: _MONTHS[t.tm_mon - 1],
    "02": lambda t: f"{t.tm_mday:02}",
    "2": lambda t: str(t.tm_mday),
    "_2": lambda t: f"{t.tm_mday:2}",
    "002": lambda t: f"{t.tm_yday:03}",
    "__2": lambda t: f"{t.tm_yday:3}",
    "Mon": lambda t: _DAYS[t.tm_wday][:3],
    "Monday": lambda t: _DAYS[t.tm_wday],
    "15": lambda t: f"{t.tm_hour:02}",
    "03": lambda t: f"{t.tm_hour % 12 or 12:02}",
    "3": lambda t: str(t.tm_hour % 12 or 12),
    "04": lambda t: f"{t.tm_min:02}",
    "4": lambda t: str(t.tm_min),
    "05": lambda t: f"{t.tm_sec:02}",
    "5": lambda t: str(t.tm_sec),
    "PM": lambda t: "PM" if t.tm_hour >= 12 else "AM",
    "pm": lambda t: "pm" if t.tm_hour >= 12 else "am",
    "MST": lambda t: t.tm_zone or "UTC",
}


def layout(example: str, local: Callable[[float], time.struct_time] = time.localtime) -> Clocked:
    """
    Turn a layout into a function that writes times.

    Args:
        example: The layout.
        local: Gives the parts of a time: local time, or `time.gmtime`.
    """
    parts = _split(example)
    fractions = [index for index, part in enumerate(parts) if isinstance(part, _Fraction)]
    second = -1
    texts: list[str] = []
    whole = ""

    def write(now: float) -> str:
        nonlocal second, texts, whole
        if int(now) != second:
            second = int(now)
            fields = local(second)
            texts = [part if isinstance(part, str) else part.write(fields) for part in parts]
            whole = "".join(texts)
        if not fractions:
            return whole
        nanoseconds = min(999_999, round((now - second) * 1e6)) * 1000
        for index in fractions:
            texts[index] = parts[index].fraction(nanoseconds)  # type: ignore[union-attr]
        return "".join(texts)

    return write


class _Field:
    """A part that changes with the second at most."""

    def __init__(self, write: _Part) -> None:
        self.write = write


class _Fraction(_Field):
    """Digits behind the second; ``.999`` drops zeros at the end, ``.000`` keeps them."""

    def __init__(self, token: str) -> None:
        super().__init__(lambda _: "")
        self.separator = token[0]
        self.digits = len(token) - 1
        self.trimmed = token[1] == "9"

    def fraction(self, nanoseconds: int) -> str:
        digits = f"{nanoseconds:09}".ljust(self.digits, "0")[: self.digits]
        if self.trimmed:
            digits = digits.rstrip("0")
        return self.separator + digits if digits else ""


def _split(example: str) -> list[str | _Field]:
    parts: list[str | _Field] = []
    end = 0
    for match in _TOKEN.finditer(example):
        parts += [example[end : match.start()], _part(match[0])]
        end = match.end()
    return [part for part in [*parts, example[end:]] if part]


def _part(token: str) -> _Field:
    if token[0] in ".,":
        return _Fraction(token)
    if token[0] in "-Z":
        return _Field(lambda t: _offset(token, t.tm_gmtoff))
    return _Field(_PARTS[token])


def _offset(token: str, seconds: int) -> str:
    if token[0] == "Z" and seconds == 0:
        return "Z"
    sign = "-" if seconds < 0 else "+"
    minutes, rest = divmod(abs(seconds), 60)
    fields = [f"{minutes // 60:02}", f"{minutes % 60:02}", f"{rest:02}"]
    wanted = len(token.replace(":", "")) // 2
    return sign + (":" if ":" in token else "").join(fields[:wanted])
