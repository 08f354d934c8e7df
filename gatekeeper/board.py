"""
What the parts of a running gateway tell operators about themselves.

A component that has a state worth seeing, such as the age of its keys or an open breaker,
adds a notice when it is built.  The notice is read when somebody looks: the admin site and
the metrics.  Each worker has a board of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from attrs import frozen

__all__ = ["Board", "Facts", "Notice"]

Facts: TypeAlias = Mapping[str, str | int | float | bool | None]
"""Names to plain values, ready for JSON; never a secret."""


@frozen
class Notice:
    """
    One line of the board.

    Attributes:
        kind: The namespace that speaks, e.g. ``qos/circuit-breaker``.
        place: What it is about, for people: an endpoint, a backend, a URL without secrets.
        facts: What it says.
    """

    kind: str
    place: str
    facts: Facts


class Board:
    """Where notices are added while pipes are built, and read while they run."""

    def __init__(self) -> None:
        self._tellers: list[tuple[str, str, Callable[[], Facts]]] = []

    def add(self, kind: str, place: str, tell: Callable[[], Facts]) -> None:
        """
        Add a notice.

        Args:
            tell: Called whenever somebody looks; it must be quick and must not fail.
        """
        self._tellers.append((kind, place, tell))

    def read(self) -> Sequence[Notice]:
        """Give what everybody says now, in the order in which it was added."""
        return [Notice(kind, place, tell()) for kind, place, tell in self._tellers]
