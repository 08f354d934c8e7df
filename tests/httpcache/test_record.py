"""Tests of `gatekeeper.httpcache.record`."""

from __future__ import annotations

from math import inf

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.entry import Entry, make_entry
from gatekeeper.httpcache.record import pack, unpack
from gatekeeper.message import Streamed
from gatekeeper.testing import FakeStream
from tests.httpcache.answers import answer, entry

KEY = "http://h/\u00e9"


class RecordTests(SynchronousTestCase):
    """Entries in bytes."""

    def test_there_and_back(self) -> None:
        """Everything comes back as it was."""
        varied = answer(
            ("Vary", "Accept, X-No"), ("ETag", '"\u00ff"'), ("Empty", ""), body=b"a\n\0b"
        )
        for kept in (
            entry("max-age=60", body=b""),
            entry(age_s=None),
            entry("no-cache"),
            make_entry(varied, {"Accept": ["text/plain", "x"]}),
            make_entry(answer(("Vary", "*")), {}),
            make_entry(Streamed(404, (), b""), {}),
            make_entry(Streamed(200, (("", ""),), b"x", None, complete=True), {}),
            make_entry(Streamed(200, [("Content-Length", "7")], b"", 7), {}),
            evolve(entry(), lifetime_s=0.5, fresh_until=inf),
        ):
            with self.subTest(kept=kept):
                record = pack(KEY, kept)
                assert record is not None
                found = unpack(KEY, record)
                assert found is not None
                self.assertEqual(parts(found), parts(kept))

    def test_other_key(self) -> None:
        """What was kept under another key is not there, nor under a part of one."""
        record = pack(KEY, entry())
        assert record is not None
        for key in ("", KEY[:-1], f"{KEY}/", "http://h/e"):
            self.assertIsNone(unpack(key, record))

    def test_unwritable(self) -> None:
        """Lines within lines could be mistaken; a body that still comes is none."""
        lines = entry("", ("X-Split", "one\nX-Evil: two"))
        varied = make_entry(answer(("Vary", "X-Split")), {"X-Split": ["one\ntwo"]})
        coming = make_entry(answer(body=FakeStream(b"x")), {})
        self.assertEqual([pack(KEY, kept) for kept in (lines, varied, coming)], [None] * 3)


def parts(kept: Entry) -> object:
    whole = evolve(kept.answer, headers=tuple(kept.answer.headers))
    return whole, kept.date, kept.lifetime_s, kept.fresh_until, kept.variant
