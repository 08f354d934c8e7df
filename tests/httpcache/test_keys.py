"""Tests of `gatekeeper.httpcache.keys`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.keys import by_credentials, by_url
from gatekeeper.message import Headers
from gatekeeper.testing import request

URL = "http://shop/a?b=1"


class KeyTests(SynchronousTestCase):
    """Names of answers."""

    def key(self, headers: Headers, *names: str) -> str:
        return by_credentials(names)(request(url=URL, headers=headers))

    def test_url(self) -> None:
        """GET is the URL; other methods stand in front of it."""
        self.assertEqual(by_url(request(url=URL)), URL)
        self.assertEqual(by_url(request(url=URL, method="HEAD")), f"HEAD {URL}")

    def test_without_credentials(self) -> None:
        """Nobody's credentials are no part of the name; other headers never are."""
        self.assertEqual(self.key({"X-User": ["ann"], "Authorization": []}), URL)

    def test_credentials(self) -> None:
        """Each value has its own name, and the same value always the same."""
        table: list[Headers] = [
            {"Authorization": ["Bearer a"]},
            {"Authorization": ["Bearer b"]},
            {"Authorization": ["Bearer a", "Bearer b"]},
            {"Authorization": [""]},
            {"Cookie": ["Bearer a"]},
            {"Authorization": ["Bearer a"], "Cookie": ["c"]},
            {"X-User": ["ann"]},
        ]
        keys = [self.key(headers, "X-User") for headers in table]
        self.assertEqual(len({*keys, URL}), len(table) + 1)
        self.assertEqual(keys, [self.key(headers, "X-User") for headers in table])

    def test_not_kept(self) -> None:
        """The credentials themselves are not in the name."""
        self.assertNotIn("secret", self.key({"Cookie": ["secret"]}))
