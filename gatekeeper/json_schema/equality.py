"""Compare JSON values: ``1`` and ``1.0`` are equal, ``1`` and ``true`` are not."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from gatekeeper.message import JSON

__all__ = ["first_pair", "key"]


def first_pair(values: Sequence[JSON]) -> tuple[int, int]:
    """
    Find the first value that was there before.

    Returns:
        Where it was, and where it is again; (0, 0) when all are different.
    """
    seen: dict[Hashable, int] = {}
    for number, value in enumerate(values):
        first = seen.setdefault(key(value), number)
        if first != number:
            return first, number
    return 0, 0


def key(value: JSON) -> Hashable:
    """Give something that is equal for equal values, whatever the order of members."""
    if isinstance(value, dict):
        return "object", frozenset((name, key(item)) for name, item in value.items())
    if isinstance(value, list):
        return "list", tuple(key(item) for item in value)
    return (type(value) is bool, value)
