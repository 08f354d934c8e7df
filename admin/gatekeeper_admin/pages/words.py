"""Say numbers, times and facts as people do."""

from __future__ import annotations

from gatekeeper.board import Facts
from gatekeeper.view import Change

__all__ = ["change_text", "duration_text", "facts_text", "number_text", "size_text"]

UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration_text(seconds: float) -> str:
    """Say a time: ``3 d 4 h``, ``12 min``, ``7 s``."""
    whole = int(seconds)
    said = []
    for size, unit in UNITS:
        count, whole = divmod(whole, size)
        if count:
            said.append(f"{count} {unit}")
    return " ".join(said[:2]) or "0 s"


def number_text(number: int | None) -> str:
    """Say a number, with thin spaces between thousands; nobody knows: a dash."""
    return "–" if number is None else f"{number:,}".replace(",", "\u202f")


def size_text(size: int) -> str:
    """Say how much memory that is; 0 is unknown."""
    return f"{size / (1 << 20):.1f} MiB" if size else "–"


def change_text(change: Change | None, now: float) -> str:
    """Say what came of an attempt, who wanted it, and how long ago it was."""
    if change is None:
        return "never"
    came = "went well" if change.ok else "failed: the old one goes on"
    return f"{came}, {duration_text(now - change.at)} ago ({change.by})"


def facts_text(facts: Facts) -> str:
    """Say what a component tells: ``open: yes, failures: 3``."""
    return ", ".join(f"{name}: {_fact_text(value)}" for name, value in facts.items())


def _fact_text(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return "–" if value is None else str(value)
