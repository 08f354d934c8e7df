"""Apply ``KRAKEND_...`` variables on top of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from gatekeeper.config.pointer import below
from gatekeeper.message import JSON

__all__ = ["override", "variable_of"]

_PREFIX = "KRAKEND_"


def override(tree: Mapping[str, JSON], environ: Mapping[str, str]) -> dict[str, JSON]:
    """
    Set the texts of all variables, whether or not the file has their keys.

    ``KRAKEND_TLS.MIN_VERSION`` sets ``min_version`` in ``tls``.  The tree itself stays as
    it was.

    Source: KrakenD documentation, "Overriding with environment variables"; conformance
    case ``env-overrides``.
    """
    changed = dict(tree)
    for name in sorted(environ):
        if name.startswith(_PREFIX):
            changed = _with(changed, _way(name), environ[name])
    return changed


def variable_of(pointer: str, environ: Mapping[str, str]) -> str:
    """Name the variable that set what a pointer points at, or ""."""
    for name in environ:
        if name.startswith(_PREFIX):
            place = reduce(below, _way(name), "")
            if pointer == place or pointer.startswith(place + "/"):
                return name
    return ""


def _way(name: str) -> Sequence[str]:
    return name.removeprefix(_PREFIX).lower().split(".")


def _with(tree: Mapping[str, JSON], way: Sequence[str], value: str) -> dict[str, JSON]:
    key, *rest = way
    inner = tree.get(key)
    new: JSON = _with(inner if isinstance(inner, dict) else {}, rest, value) if rest else value
    return {**tree, key: new}
