"""Which decoder a name means."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.decoders import decoder
from gatekeeper.errors import DecodeError

GO = "json: cannot unmarshal {} into Go value of type {}"


class DecoderTests(SynchronousTestCase):
    """Names, collections, kinds."""

    def test_json(self) -> None:
        """Unknown names, and no name, are JSON; null is no error."""
        for name in ("json", "", "JSON", "fast-json", "yaml", "protobuf"):
            self.assertEqual(decoder(name, False)(b'{"a": 1}'), {"a": 1})
            self.assertIsNone(decoder(name, False)(b"null"))

    def test_collection(self) -> None:
        """A list is put under a key, even if it is null."""
        collection = decoder("json", True)
        self.assertEqual(collection(b'[1, {"x": 2}]'), {"collection": [1, {"x": 2}]})
        self.assertEqual(collection(b"null"), {"collection": None})

    def test_wrong_kinds(self) -> None:
        """Other kinds of JSON are errors in Go's words."""
        kinds = {b"[]": "array", b'"a"': "string", b"1": "number", b"1.0e5": "number"}
        kinds |= {b"true": "bool", b"{}": "object"}
        for is_collection, wanted, right in (
            (False, "map[string]interface {}", "object"),
            (True, "[]interface {}", "array"),
        ):
            for body, kind in kinds.items():
                if kind != right:
                    error = self.assertRaises(DecodeError, decoder("", is_collection), body)
                    self.assertEqual(str(error), GO.format(kind, wanted))

    def test_safejson(self) -> None:
        """Nothing is of the wrong kind; in version 2 scalars have another key."""
        table = {b"42.0": {"content": 42.0}, b'"s"': {"content": "s"}, b"null": {"content": None}}
        table2: dict[bytes, object] = {b"[1]": {"collection": [1]}, b'{"a":1}': {"a": 1}}
        for body, expected in (table | table2).items():
            self.assertEqual(decoder("safejson", True)(body), expected)
        self.assertEqual(decoder("safejson", False, 2)(b"5"), {"result": 5})
        self.assertRaises(DecodeError, decoder("safejson", False), b"")

    def test_others(self) -> None:
        """Names count in any letter case."""
        self.assertEqual(decoder("STRING", True)(b"x"), {"content": "x"})
        self.assertEqual(decoder("Xml", False)(b"<a>1</a>"), {"a": "1"})
        self.assertEqual(decoder("xml", True)(b"<a>1</a>"), {"collection": {"a": "1"}})
        self.assertEqual((decoder("rss", False)(b"<rss/>") or {})["type"], "rss")
        self.assertEqual(decoder("no-op", False)(b"anything"), {})
