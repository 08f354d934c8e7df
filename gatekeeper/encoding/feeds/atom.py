"""Read Atom 0.3 and 1.0."""

from __future__ import annotations

from gatekeeper.encoding.feeds.dates import timestamp
from gatekeeper.encoding.feeds.extensions import Extensions
from gatekeeper.encoding.feeds.item import feed, item
from gatekeeper.encoding.feeds.text import atom_text, present
from gatekeeper.encoding.feeds.tree import Element
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import JSON

__all__ = ["read"]


def read(root: Element) -> dict[str, JSON]:
    """Make data of a document whose root is ``feed``."""
    part = _Part(root)
    authors = part.authors()
    members: dict[str, JSON] = {
        "title": part.text("title"),
        "description": part.text("subtitle", "tagline"),
        "language": root.attribute("lang"),
        "copyright": part.text("rights", "copyright"),
        "updated": part.text("updated", "modified"),
        "author": authors[0] if authors else None,
        "categories": part.categories() or None,
        "items": [_entry(child) for child in part.named("entry")],
    }
    return feed("atom", part.text("logo") or None, members)


class _Part:
    """The children of a feed or entry."""

    def __init__(self, element: Element) -> None:
        self._own = [child for child in element.children if not child.is_extension]
        self.extensions = Extensions([child for child in element.children if child.is_extension])

    def named(self, *keys: str) -> list[Element]:
        return [child for child in self._own if child.key in keys]

    def text(self, *keys: str) -> str:
        """Give the text of the last element with one of some names, or ""."""
        elements = self.named(*keys)
        return atom_text(elements[-1]) if elements else ""

    def authors(self) -> list[Ordered]:
        people = (_Part(author) for author in self.named("author"))
        return [present(name=each.text("name"), email=each.text("email")) for each in people]

    def categories(self) -> list[str]:
        return [category.attribute("term") for category in self.named("category")]


def _entry(element: Element) -> Ordered:
    part = _Part(element)
    links = part.named("link")
    authors = part.authors()
    updated, published = part.text("updated", "modified"), part.text("published", "issued")
    return item(
        {
            "title": part.text("title"),
            "description": part.text("summary"),
            "content": part.text("content"),
            "link": next((_address(link) for link in links if _relation(link) == "alternate"), ""),
            "links": [_address(link) for link in links if _relation(link) in {"alternate", "self"}],
            "updated": updated,
            "updatedParsed": timestamp(updated),
            "published": published or updated,
            "publishedParsed": timestamp(published) or timestamp(updated),
            "author": authors[0] if authors else None,
            "authors": authors,
            "guid": part.text("id"),
            "categories": part.categories(),
            "enclosures": [_enclosure(link) for link in links if _relation(link) == "enclosure"],
            "extensions": part.extensions.all(),
        }
    )


def _relation(link: Element) -> str:
    return link.attribute("rel") or "alternate"


def _address(link: Element) -> str:
    return link.attribute("href")


def _enclosure(link: Element) -> Ordered:
    return present(url=_address(link), length=link.attribute("length"), type=link.attribute("type"))
