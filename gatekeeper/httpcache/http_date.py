"""
Read dates of HTTP headers as Go's ``time.RFC1123`` does.

The zone is a name, not an offset, and every name counts as UTC; HTTP knows only ``GMT``.
The older formats of RFC 9110 are no dates here (kept for compatibility).
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import datetime

__all__ = ["timestamp"]

_DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    rf"(?:{_DAYS}), ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}})"
    r" ([0-9]{1,2}):([0-9]{2}):([0-9]{2}) [A-Z]{3,4}",
    re.IGNORECASE | re.ASCII,
)


def timestamp(text: str) -> float | None:
    """Give seconds since the epoch; None when the text is no such date."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    number = _MONTHS.index(month.lower()) + 1
    try:
        moment = datetime(int(year), number, int(day), int(hour), int(minute), int(second))
    except ValueError:
        return None
    return float(timegm(moment.timetuple()))
