"""Which engine is used, and what both must do."""

from __future__ import annotations

import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h2_engine import EngineFailed, Over, find_engine
from gatekeeper.wire.h2_guard import PREFACE
from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_limits import H2Limits
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from tests.wire.h2_clients import PING, SETTINGS, frame, frames, settings

NGH2 = "gatekeeper.wire.h2_nghttp2"
H2 = "gatekeeper.wire.h2_hyper"


class FindTests(SynchronousTestCase):
    """The best engine that is there."""

    def find(self, *missing: str) -> tuple[Any, list[str]]:
        for name in missing:
            module = sys.modules[name]
            self.addCleanup(sys.modules.__setitem__, name, module)
            sys.modules[name] = None  # type: ignore[assignment]
        warnings: list[str] = []
        return find_engine(warnings.append), warnings

    def test_usual(self) -> None:
        """libnghttp2, without a word."""
        self.assertEqual(self.find(), (NGHTTP2Engine, []))

    def test_second(self) -> None:
        """h2, with a word about it."""
        engine, warnings = self.find(NGH2)
        self.assertIs(engine, HyperEngine)
        self.assertIn('"ngh2" is not installed', warnings[0])

    def test_none(self) -> None:
        """No HTTP/2, with a word about it."""
        engine, warnings = self.find(NGH2, H2)
        self.assertIsNone(engine)
        self.assertIn("HTTP/2 is not offered", warnings[0])


class EngineTests(SynchronousTestCase):
    """Bytes in, events out."""

    make: Any = NGHTTP2Engine

    def setUp(self) -> None:
        self.engine = self.make(H2Limits(), 32 << 10)

    def start(self) -> None:
        self.engine.start()
        self.engine.receive(PREFACE + settings())
        self.engine.output()

    def test_begins(self) -> None:
        """Our settings come first."""
        self.engine.start()
        self.assertEqual(frames(self.engine.output())[0].kind, SETTINGS)
        self.assertEqual(self.engine.output(), b"")

    def test_answers_itself(self) -> None:
        """A ping is no event, only an answer."""
        self.start()
        self.engine.receive(frame(PING, 0, 0, b"12345678"))
        self.assertEqual(list(self.engine.events()), [])
        self.assertEqual(self.engine.output(), frame(PING, 1, 0, b"12345678"))

    def test_commands_for_streams_that_are_gone(self) -> None:
        """They do nothing."""
        self.start()
        engine = self.engine
        engine.head(7, [(b":status", b"200")], end=False)
        engine.data(7, b"x", end=True)
        engine.interim(7, 100)
        engine.consumed(7, 10)
        self.assertEqual((engine.queued(7), engine.backlog()), (0, 0))

    def test_upgrade_with_broken_settings(self) -> None:
        """They are refused before anything was said."""
        self.assertRaises(EngineFailed, self.engine.upgrade, b"12345", head=False)

    def test_last_word(self) -> None:
        """A connection that is ended says so, and does nothing more."""
        self.start()
        self.engine.terminate(11)
        last = frames(self.engine.output())[-1]
        self.assertEqual((last.kind, last.number), (7, 11))
        self.engine.terminate(11)

    def test_nonsense(self) -> None:
        """What cannot be understood ends the connection, with a last word or without."""
        self.start()
        try:
            self.engine.receive(frame(SETTINGS, 0, 0, b"x"))
            self.engine.output()
        except EngineFailed:
            return
        self.assertIn(Over(), self.engine.events())


class HyperEngineTests(EngineTests):
    """The same with h2."""

    make = HyperEngine
