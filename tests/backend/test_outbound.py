"""Tests of `gatekeeper.backend.outbound`."""

from __future__ import annotations

import gzip

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.outbound import outbound
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.testing import FakeBackend
from gatekeeper.wire.client import Answer, Origin

IDP = Origin("http", "idp.example", 80)


class OutboundTests(SynchronousTestCase):
    """Requests of the gateway's own."""

    def setUp(self) -> None:
        self.backend = FakeBackend()

    def ask(self, **environ: str) -> Answer:
        asked = outbound(self.backend, environ).request(IDP, "GET", "/a", [("X", "1")])
        return self.successResultOf(asked)

    def test_plain(self) -> None:
        """Goes as it is, and comes back as it is."""
        self.backend.on("/a", body=b"x", headers=[("Content-Encoding", "br")])
        answer = self.ask()
        self.assertEqual((b"x", [("Content-Encoding", "br")]), (answer.body, list(answer.headers)))
        self.assertEqual(
            ([("X", "1")], IDP), (self.backend.calls[0].lines, self.backend.calls[0].origin)
        )

    def test_gzip(self) -> None:
        """Is unpacked, and what described the packed body is gone."""
        headers = [("Content-Encoding", "gzip"), ("Content-Length", "9"), ("A", "b")]
        self.backend.on("/a", body=gzip.compress(b"x"), headers=headers)
        answer = self.ask()
        self.assertEqual((b"x", [("A", "b")], None), (answer.body, answer.headers, answer.length))

    def test_no_gzip(self) -> None:
        """What only claims to be is an error."""
        self.backend.on("/a", body=b"x" * 20, headers=[("Content-Encoding", "gzip")])
        self.failureResultOf(
            outbound(self.backend, {}).request(IDP, "GET", "/a", []), TransportError
        )

    def test_a_proxy(self) -> None:
        """The one that the environment names is used; one that is no URL is a mistake."""
        self.ask(HTTP_PROXY="http://proxy.example:3128")
        [call] = self.backend.calls
        self.assertEqual("proxy.example", call.origin.host)
        self.assertEqual("http://idp.example/a", call.target)
        with self.assertRaises(ConfigError):
            outbound(self.backend, {"HTTP_PROXY": "http://["})

    def test_cancel(self) -> None:
        """Reaches the exchange."""
        self.backend.hangs("/a")
        asked = outbound(self.backend, {}).request(IDP, "GET", "/a", [])
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertTrue(self.backend.calls[0].cancelled)
