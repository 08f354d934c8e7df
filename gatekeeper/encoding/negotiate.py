"""
Choose an encoding by what a client accepts.

The first item of the header that is offered wins; quality values do not count.

Source: KrakenD's behaviour, conformance case ``output-negotiate``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

__all__ = ["OFFERS", "choose"]

OFFERS: Final = ("application/json", "text/plain", "application/xml", "application/x-yaml")


def choose(accept: str) -> str:
    """Give one of `OFFERS`; JSON when nothing is asked for, or nothing that there is."""
    for item in _items(accept):
        for offer in OFFERS:
            if _matches(item, offer):
                return offer
    return OFFERS[0]


def _items(accept: str) -> Iterator[str]:
    """Give the media types of a header, without parameters."""
    for part in accept.split(","):
        cut = part.find(";")
        item = (part[:cut] if cut > 0 else part).strip()
        if item:
            yield item


def _matches(item: str, offer: str) -> bool:
    """Tell whether an item is an offer, its beginning, or equal to it up to a star."""
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(item, offer, strict=False))
    )
    return same == len(item) or (item[same] == "*" and same < len(offer))
