"""Text that passes through."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding import json, string
from gatekeeper.message import Number


class StringTests(SynchronousTestCase):
    """Text under the key content."""

    def test_any_bytes_come_back(self) -> None:
        """Whatever a backend sent is what a client gets."""
        for body in (b"", b"Hello <b>\n", b"a\xffb\xc3", bytes(range(256)), b"\xed\xa0\x80"):
            self.assertEqual(string.dumps(string.loads(body)), body)

    def test_as_json(self) -> None:
        """Bytes that are no text are one escape each."""
        table = {b"a\xffb\xc3": rb"a\ufffdb\ufffd", b"\xe2\x82": rb"\ufffd\ufffd", b"<": rb"\u003c"}
        for body, expected in table.items():
            self.assertEqual(json.dumps(string.loads(body)), b'{"content":"%b"}' % expected)

    def test_nothing_to_show(self) -> None:
        """Without a text under content the body is empty."""
        for data in (
            None,
            {},
            {"content": 5},
            {"content": Number("5")},
            {"content": None},
            {"x": "y"},
        ):
            self.assertEqual(string.dumps(data), b"")
