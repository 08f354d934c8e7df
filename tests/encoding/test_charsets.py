"""Character sets of XML."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.encoding.charsets import utf8
from gatekeeper.errors import DecodeError


class Utf8Tests(SynchronousTestCase):
    """Whatever is declared comes out as UTF-8."""

    def test_known(self) -> None:
        """Sets are known by their labels; ISO-8859-1 is what browsers take it for."""
        table = {"ISO-8859-1": b"\xe9\x80", "windows-1251": b"\xff", "Shift_JIS": b"\x82\xa0"}
        table |= {"utf-8": "é".encode(), "latin1": b"\xe9", "us-ascii": b"x"}
        texts = {"ISO-8859-1": "é€", "windows-1251": "я", "Shift_JIS": "あ"}
        for label, body in table.items():
            head = f'<?xml version="1.0" encoding="{label}"?><r>'.encode()
            expected = texts.get(label, "x" if label == "us-ascii" else "é")
            self.assertEqual(utf8(head + body), head + expected.encode(), label)

    def test_undeclared(self) -> None:
        """Without a declaration nothing is touched."""
        for body in (b"<r>\xff</r>", b'<?xml version="1.0"?><r encoding="latin1"/>', b""):
            self.assertIs(utf8(body), body)

    def test_no_character_sets(self) -> None:
        """Codecs that are no character sets, and unknown names, are refused."""
        for label in ("nope", "rot13", "zlib", "unicode_escape", "utf-7", "idna", "\xff"):
            head = f'<?xml version="1.0" encoding="{label}"?><r/>'.encode("latin-1")
            error = self.assertRaises(DecodeError, utf8, head)
            self.assertIn("unsupported charset", str(error))
