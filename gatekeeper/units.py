"""
Read and write durations and sizes in the spelling of configuration files.

Durations are Go's: decimal numbers, each with a unit, such as ``1h30m`` or ``.5s``.
Inside the gateway a duration is a number of seconds, a size a number of bytes.
"""

from __future__ import annotations

import re

__all__ = ["duration", "duration_text", "nanoseconds", "size"]

NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,  # the Greek letter
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}

BYTES = {
    "": 1,
    "b": 1,
    "kb": 1_000,
    "mb": 1_000_000,
    "gb": 1_000_000_000,
    "kib": 1 << 10,
    "mib": 1 << 20,
    "gib": 1 << 30,
}

_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_SIZE = re.compile(r"([0-9]+) ?([a-z]*)", re.IGNORECASE | re.ASCII)
_LONGEST = 100
_LAST = 2**63 - 1


def duration(text: str) -> float:
    """
    Read a duration, in seconds; it may be negative.

    Raises:
        ValueError: The text is no duration, or more than about 292 years.

    Source: Go, ``time.ParseDuration``; conformance case ``config-durations``.
    """
    return nanoseconds(text) / 1e9


def nanoseconds(text: str) -> int:
    """
    Read a duration exactly.

    Raises:
        ValueError: As `duration`.
    """
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    if not rest or len(rest) > _LONGEST:
        raise ValueError(f"invalid duration {text[:_LONGEST]!r}")
    total = position = 0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None or not (part[1] or part[2]):
            raise ValueError(f"invalid duration {text!r}")
        whole, fraction, unit = part[1] or "0", part[2] or "", NANOSECONDS[part[3]]
        total += int(whole) * unit + int(fraction or "0") * unit // 10 ** len(fraction)
        position = part.end()
    if total > _LAST:
        raise ValueError(f"duration {text!r} is too long")
    return -total if text[0] == "-" else total


def duration_text(seconds: float) -> str:
    """Write a duration as Go prints it: ``2s``, ``1m30s``, ``400ms``, ``3ns``."""
    total = round(abs(seconds) * 1e9)
    sign = "-" if seconds < 0 and total else ""
    if total == 0:
        return "0s"
    for unit, name in ((1_000, "ns"), (1_000_000, "µs"), (1_000_000_000, "ms")):
        if total < unit:
            return f"{sign}{_decimal(total, unit // 1_000)}{name}"
    minutes, rest = divmod(total, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    large = f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else ""
    return f"{sign}{large}{_decimal(rest, 1_000_000_000)}s"


def size(text: str) -> int:
    """
    Read a number of bytes: ``1000``, ``64 KiB``, ``10MB``.

    Raises:
        ValueError: The text is no size.
    """
    match = _SIZE.fullmatch(text) if len(text) <= _LONGEST else None
    unit = BYTES.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueError(f"invalid size {text[:_LONGEST]!r}")
    return int(match[1]) * unit


def _decimal(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    if not rest:
        return str(whole)
    digits = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0")
    return f"{whole}.{digits}"
