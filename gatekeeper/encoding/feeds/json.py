"""Read JSON Feed 1.0 and 1.1."""

from __future__ import annotations

from typing import Any

from gatekeeper.encoding.feeds.dates import timestamp
from gatekeeper.encoding.feeds.item import feed, item
from gatekeeper.encoding.feeds.text import person, present
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.errors import DecodeError
from gatekeeper.message import JSON, Number

__all__ = ["read"]


def read(value: dict[str, JSON]) -> dict[str, JSON]:
    """
    Make data of a decoded document.

    Raises:
        DecodeError: A member has a type that JSON Feed does not allow.
    """
    items = [_Part(each) for each in _list(value, "items")]
    part = _Part(value)
    members: dict[str, JSON] = {
        "title": part.text("title"),
        "description": part.text("description"),
        "language": part.text("language"),
        "published": items[0].text("date_published") if items else "",
        "updated": items[0].text("date_modified") if items else "",
        "author": part.author(),
        "items": [_item(each) for each in items],
    }
    return feed("json", part.text("icon") or None, members)


class _Part:
    """A feed or item, whose members are checked as they are read."""

    def __init__(self, value: JSON) -> None:
        if value is not None and not isinstance(value, dict):
            raise DecodeError("json feed: an object was expected")
        self._value: dict[str, JSON] = value or {}

    def text(self, name: str) -> str:
        value = self._value.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or isinstance(value, Number):
            raise DecodeError(f"json feed: {name}: a string was expected")
        return value

    def values(self, name: str) -> list[Any]:
        return _list(self._value, name)

    def author(self) -> Ordered | None:
        value = self._value.get("author")
        return None if value is None else _person(value)

    def people(self) -> list[Ordered]:
        if self._value.get("authors") is not None:
            return [_person(value) for value in self.values("authors")]
        author = self.author()
        return [author] if author else []


def _list(value: dict[str, JSON], name: str) -> list[Any]:
    found = value.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise DecodeError(f"json feed: {name}: a list was expected")
    return found


def _person(value: JSON) -> Ordered:
    return person(_Part(value).text("name")) or Ordered({})


def _item(part: _Part) -> Ordered:
    links = [part.text("url"), part.text("external_url")]
    published, updated = part.text("date_published"), part.text("date_modified")
    image = part.text("image") or part.text("banner_image")
    return item(
        {
            "title": part.text("title"),
            "description": part.text("summary"),
            "content": part.text("content_html") or part.text("content_text"),
            "link": links[0],
            "links": [link for link in links if link],
            "updated": updated,
            "updatedParsed": timestamp(updated, keep_zone=True),
            "published": published,
            "publishedParsed": timestamp(published, keep_zone=True),
            "author": part.author(),
            "authors": part.people(),
            "guid": part.text("id"),
            "image": present(url=image) if image else None,
            "categories": part.values("tags"),
            "enclosures": [_enclosure(_Part(each), each) for each in part.values("attachments")],
        }
    )


def _enclosure(part: _Part, value: JSON) -> Ordered:
    """Describe an attachment; its length is how long it plays."""
    seconds = value.get("duration_in_seconds") if value else None
    return present(
        url=part.text("url"),
        length=str(seconds if isinstance(seconds, int) else 0),
        type=part.text("mime_type"),
    )
