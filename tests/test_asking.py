"""Tests for `gatekeeper.asking`."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.asking import Ask, asker
from gatekeeper.message import Decoded
from gatekeeper.testing import request
from tests.calls import Backend


class AskerTests(SynchronousTestCase):
    """Every proxy can be asked."""

    def setUp(self) -> None:
        self.backend = Backend()
        self.ends: list[object] = []

    def ask(self) -> object:
        ask: Ask = asker(self.backend.proxy)
        self.running = ask(request(), self.ends.append, self.ends.append)
        return self.running

    def test_answered(self) -> None:
        """What a coroutine returns is told."""
        self.ask()
        self.assertEqual(self.ends, [])
        self.backend.answer({"a": 1})
        self.assertEqual(self.ends, [Decoded({"a": 1})])

    def test_failed(self) -> None:
        """What it raises is told."""
        error = ZeroDivisionError()
        self.ask()
        self.backend.fail(error)
        self.assertEqual(self.ends, [error])

    def test_cancelled(self) -> None:
        """Giving up reaches the coroutine, and is told, too."""
        self.ask()
        self.running.cancel()
        self.assertEqual(self.backend.cancelled, 1)
        self.assertEqual([type(end) for end in self.ends], [CancelledError])

    def test_own(self) -> None:
        """A proxy's own way is taken."""

        class Own:
            def ask(self) -> None: ...

            async def __call__(self, asked: object) -> Decoded:
                raise NotImplementedError

        own = Own()
        self.assertEqual(asker(own), own.ask)
