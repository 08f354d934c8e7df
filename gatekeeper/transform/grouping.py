"""Put a backend's data under a key."""

from __future__ import annotations

from gatekeeper.transform.change import Change, Data

__all__ = ["group"]


def group(name: str) -> Change:
    """
    Wrap the data in an object with one field, even when it is empty or null.

    Args:
        name: The field; dots have no meaning in it.

    Source: KrakenD documentation, "Data manipulation", section "Grouping".
    """

    def change(data: Data) -> Data:
        return {name: data}

    return change
