"""Tests of `gatekeeper.httpcache.revalidation`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.revalidation import conditional, confirms, refreshed
from gatekeeper.message import Headers, Streamed
from gatekeeper.testing import request
from tests.httpcache.answers import entry

TAG = ("ETag", '"v1"')
MODIFIED = ("Last-Modified", "Mon, 01 Jan 2024 10:00:00 GMT")


class RevalidationTests(SynchronousTestCase):
    """Is it still good?"""

    def test_conditional(self) -> None:
        """A request gets the validators that there are, in place of the client's own."""
        both = entry("", TAG, MODIFIED)
        added = {"If-None-Match": ['"v1"'], "If-Modified-Since": [MODIFIED[1]]}
        self.assertEqual(conditional(request(headers={}), both).headers, added)
        own = {"If-None-Match": ['"mine"'], "X": ["1"]}
        self.assertEqual(conditional(request(headers=own), both).headers, {"X": ["1"], **added})
        plain = request()
        self.assertIs(conditional(plain, entry()), plain)

    def test_wrong_names(self) -> None:
        """Kept for compatibility: headers that only answers have suppress the validators."""
        kept = entry("", TAG, MODIFIED)
        given = request(headers={"Etag": ["x"], "Last-Modified": ["y"]})
        self.assertIs(conditional(given, kept), given)

    def test_confirms(self) -> None:
        """A 304 speaks of the stored answer only when that was what was asked about."""
        table: list[tuple[Headers, bool]] = [
            ({}, True),
            ({"If-None-Match": ['"v1"']}, True),
            ({"If-None-Match": ['"v2"']}, False),
            ({"If-None-Match": ['"v1"', '"v2"']}, False),
            ({"If-Modified-Since": [MODIFIED[1]]}, True),
            ({"If-Modified-Since": ["Tue, 02 Jan 2024 10:00:00 GMT"]}, False),
            ({"If-None-Match": ['"v2"'], "If-Modified-Since": [MODIFIED[1]]}, False),
        ]
        for sent, expected in table:
            with self.subTest(sent=sent):
                self.assertIs(confirms(sent, entry("", TAG, MODIFIED)), expected)

    def test_refreshed(self) -> None:
        """Headers of the 304 replace those of the same name, whatever the letter case."""
        kept = entry("max-age=0", TAG, ("X-Rev", "1"), ("X-Rev", "2"), ("X-Old", "o"))
        confirmation = Streamed(304, [("x-rev", "3"), ("Cache-Control", "max-age=60")], b"", 0)
        again = refreshed(kept, confirmation)
        self.assertEqual((again.status, again.body), (200, b"{}"))
        names = [line for line in again.headers if line[0] != "Date"]
        self.assertEqual(
            names, [TAG, ("X-Old", "o"), ("x-rev", "3"), ("Cache-Control", "max-age=60")]
        )

    def test_never_copied(self) -> None:
        """What belongs to the 304 itself, or to its connection, is left out."""
        lines = [
            ("Content-Length", "0"),
            ("Content-Encoding", "gzip"),
            ("Transfer-Encoding", "chunked"),
            ("Set-Cookie", "session=1"),
            ("Connection", "X-Hop, close"),
            ("X-Hop", "1"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Authenticate", "Basic"),
            ("Upgrade", "h2c"),
        ]
        kept = entry("max-age=60", ("Content-Length", "2"))
        self.assertEqual(refreshed(kept, Streamed(304, lines, b"")).headers, kept.answer.headers)
