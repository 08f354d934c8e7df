"""Data whose keys keep the order in which they were given."""

from __future__ import annotations

from attrs import frozen

from gatekeeper.message import JSON

__all__ = ["Ordered"]


@frozen
class Ordered:
    """
    A value that is printed as it stands, and that filters do not look into.

    KrakenD prints error details and the items of feeds from structures: their keys are
    not sorted, and neither `allow` nor `flatmap_filter` can enter them.  This is no
    `dict`, so that whoever walks through data takes it for a scalar, too.

    Attributes:
        value: A `dict` whose keys are printed in their order, or a `list`.  Plain
            objects inside it are sorted as usual.
    """

    value: dict[str, JSON] | list[JSON]
