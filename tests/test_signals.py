"""What signals mean."""

from __future__ import annotations

import signal
from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import signals
from gatekeeper.signals import Signals
from gatekeeper.testing import RecordedLog


class SignalTests(SynchronousTestCase):
    """Handlers of one process."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.patch(signals, "tell", self.told.append)
        self.log = RecordedLog()
        self.reactor = MemoryReactorClock()
        self.stops = 0
        self.patch(self.reactor, "stop", self.stop)
        self.signals = Signals(self.reactor, self.log)

    def stop(self) -> None:
        self.stops += 1

    def test_stopping(self) -> None:
        """The first signal is told and stops the reactor; another changes nothing."""
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
            self.signals.handle(number)
        self.assertEqual(1, self.stops)
        [line] = self.told
        self.assertRegex(line, r"^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d Signal intercepted: terminated$")

    def test_an_interrupt(self) -> None:
        """Ctrl-C has a name of its own."""
        self.signals.handle(signal.SIGINT)
        self.assertTrue(self.told[0].endswith("Signal intercepted: interrupt"))

    def test_a_hang_up(self) -> None:
        """It does not stop anything."""
        self.signals.handle(signal.SIGHUP)
        self.assertEqual((0, []), (self.stops, self.told))
        self.assertIn("SIGHUP", self.log.lines[0][1])

    def test_installed(self) -> None:
        """The process's handlers only pass signals on to the reactor."""
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
        for number in numbers:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        passed: list[tuple[object, ...]] = []
        reactor: Any = self.reactor
        reactor.callFromThread = lambda *call: passed.append(call)
        self.signals.install()
        for number in numbers:
            signal.raise_signal(number)
        self.assertEqual([(self.signals.handle, number) for number in numbers], passed)
