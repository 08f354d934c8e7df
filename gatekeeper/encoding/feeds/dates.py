"""Read the dates of feeds, which are written in every way that there is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

__all__ = ["timestamp"]

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
} | {
    name: number
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        start=1,
    )
}
_WEEKDAY: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\s*,?\s*)?"
_TIME: Final = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
)
_ZONE: Final = r"(?:\s*(?:[a-z]{1,5})?\s*(?P<sign>[+-])(?P<zone>\d\d:?(?:\d\d)?)|\s*[a-z]{1,5})?"
_CLOCK: Final = rf"(?:(?:[\s,]+|t|\s+at\s+|\s+-\s+){_TIME}{_ZONE})?"

_FORMS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){_CLOCK}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s,-]+(?P<month>[a-z]+)[\s,-]+(?P<year>\d{{4}}|\d\d){_CLOCK}",
        rf"{_WEEKDAY}(?P<month>[a-z]+)\s+(?P<day>\d{{1,2}}),?\s*(?P<year>\d{{4}}){_CLOCK}",
        rf"{_WEEKDAY}(?P<month>[a-z]+)\s+(?P<day>\d{{1,2}})\s+{_TIME}{_ZONE}\s+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}}){_CLOCK}",
        rf"(?P<day>\d{{1,2}})[./-](?P<month>\d{{1,2}})[./-](?P<year>\d{{4}}){_CLOCK}",
        rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/(?P<year>\d{{4}}){_CLOCK}",
    )
)


def timestamp(text: str, *, keep_zone: bool = False) -> str:
    """
    Give a date as RFC 3339, or "" when it cannot be read.

    Args:
        text: Any of the forms that feeds have.  Names of time zones count as UTC.
        keep_zone: Keep the offset that is written; otherwise convert to UTC.
    """
    text = text.strip()
    if len(text) > 100:
        return ""
    for form in _FORMS:
        found = form.fullmatch(text)
        moment = _moment(found.groupdict(), keep_zone) if found else None
        if moment is not None:
            return _rfc3339(moment)
    return ""


def _moment(parts: dict[str, str | None], keep_zone: bool) -> datetime | None:
    month = _MONTHS.get((parts["month"] or "").lower()) or _number(parts["month"])
    try:
        moment = datetime(
            _year(parts["year"] or ""),
            month,
            _number(parts["day"]),
            _hour(_number(parts["hour"]), parts["half"]),
            _number(parts["minute"]),
            _number(parts["second"]),
            int((parts["fraction"] or "0").ljust(6, "0")[:6]),
            _offset(parts["sign"], parts["zone"] or ""),
        )
        return moment if keep_zone else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 2:
        return year + (1900 if year >= 69 else 2000)
    return year


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    return hour % 12 + (12 if half.lower() == "p" else 0)


def _offset(sign: str | None, text: str) -> timezone:
    digits = text.replace(":", "")
    delta = timedelta(hours=_number(digits[:2]), minutes=_number(digits[2:]))
    return timezone(-delta if sign == "-" else delta)


def _rfc3339(moment: datetime) -> str:
    text = moment.isoformat(timespec="microseconds")
    seconds, offset = text[:26], text[26:]
    return seconds.rstrip("0").rstrip(".") + ("Z" if offset == "+00:00" else offset)
