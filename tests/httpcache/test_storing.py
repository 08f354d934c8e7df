"""Tests of `gatekeeper.httpcache.storing` and of `Entry`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.cache_control import parse
from gatekeeper.httpcache.entry import first
from gatekeeper.httpcache.storing import may_store, without_cookies
from tests.httpcache.answers import answer, entry


class StoringTests(SynchronousTestCase):
    """What is kept."""

    def test_may_store(self) -> None:
        """Every status is kept, but for answers to one client's own conditions."""
        table = [
            (200, "", "", True),
            (200, "max-age=60", "", True),
            (404, "max-age=60", "", True),
            (500, "max-age=60", "", True),
            (204, "", "", True),
            (206, "max-age=60", "", False),
            (304, "max-age=60", "", False),
            (412, "max-age=60", "", False),
            (416, "max-age=60", "", False),
            (200, "no-store, max-age=60", "", False),
            (200, "max-age=60", "no-store", False),
            (200, "No-Store", "", True),
        ]
        for status, control, wishes, expected in table:
            with self.subTest(status=status, control=control, wishes=wishes):
                given = answer(("Cache-Control", control), status=status)
                self.assertIs(may_store(given, parse(wishes), keep_private=True), expected)

    def test_private(self) -> None:
        """An answer for one user is kept only where no other user finds it."""
        given = answer(("Cache-Control", "private, max-age=60"))
        self.assertTrue(may_store(given, {}, keep_private=True))
        self.assertFalse(may_store(given, {}, keep_private=False))

    def test_cookies(self) -> None:
        """Cookies were set for the client that asked, and for nobody else."""
        given = answer(("Set-Cookie", "a=1"), ("X", "1"), ("set-cookie", "b=2"), age_s=None)
        self.assertEqual(without_cookies(given).headers, (("X", "1"),))

    def test_size(self) -> None:
        """An entry is as large as its answer on the wire."""
        kept = entry("max-age=60", age_s=None, body=b"x" * 100)
        head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\n"
        self.assertEqual(kept.size, len(head) + 100)
        self.assertGreater(kept.weight, kept.size)

    def test_first(self) -> None:
        """The first line with a name counts."""
        lines = [("X", "0"), ("eTag", "1"), ("ETag", "2")]
        self.assertEqual((first(lines, "etag"), first(lines, "date")), ("1", ""))
