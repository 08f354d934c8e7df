"""Tests of `gatekeeper.web.paths`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.web.paths import Target, clean, clean_route, decode, encode, split


class CleanTests(SynchronousTestCase):
    """Dots and slashes."""

    def test_requests(self) -> None:
        """Paths of requests are resolved; folders keep their slash."""
        for path, cleaned in (
            ("/", "/"),
            ("//", "/"),
            ("/a", "/a"),
            ("/a/", "/a/"),
            ("//a//b", "/a/b"),
            ("/./a", "/a"),
            ("/a/.", "/a/"),
            ("/a/..", "/"),
            ("/a/b/..", "/a"),
            ("/x/../a", "/a"),
            ("/../../a", "/a"),
            ("/a/...", "/a/..."),
            ("/..", "/"),
        ):
            self.assertEqual(clean(path), cleaned, path)

    def test_routes(self) -> None:
        """In a configured path only a slash makes a folder."""
        for path, cleaned in (("/q/.", "/q"), ("/x/./y/../z/", "/x/z/"), ("//dbl//x", "/dbl/x")):
            self.assertEqual(clean_route(path), cleaned, path)


class DecodeTests(SynchronousTestCase):
    """Percent signs and bytes."""

    def test_once(self) -> None:
        """A path is decoded once, to text."""
        for raw, decoded in (
            ("/a", "/a"),
            ("/caf%C3%A9", "/café"),
            ("/caf\xc3\xa9", "/café"),
            ("/a%2Fb", "/a/b"),
            ("/a%2541", "/a%41"),
            ("/a+b", "/a+b"),
            ("/%ff", "/\udcff"),
        ):
            self.assertEqual(decode(raw), decoded, raw)

    def test_broken_escapes(self) -> None:
        """What is no escape is refused."""
        for raw in ("/%", "/%z1", "/%1", "/a%g0b", "/%+1"):
            with self.assertRaises(ValueError):
                decode(raw)

    def test_every_byte_survives(self) -> None:
        """Decoding and encoding loses nothing, whatever the bytes."""
        raw = "/" + "".join(f"%{byte:02X}" for byte in range(256))
        self.assertEqual(decode(encode(decode(raw))), decode(raw))

    def test_encoding(self) -> None:
        """Only characters that Go leaves alone stay."""
        self.assertEqual(encode("/a b/é;,:@&=+$!*'()"), "/a%20b/%C3%A9;,:@&=+$%21%2A%27%28%29")


class SplitTests(SynchronousTestCase):
    """The forms of a target."""

    def test_forms(self) -> None:
        """Origin and absolute form are understood, others are not."""
        for target, parts in (
            ("/a?x=1?y", Target("", "/a", "?x=1?y")),
            ("/a?", Target("", "/a", "?")),
            ("http://other.host:80/a?x", Target("http://other.host:80", "/a", "?x")),
            ("http://other.host?x", Target("http://other.host", "/", "?x")),
            ("*", None),
            ("other.host:443", None),
            ("", None),
        ):
            self.assertEqual(split(target), parts, target)
