"""Reading and writing XML."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json, string, xml
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.errors import DecodeError
from gatekeeper.message import Double

DOCUMENTS = {
    '<user type="admin"><id>3</id><l>1</l><l>2</l><p a="1">t</p><e/></user>': (
        '{"user":{"-type":"admin","e":"","id":"3","l":["1","2"],"p":{"#text":"t","-a":"1"}}}'
    ),
    '<?xml version="1.0" encoding="UTF-8"?>\n<o>\n <id>7</id>\n <t c="E"> 49.90 </t>\n</o>\n': (
        '{"o":{"id":"7","t":{"#text":"49.90","-c":"E"}}}'
    ),
    "<r><a>1</a><b>2</b><a>3</a><a/></r>": '{"r":{"a":["1","3",""],"b":"2"}}',
    '<s:E xmlns:s="http://s/" xmlns="http://d/"><s:B><g xmlns:m="u" m:x="E">5</g></s:B></s:E>': (
        '{"E":{"-s":"http://s/","-xmlns":"http://d/","B":{"g":{"#text":"5","-m":"u","-x":"E"}}}}'
    ),
    "<r>&lt;b&gt; &amp; &quot;x&quot; &apos;y&apos; &#233; &#x20AC;</r>": (
        r'{"r":"\u003cb\u003e \u0026 \"x\" ' + "'y' é €\"}"
    ),
    "<t><![CDATA[<b>5 < 6</b>]]></t>": r'{"t":"\u003cb\u003e5 \u003c 6\u003c/b\u003e"}',
    "<!-- h --><?style none?><r><!-- i --><t>1</t><?x y?></r><!-- t -->": '{"r":{"t":"1"}}',
    "<p>Hello <b>dear</b> world</p>": '{"p":{"#text":"Hello","b":"dear"}}',
    '<p a="1">Hello <b>dear</b> world</p>': '{"p":{"#text":"world","-a":"1","b":"dear"}}',
    "<p>x<!-- c -->y</p>": '{"p":"y"}',
    "<p>x<b/>  </p>": '{"p":{"#text":"x","b":""}}',
    "<orders/>": '{"orders":""}',
    '<order id="7" paid="yes"/>': '{"order":{"-id":"7","-paid":"yes"}}',
    "<a>1</a><b>2</b>": '{"a":"1"}',
    "<a>1</a><": '{"a":"1"}',
    "hello <a>1</a>": '{"a":"1"}',
    "\ufeff<a>1</a>": '{"a":"1"}',
    "<!DOCTYPE r><r><a>1</a></r>": '{"r":{"a":"1"}}',
    '<größe einheit="cm">42 €</größe>': '{"größe":{"#text":"42 €","-einheit":"cm"}}',
}

PREFIX = "xml.Decoder.Token() - XML syntax error on line "
BROKEN = {
    b"": "EOF",
    b"not xml": "EOF",
    b"<!-- nothing -->": "EOF",
    b"<a><b></a>": PREFIX + "1: element <b> closed by </a>",
    b"x\n<a>\n<b></a>": PREFIX + "3: element <b> closed by </a>",
    b"<p:a></q:a>": PREFIX + "1: element <a> in space p closed by </a> in space q",
    b"<p:a></a>": PREFIX + '1: element <a> in space p closed by </a> in space ""',
    b"<a><b>1</b>": PREFIX + "1: unexpected EOF",
    b"<a": PREFIX + "1: unexpected EOF",
    b"<a><![CDATA[x": PREFIX + "1: unexpected EOF in CDATA section",
    b"\n<a>&euro;</a>": PREFIX + "2: invalid character entity &euro;",
    b"<a>\x01</a>": PREFIX + "1: illegal character code U+0001",
    b"<a>\xff</a>": PREFIX + "1: invalid UTF-8",
    b'<?xml version="1.1"?><a/>': (
        'xml.Decoder.Token() - xml: unsupported version "1.1"; only version 1.0 is supported'
    ),
}

HOSTILE = [
    b'<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>',
    b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
    b'<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1:1/">%x;]><r/>',
    b'<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r>&x;</r>',
    b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r c="&b;"/>',
    b"<a>" * 201 + b"</a>" * 201,
    b" " * (16 * 1024 * 1024 + 1),
]

WRITTEN = {
    '{"order":{"id":7,"lines":[1,2]}}': "<order><id>7</id><lines>1</lines><lines>2</lines></order>",
    '{"id":7,"name":"K"}': "<doc><id>7</id><name>K</name></doc>",
    '{"total":49.90}': "<total>49.90</total>",
    '{"k":null}': "<k/>",
    '{"k":[]}': "<k/>",
    '{"k":[1,2]}': "<doc><k>1</k><k>2</k></doc>",
    '{"k":[{"a":1},{"b":2}]}': "<k><a>1</a></k><k><b>2</b></k>",
    '{"k":[{"a":1},5]}': "<doc><k><a>1</a></k><k>5</k></doc>",
    '{"a":{"l":[[1,2],[3]]}}': "<a><l>1</l><l>2</l><l>3</l></a>",
    "{}": "<doc/>",
    "null": "<doc/>",
    '{"i":{"-s":"K","-q":2,"#text":"T","n":"x"}}': '<i q="2" s="K">T<n>x</n></i>',
    '{"i":{"#text":"","-s":"<&\\""}}': '<i s="&lt;&amp;&quot;"></i>',
    '{"r":"<b> & \'y\'"}': "<r>&lt;b&gt; &amp; &apos;y&apos;</r>",
    '{"a":null,"b":"","c":{},"d":[],"e":false,"f":0}': (
        "<doc><a/><b/><c/><d/><e>false</e><f>0</f></doc>"
    ),
    '{"n":{"f":1.50,"e":1E5,"big":12345678901234567890}}': (
        "<n><big>12345678901234567890</big><e>1E5</e><f>1.50</f></n>"
    ),
    '{"a":{"-b":{"c":1}}}': "",
    '{"a":{"-b":null}}': "",
}


class LoadsTests(SynchronousTestCase):
    """From XML to data."""

    def test_documents(self) -> None:
        """Elements, attributes, text, lists: all become strings under keys."""
        for document, expected in DOCUMENTS.items():
            self.assertEqual(json.dumps(xml.loads(document.encode())).decode(), expected, document)

    def test_broken(self) -> None:
        """What is wrong is said in Go's words."""
        for document, text in BROKEN.items():
            error = self.assertRaises(DecodeError, xml.loads, document)
            self.assertEqual(str(error), text, document)

    def test_hostile(self) -> None:
        """Entities, references to elsewhere, depth and size are refused."""
        for document in HOSTILE:
            self.assertRaises(DecodeError, xml.loads, document)

    def test_cut_anywhere(self) -> None:
        """A document that is cut before its end is an error, never half an answer."""
        document = b'<a b="1"><c>x &amp; y</c><![CDATA[z]]><!-- c --><d/></a>'
        for end in range(len(document)):
            self.assertRaises(DecodeError, xml.loads, document[:end])


class DumpsTests(SynchronousTestCase):
    """From data to XML."""

    def test_written(self) -> None:
        """One key can be the root, keys are sorted, numbers keep their spelling."""
        for data, expected in WRITTEN.items():
            self.assertEqual(xml.dumps(json.loads(data.encode())).decode(), expected, data)

    def test_own_values(self) -> None:
        """Numbers of the configuration, structures, and bytes that are no text."""
        self.assertEqual(xml.dumps({"n": Double(1e6)}), b"<n>1e+06</n>")
        self.assertEqual(xml.dumps({"o": Ordered({"b": 1, "a": 2})}), b"<o><a>2</a><b>1</b></o>")
        self.assertEqual(xml.dumps(string.loads(b"a\xff")), b"<content>a\xff</content>")

    def test_deep(self) -> None:
        """Depth costs no calls."""
        data: dict[str, object] = {}
        for _ in range(2000):
            data = {"a": [data]}
        self.assertEqual(len(xml.dumps(data)), 1999 * len("<a></a>") + len("<a/>"))
