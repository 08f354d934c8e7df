"""One thing that does not fit, and how it is written down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from attrs import frozen

from gatekeeper.config.pointer import below
from gatekeeper.json_schema.wording import quoted

__all__ = ["Failure", "Place", "written"]

Place: TypeAlias = tuple[str | int, ...]
"""Names of members and numbers of elements, from the body inwards."""

MAX_LINES = 200


@frozen
class Failure:
    """
    One thing that does not fit.

    Attributes:
        text: What; one line.
        causes: Why, where that needs more than one line.
    """

    place: Place
    text: str
    causes: Sequence[Failure] = ()


def written(failures: Sequence[Failure]) -> str:
    """Write failures as clients see them, one in a line, causes indented below."""
    lines: list[str] = []
    for line in _lines(failures, 0):
        if len(lines) == MAX_LINES:
            lines.append("- and more")
            break
        lines.append(line)
    return "\n".join(lines)


def _lines(failures: Sequence[Failure], depth: int) -> Iterator[str]:
    for failure in failures:
        pointer = ""
        for step in failure.place:
            pointer = below(pointer, step)
        yield f"{'  ' * depth}- at {quoted(pointer)}: {failure.text}"
        yield from _lines(failure.causes, depth + 1)
