"""
Decide whether roles and scopes of a token suffice.

An element of a list that is no text never matches.  What looks like the path to a nested claim
differs between the two: a scopes key with a dot is always one, even ``http://...``, kept
for compatibility with the conformance cases ``roles`` and ``scopes``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

from gatekeeper.message import JSON

__all__ = ["Allows", "Path", "find", "path", "roles", "scopes"]

Allows: TypeAlias = Callable[[Mapping[str, JSON]], bool]
"""Takes the claims of a token."""

Path: TypeAlias = Sequence[str]
"""Names of claims, each inside of the one before."""

_MISSING: Any = object()


def path(name: str) -> Path:
    """
    Read the name of a claim that may be nested.

    A name that begins with ``http`` is one name, with all its dots.
    """
    return (name,) if name.startswith("http") else tuple(name.split("."))


def find(claims: Mapping[str, JSON], steps: Path, default: JSON = None) -> JSON:
    """Give a claim, or the default when a step is missing or no object."""
    value: JSON = claims
    for step in steps:
        if not isinstance(value, Mapping) or step not in value:
            return default
        value = value[step]
    return value


def roles(wanted: Collection[str], key: str, is_nested: bool) -> Allows:
    """Make a check for one of some roles; no roles are no check."""
    if not wanted:
        return _everybody
    steps = path(key) if is_nested else (key,)
    accepted = frozenset(wanted)

    def allows(claims: Mapping[str, JSON]) -> bool:
        return not accepted.isdisjoint(_words(find(claims, steps, _MISSING)))

    return allows


def scopes(wanted: Collection[str], key: str, needs_all: bool) -> Allows:
    """Make a check for one, or all, of some scopes; no scopes are no check."""
    if not wanted:
        return _everybody
    steps = tuple(key.split("."))
    accepted = frozenset(wanted)
    enough = accepted.issubset if needs_all else _negated(accepted.isdisjoint)

    def allows(claims: Mapping[str, JSON]) -> bool:
        return enough(_words(find(claims, steps, _MISSING)))

    return allows


def _words(value: JSON) -> Collection[str]:
    """Give the texts of a list, or the parts of a text between single blanks."""
    if isinstance(value, str):
        return value.split(" ")
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return ()


def _negated(test: Callable[[Collection[str]], bool]) -> Callable[[Collection[str]], bool]:
    return lambda words: not test(words)


def _everybody(_: Mapping[str, JSON]) -> bool:
    return True
