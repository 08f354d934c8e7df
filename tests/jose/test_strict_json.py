"""Tests of `gatekeeper.jose.strict_json`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.strict_json import read_object


class StrictJSONTests(SynchronousTestCase):
    """Objects in which every name stands once."""

    def test_objects(self) -> None:
        """Compact, spaced and escaped texts are the same object."""
        for text in ('{"a":1,"b":{"c":[1,2.5]}}', '{ "a" : 1, "\\u0062": {"c": [1, 2.5]} }'):
            self.assertEqual(read_object(text.encode()), {"a": 1, "b": {"c": [1, 2.5]}})
        self.assertEqual(read_object(b'{"n":1e2,"e":"\\u003c"}'), {"n": 100.0, "e": "<"})

    def test_doubled_names(self) -> None:
        """A name that stands twice is found at every depth, in every spelling."""
        for text in (
            '{"a":1,"a":1}',
            '{"a":1, "\\u0061":2}',
            '{"x":{"a":1,"a":2}}',
            '{"x":[[{"a":1,"a":2}]]}',
            '{"a":1,"b":1e5,"a":2}',
        ):
            self.assertRaises(ValueError, read_object, text.encode())

    def test_what_is_no_object(self) -> None:
        """Lists, texts, rubbish behind, infinite numbers, a byte order mark."""
        for text in ("[]", '"a"', "1", "null", "", "{", "{}{}", '{"a":1,}', '{"a":NaN}'):
            self.assertRaises(ValueError, read_object, text.encode())
        for data in (b"\xef\xbb\xbf{}", b'{"a":"\xff"}', b'{"a":1e999}', b'{"a":"\\ud800"}'):
            self.assertRaises(ValueError, read_object, data)

    def test_depth(self) -> None:
        """Nesting without end is refused, whatever finds it first."""
        for depth in (300, 900, 1000, 1020, 5000, 100_000):
            text = b'{"a": ' + b"[" * depth + b"]" * depth + b"}"
            self.assertRaises(ValueError, read_object, text)
        read_object(b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}")

    def test_long_numbers_cost_nothing(self) -> None:
        """A number of hundred thousand digits is refused at once; one of 300 is a double."""
        self.assertRaises(ValueError, read_object, b'{"a":' + b"9" * 100_000 + b"}")
        self.assertEqual(read_object(b'{"a":1' + b"0" * 300 + b"}"), {"a": 1e300})
