"""Take one object out of a backend's data."""

from __future__ import annotations

from gatekeeper.transform.change import Change, Data

__all__ = ["target"]


def target(path: str) -> Change:
    """
    Replace the data by an object inside it.

    Args:
        path: Names with dots between them; only objects are entered.

    Returns:
        A change that gives ``{}`` where the path does not lead to an object.

    Source: KrakenD documentation, "Data manipulation", section "Target".
    """
    names = path.split(".")

    def take(data: Data) -> Data:
        found = data
        for name in names:
            found = found.get(name) if found is not None else None
            if type(found) is not dict:
                return {}
        return found

    return take
