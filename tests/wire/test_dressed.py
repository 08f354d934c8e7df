"""Tests of `gatekeeper.wire.dressed`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.dressed import dress
from tests.web.fakes import FakeExchange

VARY = ("Vary", "Origin")
FRAME = ("X-Frame-Options", "DENY")
OWN = ("X", "1")
NAMES = ("method", "target", "version", "headers", "host", "peer", "secure", "certificate", "body")


class DressTests(SynchronousTestCase):
    """Header lines that were decided before anybody answers."""

    def setUp(self) -> None:
        self.exchange = FakeExchange("/a?b", "POST", {"X": ["1"]}, b"body")
        self.dressed = dress(self.exchange, [VARY])

    def test_request(self) -> None:
        """What a request says can be read as before."""
        names = [
            "method",
            "target",
            "version",
            "headers",
            "host",
            "peer",
            "secure",
            "certificate",
            "body",
        ]
        for name in names:
            with self.subTest(name):
                self.assertIs(getattr(self.dressed, name), getattr(self.exchange, name))

    def test_answer(self) -> None:
        """The lines stand in front of the answer's own."""
        self.dressed.respond(200, [OWN], b"x")
        self.assertEqual(self.exchange.lines, [VARY, OWN])
        self.assertEqual((self.exchange.status, self.exchange.answer), (200, b"x"))

    def test_long_answer(self) -> None:
        """They are there before the first byte of a stream."""
        self.assertIs(self.dressed.start(200, (OWN,), 5), self.exchange.sink)
        self.assertEqual(self.exchange.lines, [VARY, OWN])
        self.assertEqual(self.exchange.length, 5)

    def test_several(self) -> None:
        """Whoever comes later adds lines; the exchange is wrapped once."""
        again = dress(self.dressed, (FRAME,))
        self.assertIs(again, self.dressed)
        again.respond(200, (), b"")
        self.assertEqual(self.exchange.lines, [VARY, FRAME])

    def test_leaving(self) -> None:
        """The wire still tells who answers that the client left, and can be told to give up."""
        left = []
        self.dressed.gone = lambda: left.append(True)
        self.assertIs(self.dressed.gone, self.exchange.gone)
        self.exchange.leave()
        self.assertEqual(left, [True])
        self.dressed.abort()
        self.assertTrue(self.exchange.aborted)
