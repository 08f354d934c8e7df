"""
Show numbers as the original's messages do.

Limits are shown for English readers: groups of three digits, and a power of ten where a
number is large or small.  Values of ``const`` and ``enum`` are shown as Go prints doubles.

Source: the messages of KrakenD's validator, conformance case ``json-schema-messages``.
"""

from __future__ import annotations

import math
from decimal import Decimal

__all__ = ["for_people", "grouped", "printed"]

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LEAST_EXPONENT, _FIRST_TOO_LARGE = -4, 6


def grouped(count: int) -> str:
    """Show a count: ``1,500``."""
    return f"{count:,}"


def for_people(number: float | Decimal) -> str:
    """Show a limit, or what was compared with it: ``99,999.5``, ``1.5×10⁰⁶``."""
    value = _double(number)
    if math.isinf(value):
        return "-∞" if value < 0 else "∞"
    sign, digits, exponent = _parts(value)
    if _LEAST_EXPONENT <= exponent < _FIRST_TOO_LARGE:
        return sign + _grouped_decimal(digits, exponent)
    power = f"{'-' if exponent < 0 else ''}{abs(exponent):02d}".translate(_RAISED)
    return f"{sign}{_with_point(digits)}×10{power}"


def printed(number: float | Decimal) -> str:
    """Show a constant: ``5``, ``1.5``, ``1e+06``."""
    sign, digits, exponent = _parts(_double(number))
    if _LEAST_EXPONENT <= exponent < _FIRST_TOO_LARGE:
        return sign + _grouped_decimal(digits, exponent).replace(",", "")
    return f"{sign}{_with_point(digits)}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _double(number: float | Decimal) -> float:
    try:
        return float(number)
    except OverflowError:  # an integer of a schema
        return math.inf if number > 0 else -math.inf


def _parts(value: float) -> tuple[str, str, int]:
    """Give sign, shortest digits and decimal exponent."""
    _, digits, last = Decimal(repr(abs(value))).normalize().as_tuple()
    exponent = int(last) + len(digits) - 1 if value else 0
    return "-" if value < 0 else "", "".join(map(str, digits)), exponent


def _with_point(digits: str) -> str:
    return f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits


def _grouped_decimal(digits: str, exponent: int) -> str:
    if exponent < 0:
        return "0." + "0" * (-exponent - 1) + digits
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    rest = digits[exponent + 1 :]
    return f"{int(whole):,}" + (f".{rest}" if rest else "")
