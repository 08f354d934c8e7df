"""What the formats of feeds have of their own."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json, rss


def feed(body: str) -> dict[str, Any]:
    """Read a feed as a client sees it."""
    data: dict[str, Any] = json.loads(json.dumps(rss.loads(body.encode())))
    return data


def first(body: str) -> dict[str, Any]:
    """Read a feed's first item as a client sees it."""
    found: dict[str, Any] = feed(body)["items"][0]
    return found


DC, ITUNES = "http://purl.org/dc/elements/1.1/", "http://www.itunes.com/DTDs/PodCast-1.0.dtd"


class RssTests(SynchronousTestCase):
    """RSS in all versions."""

    def item(self, members: str) -> dict[str, Any]:
        head = f'<rss xmlns:d="{DC}" xmlns:i="{ITUNES}" xmlns:content="c" xmlns:o="http://o/">'
        return first(f"{head}<channel><item>{members}</item></channel></rss>")

    def test_version_1(self) -> None:
        """In RSS 1.0 items and the image stand beside the channel."""
        body = (
            '<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/"><channel><title>N</title>'
            "</channel><image><url>u</url></image><item><title>T</title></item></rdf:RDF>"
        )
        self.assertEqual(feed(body)["items"], [{"title": "T"}])
        self.assertEqual((feed(body)["title"], feed(body)["img_url"]), ("N", "u"))

    def test_dublin_core(self) -> None:
        """Dublin Core stands in for what is missing, whatever its prefix is."""
        item = self.item("<d:title>T</d:title><d:creator>Ann</d:creator><d:subject>s</d:subject>")
        self.assertEqual((item["title"], item["author"]), ("T", {"name": "Ann"}))
        self.assertEqual(item["dcExt"], {"title": ["T"], "creator": ["Ann"], "subject": ["s"]})
        self.assertEqual(item["categories"], ["s"])

    def test_dublin_core_date(self) -> None:
        """Its date keeps the zone that it is written in."""
        item = self.item("<d:date>2024-01-01T08:30:00+01:00</d:date>")
        self.assertEqual(item["publishedParsed"], "2024-01-01T08:30:00+01:00")

    def test_itunes(self) -> None:
        """iTunes gives an image, keywords and an author."""
        item = self.item('<i:image href="u"/><i:keywords>a,b</i:keywords><i:author>Ann</i:author>')
        self.assertEqual(item["image"], {"url": "u"})
        self.assertEqual(item["categories"], ["a", "b"])
        self.assertEqual(item["itunesExt"], {"author": "Ann", "keywords": "a,b", "image": "u"})

    def test_other_extensions(self) -> None:
        """Other vocabularies are kept with attributes and children."""
        item = self.item('<o:a x="1"> t <o:b/></o:a>')
        inner = {"name": "b", "value": "", "attrs": {}, "children": {}}
        outer = {"name": "a", "value": "t", "attrs": {"x": "1"}, "children": {"b": [inner]}}
        self.assertEqual(item["extensions"], {"o": {"a": [outer]}})

    def test_texts(self) -> None:
        """CDATA and entities are resolved, markup stays, unknown elements are kept."""
        item = self.item(
            "<content:encoded><![CDATA[<b>&amp;</b>]]></content:encoded><title>a &amp; b &nbsp;"
            "</title><description>R & D <i>x</i></description><rating>5</rating>"
        )
        self.assertEqual(item["content"], "<b>&amp;</b>")
        self.assertEqual((item["title"], item["custom"]), ("a & b \xa0", {"rating": "5"}))
        self.assertEqual(item["description"], "R & D <i>x</i>")

    def test_link_with_address(self) -> None:
        """An empty link may have its address in an attribute; the last link counts."""
        item = self.item('<link>http://a</link><link href="http://b"/>')
        self.assertEqual((item["link"], item["links"]), ("http://b", ["http://a", "http://b"]))


class AtomTests(SynchronousTestCase):
    """Atom 0.3 and 1.0."""

    def test_feed(self) -> None:
        """Names differ from RSS, keys do not."""
        data = feed(
            '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>T</title>'
            "<rights>R</rights><tagline>S</tagline><logo>l</logo><author><name>Ann</name><email>e</email></author>"
            '<category term="c"/><modified>m</modified></feed>'
        )
        self.assertEqual((data["title"], data["description"], data["copyright"]), ("T", "S", "R"))
        self.assertEqual((data["language"], data["img_url"], data["updated"]), ("en", "l", "m"))
        self.assertEqual((data["author"]["name"], data["categories"]), ("Ann", ["c"]))

    def entry(self, members: str) -> dict[str, Any]:
        space = 'xmlns="http://www.w3.org/2005/Atom" xml:base="http://x/y"'
        return first(f"<feed {space}><entry>{members}</entry></feed>")

    def test_links(self) -> None:
        """Links are sorted by what they are for, relative ones are resolved."""
        item = self.entry(
            '<link href="a"/><link rel="self" href="/b"/><link rel="enclosure" href="c"/>'
        )
        self.assertEqual(
            (item["link"], item["links"]), ("http://x/y/a", ["http://x/y/a", "http://x/b"])
        )
        self.assertEqual(item["enclosures"], [{"url": "http://x/y/c"}])

    def test_texts(self) -> None:
        """The type says how a text is written."""
        table = {
            "<content>a &lt; b</content>": "a < b",
            '<content type="html">&lt;b&gt;x&lt;/b&gt;</content>': "<b>x</b>",
            '<content type="xhtml"><div><b>x</b></div></content>': "<b>x</b>",
            '<content type="xhtml"><div>a</div><div>b</div></content>': "<div>a</div><div>b</div>",
            '<content type="application/x">aGk=</content>': "hi",
            '<content type="application/x">no base64</content>': "no base64",
            "<content><![CDATA[<i>]]></content>": "<i>",
        }
        for members, expected in table.items():
            self.assertEqual(self.entry(members)["content"], expected, members)

    def test_dates(self) -> None:
        """What was never published counts as published when it was updated."""
        item = self.entry("<updated>2024-01-01T08:30:00+01:00</updated>")
        self.assertEqual(item["publishedParsed"], "2024-01-01T07:30:00Z")
        self.assertEqual(item["published"], "2024-01-01T08:30:00+01:00")


class JsonFeedTests(SynchronousTestCase):
    """JSON Feed 1.0 and 1.1."""

    def test_item(self) -> None:
        """All members that there is a key for."""
        item = first(
            '{"icon": "i", "items": [{"id": "1", "url": "u", "external_url": "e",'
            '"content_text": "c","tags": ["t"], "authors": [{"name": "Ann"}], "image": "p",'
            '"date_modified": "2024-01-01",'
            '"attachments": [{"url": "a", "mime_type": "m", "duration_in_seconds": 5}]}]}'
        )
        expected = {
            "content": "c",
            "link": "u",
            "links": ["u", "e"],
            "updated": "2024-01-01",
            "updatedParsed": "2024-01-01T00:00:00Z",
            "authors": [{"name": "Ann"}],
            "guid": "1",
            "image": {"url": "p"},
            "categories": ["t"],
            "enclosures": [{"url": "a", "length": "5", "type": "m"}],
        }
        self.assertEqual(item, expected)
        self.assertEqual(list(item), list(expected))
