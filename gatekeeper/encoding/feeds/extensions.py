"""Read what feeds say in other vocabularies: any, Dublin Core, and iTunes'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.encoding.feeds.text import present
from gatekeeper.encoding.feeds.tree import Element
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.message import JSON

__all__ = ["Extensions"]

# Vocabularies that have a usual prefix, whatever a feed calls them.
_PREFIXES: Final = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://purl.org/rss/1.0/modules/wiki/": "wiki",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://web.resource.org/cc/": "cc",
    "http://creativecommons.org/ns#license": "cc",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://webns.net/mvcb/": "admin",
    "http://wellformedweb.org/commentAPI/": "wfw",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.itunes.com/DTDs/PodCast-1.0.dtd": "itunes",
    "http://example.com/DTDs/PodCast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://podlove.org/simple-chapters": "psc",
}
_DUBLIN_CORE: Final = [
    "title",
    "creator",
    "author",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
]
_ITUNES: Final = [
    "author",
    "block",
    "duration",
    "explicit",
    "keywords",
    "subtitle",
    "summary",
    "image",
    "isClosedCaptioned",
    "episode",
    "season",
    "order",
    "episodeType",
]


class Extensions:
    """The extensions of one feed or item."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._found: dict[str, dict[str, list[Element]]] = {}
        for element in elements:
            names = self._found.setdefault(_prefix(element), {})
            names.setdefault(element.name, []).append(element)

    def all(self) -> dict[str, JSON]:
        """Give everything: prefix to name to a list of structures."""
        return {prefix: _structures(names) for prefix, names in self._found.items()}

    def texts(self, prefix: str, name: str) -> list[str]:
        """Give the texts of all elements of a name."""
        return [_value(element) for element in self.elements(prefix, name)]

    def text(self, prefix: str, name: str) -> str:
        """Give the text of the first element of a name, or ""."""
        return next(iter(self.texts(prefix, name)), "")

    def elements(self, prefix: str, name: str) -> list[Element]:
        return self._found.get(prefix, {}).get(name, [])

    def dublin_core(self) -> Ordered | None:
        """Give what Dublin Core says, or None when there is nothing of it."""
        if "dc" not in self._found:
            return None
        return present(**{name: self.texts("dc", name) for name in _DUBLIN_CORE})

    def itunes(self) -> Ordered | None:
        """Give what iTunes needs of an item, or None when there is nothing of it."""
        if "itunes" not in self._found:
            return None
        members: dict[str, JSON] = {name: self.text("itunes", name) for name in _ITUNES}
        return present(**{**members, "image": self.itunes_image()})

    def itunes_image(self) -> str:
        """Give the address of the iTunes image, or ""."""
        images = self.elements("itunes", "image")
        return images[0].attributes.get("href", "") if images else ""

    def itunes_categories(self) -> list[str]:
        """Give the texts of the categories, each with that of its first subcategory."""
        found: list[str] = []
        for category in self.elements("itunes", "category"):
            found.append(category.attributes.get("text", ""))
            inner = [child for child in category.children if child.name == "category"]
            found += [child.attributes.get("text", "") for child in inner[:1]]
        return found


def _prefix(element: Element) -> str:
    known = _PREFIXES.get(element.space, element.prefix)
    return element.space if known is None else known


def _structures(names: dict[str, list[Element]]) -> dict[str, JSON]:
    return {name: [_structure(element) for element in named] for name, named in names.items()}


def _structure(element: Element) -> Ordered:
    children: dict[str, list[Element]] = {}
    for child in element.children:
        children.setdefault(child.name, []).append(child)
    return Ordered(
        {
            "name": element.name,
            "value": _value(element),
            "attrs": dict(element.attributes),
            "children": _structures(children),
        }
    )


def _value(element: Element) -> str:
    return element.text.strip()
