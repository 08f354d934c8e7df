"""Tests of `gatekeeper.backend.url`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend import url
from gatekeeper.errors import UnusableRequest
from gatekeeper.wire.client import Origin

TARGETS = [
    ("/", "/"),
    ("", "/"),
    ("/items/7", "/items/7"),
    ("/a%20b/c d/ü?q=a%20b&r=c+d", "/a%20b/c%20d/%C3%BC?q=a%20b&r=c+d"),
    ("/a%2fb/%c3%bc/%41", "/a%2fb/%c3%bc/%41"),
    ("/a%2Fb/c d!", "/a/b/c%20d%21"),
    ("//catalog//items", "//catalog//items"),
    ("/http://evil.example/x", "/http://evil.example/x"),
    ("/items#top?page=1", "/items"),
    ("/items?", "/items?"),
    ("/items??", "/items??"),
    ("?page=1", "/?page=1"),
    ("/a/../items/./7", "/a/../items/./7"),
    ("/items;v=1/a,b/c:d@e/(x)!$'*+=&", "/items;v=1/a,b/c:d@e/(x)!$'*+=&"),
    ("/x[1]!()*", "/x[1]!()*"),
    ('/items/[7]/{}/^`|"<>\\', "/items/%5B7%5D/%7B%7D/%5E%60%7C%22%3C%3E%5C"),
    ("/i?f[c]=red&p=/a/b&x='y'&z=1;2", "/i?f[c]=red&p=/a/b&x='y'&z=1;2"),
    ("/i?x={{.Resp0_zz}}&y=%zz", "/i?x={{.Resp0_zz}}&y=%zz"),
    ("/i?x=a b&y=ü", "/i?x=a%20b&y=%C3%BC"),
    ("/\udcff?x=\udcff", "/%FF?x=%FF"),
    ("/a b/c?d&e=1#f%41", "/a%20b/c?d&e=1"),
]

UNUSABLE = [
    ("http://h/%zz", 'parse "http://h/%zz": invalid URL escape "%zz"'),
    ("http://h/a%4", 'parse "http://h/a%4": invalid URL escape "%4"'),
    ("http://h/a#%zz", 'parse "http://h/a#%zz": invalid URL escape "%zz"'),
    ("http://h/a\nb", 'parse "http://h/a\\nb": net/url: invalid control character in URL'),
    ("http://h/?a\x00b", 'parse "http://h/?a\\x00b": net/url: invalid control character in URL'),
    ("localhost:91/x", 'Get "localhost:91/x": unsupported protocol scheme "localhost"'),
    ("127.0.0.1:91/x", 'parse "127.0.0.1:91/x": first path segment in URL cannot contain colon'),
    ("ftp://h/x", 'Get "ftp://h/x": unsupported protocol scheme "ftp"'),
    ("/x", 'Get "/x": unsupported protocol scheme ""'),
    ("http:///x", 'Get "http:///x": http: no Host in request URL'),
    ("http:/x", 'Get "http:/x": http: no Host in request URL'),
    ("http://h:99999/x", 'Get "http://h:99999/x": dial tcp: address 99999: invalid port'),
    ("http://h:abc/x", 'parse "http://h:abc/x": invalid port ":abc" after host'),
    ("http://a b/x", 'parse "http://a b/x": invalid character in host name'),
    ("http://me:secret@h/%zz", 'parse "http://h/%zz": invalid URL escape "%zz"'),
]


class ParseTests(SynchronousTestCase):
    """Go's rules for what a backend is asked."""

    def test_targets(self) -> None:
        """A path that is written well stays; otherwise it is encoded anew; queries stay."""
        for text, target in TARGETS:
            with self.subTest(text):
                self.assertEqual(url.parse(f"http://h{text}").target, target)

    def test_unusable(self) -> None:
        """What cannot be sent is refused in Go's words, without passwords."""
        for text, message in UNUSABLE:
            with self.subTest(text):
                error = self.assertRaises(UnusableRequest, url.parse, text)
                self.assertEqual(str(error), message)

    def test_error_names_the_method(self) -> None:
        """Errors of sending begin with the method in title case."""
        error = self.assertRaises(UnusableRequest, url.parse, "ftp://h/", "POST")
        self.assertEqual(str(error), 'Post "ftp://h/": unsupported protocol scheme "ftp"')

    def test_origins(self) -> None:
        """Scheme, name and port decide about the connection."""
        table = [
            ("http://h/x", Origin("http", "h", 80)),
            ("HTTPS://h/x", Origin("https", "h", 443)),
            ("http://h:8080/x", Origin("http", "h", 8080)),
            ("http://h:/x", Origin("http", "h", 80)),
            ("http://[::1]:81/x", Origin("http", "::1", 81)),
        ]
        for text, origin in table:
            with self.subTest(text):
                self.assertEqual(url.parse(text).origin, origin)

    def test_credentials(self) -> None:
        """Name and password of a URL become a header and stand in no text."""
        place = url.parse("http://u:p%40@h/x")
        self.assertEqual(place.authorization, "Basic dTpwQA==")
        self.assertEqual(str(place), "http://h/x")


class SplitTests(SynchronousTestCase):
    """The quick way."""

    def test_agrees_with_parse(self) -> None:
        """Whether a URL needs changes or not, both ways give the same."""
        for text, _ in TARGETS:
            whole = f"http://h:8080{text}"
            with self.subTest(whole):
                self.assertEqual(url.split(whole), url.parse(whole))
                self.assertEqual(url.split(str(url.parse(whole))), url.parse(whole))

    def test_refuses_too(self) -> None:
        """What `parse` refuses is refused."""
        for text, _ in UNUSABLE:
            with self.subTest(text):
                self.assertRaises(UnusableRequest, url.split, text)


class QueryTests(SynchronousTestCase):
    """The forwarded query."""

    def test_encoding(self) -> None:
        """Names are sorted, values stay in order, both are encoded as in forms."""
        query = {"b b": ["x y", ""], "a": ["&"], "B": ["a+b/~"], "": ["é"], "z": ["\udcff"]}
        self.assertEqual(url.encoded_query(query), "=%C3%A9&B=a%2Bb%2F~&a=%26&b+b=x+y&b+b=&z=%FF")

    def test_joining(self) -> None:
        """It is appended to what the pattern has."""
        table = [
            ("/e", "", "/e"),
            ("/e", "a=1", "/e?a=1"),
            ("/e?", "a=1", "/e?a=1"),
            ("/e?z=1", "a=1", "/e?z=1&a=1"),
        ]
        for target, query, expected in table:
            with self.subTest(target):
                self.assertEqual(url.with_query(target, query), expected)


class WordsTests(SynchronousTestCase):
    """Words for messages."""

    def test_operation(self) -> None:
        """Methods are in title case, as Go writes them."""
        for method, expected in [("GET", "Get"), ("post", "Post"), ("", "Get")]:
            self.assertEqual(url.operation(method), expected)
