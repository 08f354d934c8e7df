"""Rename fields of a backend's data."""

from __future__ import annotations

from collections.abc import Mapping

from gatekeeper.transform.change import Change, Data

__all__ = ["mapping"]


def mapping(names: Mapping[str, str]) -> Change:
    """
    Give top-level fields new names.

    Args:
        names: Old names to new ones.  A new name ends at its first dot.

    Returns:
        A change in place.  A field that has the new name already is overwritten.

    Source: KrakenD documentation, "Data manipulation", section "Mapping".  A field that is
    mapped onto itself disappears, kept for compatibility (core/manipulate-mapping).
    """
    pairs = [(old, new.split(".", 1)[0]) for old, new in names.items()]

    def change(data: Data) -> Data:
        if data:
            for old, new in pairs:
                if old in data:
                    data[new] = data[old]
                    del data[old]
        return data

    return change
