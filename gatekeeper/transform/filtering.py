"""
Keep or remove fields of a backend's data.

The lists of a configuration become nested plans at start, so that a request costs one look
into the data for each name in the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, Union

from gatekeeper.message import JSON
from gatekeeper.transform.change import Change, Data

__all__ = ["allow", "deny"]

_Plan: TypeAlias = dict[str, Union["_Plan", None]]
"""Names to what is wanted inside; None means the whole value."""

_Keep: TypeAlias = Callable[[dict[str, JSON]], dict[str, JSON]]


def allow(paths: Iterable[str]) -> Change:
    """
    Keep only the named fields.

    Args:
        paths: Names with dots, e.g. ``customer.name``; objects are entered, lists are
            not.  A later path wins over an earlier one that it contradicts: ``["a",
            "a.b"]`` keeps ``a.b`` only, ``["a.b", "a"]`` the whole of ``a``.

    Returns:
        A change that gives a new object.  An object in which nothing is kept is left
        out, an empty object that is named itself stays.

    Source: KrakenD documentation, "Data manipulation", section "Allow"; the order of
    contradicting paths is kept for compatibility (core/manipulate-allow).
    """
    keep = _keeper(_allowed(paths))

    def change(data: Data) -> Data:
        return keep(data) if data else data

    return change


def deny(paths: Iterable[str]) -> Change:
    """
    Remove the named fields.

    Args:
        paths: Names with dots; objects are entered, lists are not.

    Returns:
        A change in place.  Objects that lose their last field stay, empty.

    Source: KrakenD documentation, "Data manipulation", section "Deny".
    """
    plan = _denied(paths)

    def change(data: Data) -> Data:
        if data:
            _remove(plan, data)
        return data

    return change


def _allowed(paths: Iterable[str]) -> _Plan:
    plan: _Plan = {}
    for path in paths:
        *parents, last = path.split(".")
        level = plan
        for name in parents:
            inner = level.get(name)
            if inner is None:
                inner = level[name] = {}
            level = inner
        level[last] = None
    return plan


def _keeper(plan: _Plan) -> _Keep:
    leaves = tuple(name for name, inner in plan.items() if inner is None)
    branches = tuple((name, _keeper(inner)) for name, inner in plan.items() if inner is not None)

    def keep_leaves(data: dict[str, JSON]) -> dict[str, JSON]:
        return {name: data[name] for name in leaves if name in data}

    if not branches:
        return keep_leaves

    def keep(data: dict[str, JSON]) -> dict[str, JSON]:
        kept = {name: data[name] for name in leaves if name in data}
        for name, keep_inside in branches:
            value = data.get(name)
            if type(value) is dict:
                inside = keep_inside(value)
                if inside:
                    kept[name] = inside
        return kept

    return keep


def _denied(paths: Iterable[str]) -> _Plan:
    plan: _Plan = {}
    for path in sorted(path.split(".") for path in paths):  # a parent comes before its children
        *parents, last = path
        level = plan
        for name in parents:
            inner = level.setdefault(name, {})
            if inner is None:
                break
            level = inner
        else:
            level[last] = None
    return plan


def _remove(plan: _Plan, data: dict[str, JSON]) -> None:
    for name, inner in plan.items():
        if inner is None:
            data.pop(name, None)
        else:
            value = data.get(name)
            if type(value) is dict:
                _remove(inner, value)
