"""Reading feeds."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json, rss
from gatekeeper.errors import DecodeError

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>News</title><description>What is &lt;new&gt;</description>
<language>en</language><pubDate>Mon, 01 Jan 2024 08:30:00 GMT</pubDate><category>a</category>
<image><url>https://s/logo.png</url><title>Shop</title></image>
<item><title>Sale</title><link>https://s/1</link><guid>n-1</guid>
<pubDate>Tue, 02 Jan 2024 00:00:00 +0100</pubDate><author>ann@s (Ann)</author>
<enclosure url="https://s/1.mp3" length="12" type="audio/mpeg"/></item></channel></rss>"""

EMPTY = (
    '{"author":null,"categories":null,"copyright":"","custom":null,"description":"","items":[],'
    '"language":"","published":"","title":"","type":"%s","updated":""}'
)


class LoadsTests(SynchronousTestCase):
    """Which kind of feed a body is."""

    def test_rss(self) -> None:
        """Keys of the feed are sorted, those of items are not."""
        expected = (
            '{"author":null,"categories":["a"],"copyright":"","custom":null,'
            '"description":"What is \\u003cnew\\u003e","img_url":"https://s/logo.png","items":['
            '{"title":"Sale","link":"https://s/1","links":["https://s/1"],'
            '"published":"Tue, 02 Jan 2024 00:00:00 +0100",'
            '"publishedParsed":"2024-01-01T23:00:00Z",'
            '"author":{"name":"Ann","email":"ann@s"},"authors":[{"name":"Ann","email":"ann@s"}],'
            '"guid":"n-1","enclosures":[{"url":"https://s/1.mp3","length":"12","type":"audio/mpeg"}]'
            '}],"language":"en","published":"Mon, 01 Jan 2024 08:30:00 GMT","title":"News",'
            '"type":"rss","updated":""}'
        )
        self.assertEqual(json.dumps(rss.loads(RSS.encode())).decode(), expected)

    def test_empty_feeds(self) -> None:
        """Every kind is known by its beginning, and all keys are there."""
        table = {b"<rss/>": "rss", b"\xef\xbb\xbf\n<RDF/>": "rss", b'{"items": []}': "json"}
        table |= {b"<!-- x --><feed/>": "atom", b"<rss><channel/></rss>": "rss"}
        for body, kind in table.items():
            self.assertEqual(json.dumps(rss.loads(body)).decode(), EMPTY % kind, body)

    def test_no_feeds(self) -> None:
        """Everything else is no feed."""
        for body in (b"", b"<html><body>Hi</body></html>", b"x", b"[]", b"{} x", b'{"a":', b"{}{}"):
            error = self.assertRaises(DecodeError, rss.loads, body)
            self.assertEqual(str(error), "Failed to detect feed type", body)

    def test_hostile(self) -> None:
        """Cut, deep and tricky documents are errors."""
        deep = b"<rss>" + b"<a>" * 100 + b"</a>" * 100 + b"</rss>"
        entity = b'<!DOCTYPE rss [<!ENTITY x "y">]><rss><channel><title>&x;</title></channel></rss>'
        for body in (deep, entity, RSS[:-1].encode(), b"<rss>", b'{"items": [1]}', b'{"title": 1}'):
            self.assertRaises(DecodeError, rss.loads, body)
