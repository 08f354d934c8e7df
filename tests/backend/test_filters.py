"""Tests of `gatekeeper.backend.query_filter` and `gatekeeper.backend.header_filter`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.header_filter import header_filter
from gatekeeper.backend.query_filter import query_filter
from gatekeeper.message import Decoded, Request, Response
from gatekeeper.proxy import Middleware
from gatekeeper.testing import request, run


class FilterTests(SynchronousTestCase):
    """The second filters."""

    def through(self, middleware: Middleware, sent: Request) -> Request:
        """Give what comes out."""
        seen: list[Request] = []

        async def inner(built: Request) -> Response:
            seen.append(built)
            return Decoded({})

        self.successResultOf(run(middleware(inner)(sent)))
        return seen[0]

    def test_query(self) -> None:
        """Listed names pass, in their spelling; a star is a name."""
        sent = request(query={"a": ["1", "2"], "b": ["3"], "A": ["4"]})
        self.assertEqual(self.through(query_filter(["a", "z"]), sent).query, {"a": ["1", "2"]})
        self.assertEqual(self.through(query_filter(["*"]), sent).query, {})

    def test_headers(self) -> None:
        """Listed names pass in any letter case; the gateway's own do not unless listed."""
        sent = request(headers={"User-Agent": ["g"], "X-Tenant": ["a", "b"], "X-Trace": ["t"]})
        kept = self.through(header_filter(["x-tenant", "X-Other"]), sent).headers
        self.assertEqual(kept, {"X-Tenant": ["a", "b"]})
        self.assertEqual(self.through(header_filter(["*"]), sent).headers, {})

    def test_original_stays(self) -> None:
        """Nobody else's headers or query change."""
        sent = request(headers={"X": ["1"]}, query={"a": ["1"]})
        self.through(header_filter(["Y"]), sent)
        self.through(query_filter(["b"]), sent)
        self.assertEqual((sent.headers, sent.query), ({"X": ["1"]}, {"a": ["1"]}))
