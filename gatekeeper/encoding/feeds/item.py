"""The one form that the items of all kinds of feeds get."""

from __future__ import annotations

from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import JSON

__all__ = ["feed", "item"]

_MEMBERS = [
    "title",
    "description",
    "content",
    "link",
    "links",
    "updated",
    "updatedParsed",
    "published",
    "publishedParsed",
    "author",
    "authors",
    "guid",
    "image",
    "categories",
    "enclosures",
    "dcExt",
    "itunesExt",
    "extensions",
    "custom",
]


def item(members: dict[str, JSON]) -> Ordered:
    """Put an item's members in order and leave out what is empty."""
    return Ordered({name: members[name] for name in _MEMBERS if members.get(name)})


def feed(kind: str, image: str | None, members: dict[str, JSON]) -> dict[str, JSON]:
    """
    Make the data of a feed.

    Args:
        kind: ``rss``, ``atom`` or ``json``.
        image: Its address; None when the feed has no image.
        members: What it has of the texts, and ``author``, ``categories``, ``items``.
    """
    data: dict[str, JSON] = {
        "author": None,
        "categories": None,
        "copyright": "",
        "custom": None,
        "description": "",
        "language": "",
        "published": "",
        "title": "",
        "updated": "",
        **members,
        "items": Ordered(members["items"]),
        "type": kind,
    }
    if image is not None:
        data["img_url"] = image
    return data
