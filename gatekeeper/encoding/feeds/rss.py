"""Read RSS 0.9x, 1.0 and 2.0."""

from __future__ import annotations

from gatekeeper.encoding.feeds.dates import timestamp
from gatekeeper.encoding.feeds.extensions import Extensions
from gatekeeper.encoding.feeds.item import feed, item
from gatekeeper.encoding.feeds.text import person, present, rss_text
from gatekeeper.encoding.feeds.tree import Element
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import JSON

__all__ = ["read"]

_KNOWN = frozenset(
    [
        "title",
        "description",
        "link",
        "author",
        "comments",
        "pubdate",
        "source",
        "enclosure",
        "guid",
        "category",
        "encoded",
    ]
)


def read(root: Element) -> dict[str, JSON]:
    """Make data of a document whose root is ``rss`` or ``RDF``."""
    outer = _Part([child for child in root.children if not child.is_extension])
    channels = outer.named("channel")
    channel = _Part(channels[-1].children if channels else [])
    images = outer.named("image") or channel.named("image")
    return feed("rss", _image(images, channel.extensions), _members(channel, outer))


class _Part:
    """The children of a channel or item, by name."""

    def __init__(self, children: list[Element]) -> None:
        self.own: dict[str, list[Element]] = {}
        for child in children:
            if not child.is_extension:
                self.own.setdefault(child.key, []).append(child)
        self.extensions = Extensions([child for child in children if child.is_extension])

    def named(self, key: str) -> list[Element]:
        return self.own.get(key, [])

    def text(self, key: str) -> str:
        """Give the text of the last element of a name, or ""."""
        elements = self.named(key)
        return rss_text(elements[-1]) if elements else ""

    def author(self, *keys: str) -> Ordered | None:
        """Give the person of the first of some elements, or of an extension."""
        texts = [
            *(self.text(key) for key in keys),
            self.extensions.text("dc", "author"),
            self.extensions.text("dc", "creator"),
            self.extensions.text("itunes", "author"),
        ]
        return person(next(filter(None, texts), ""))

    def links(self) -> list[str]:
        return [rss_text(link) or link.attribute("href") for link in self.named("link")]

    def categories(self, more: list[str]) -> list[str]:
        """Give the categories, iTunes' keywords, `more`, and Dublin Core's subjects."""
        keywords = self.extensions.text("itunes", "keywords")
        return [
            *(rss_text(category) for category in self.named("category")),
            *(keywords.split(",") if keywords else []),
            *more,
            *self.extensions.texts("dc", "subject"),
        ]


def _members(channel: _Part, outer: _Part) -> dict[str, JSON]:
    extensions = channel.extensions
    return {
        "title": channel.text("title") or extensions.text("dc", "title"),
        "description": channel.text("description"),
        "language": channel.text("language") or extensions.text("dc", "language"),
        "copyright": channel.text("copyright") or extensions.text("dc", "rights"),
        "published": channel.text("pubdate"),
        "updated": channel.text("lastbuilddate") or extensions.text("dc", "date"),
        "author": channel.author("managingeditor", "webmaster"),
        "categories": channel.categories(extensions.itunes_categories()) or None,
        "items": [_item(child) for child in channel.named("item") + outer.named("item")],
    }


def _image(images: list[Element], extensions: Extensions) -> str | None:
    if images:
        return _Part(images[-1].children).text("url")
    return extensions.itunes_image() or None


def _item(element: Element) -> Ordered:
    part = _Part(element.children)
    extensions = part.extensions
    links = part.links()
    author = part.author("author")
    published = part.text("pubdate")
    published_parsed = timestamp(published)
    date = extensions.text("dc", "date")
    image = extensions.itunes_image()
    return item(
        {
            "title": part.text("title") or extensions.text("dc", "title"),
            "description": part.text("description") or extensions.text("dc", "description"),
            "content": _content(part),
            "link": links[-1] if links else "",
            "links": links,
            "published": published or date,
            "publishedParsed": published_parsed or timestamp(date, keep_zone=True),
            "author": author,
            "authors": [author] if author else [],
            "guid": part.text("guid"),
            "image": present(url=image) if image else None,
            "categories": part.categories([]),
            "enclosures": [_enclosure(enclosure) for enclosure in part.named("enclosure")],
            "dcExt": extensions.dublin_core(),
            "itunesExt": extensions.itunes(),
            "extensions": extensions.all(),
            "custom": _custom(element),
        }
    )


def _content(part: _Part) -> str:
    encoded = [element for element in part.named("encoded") if element.prefix == "content"]
    return rss_text(encoded[-1]) if encoded else ""


def _custom(element: Element) -> dict[str, str]:
    """Give the elements of an item that RSS does not know."""
    unknown = (child for child in element.children if not child.is_extension)
    return {child.name: rss_text(child) for child in unknown if child.key not in _KNOWN}


def _enclosure(element: Element) -> Ordered:
    return present(
        url=element.attribute("url"),
        length=element.attribute("length"),
        type=element.attribute("type"),
    )
