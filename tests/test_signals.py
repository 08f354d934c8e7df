"""What signals mean."""

from __future__ import annotations

import signal
from typing import Any

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import signals
from gatekeeper.signals import Signals


class SignalTests(SynchronousTestCase):
    """Handlers of one process."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.patch(signals, "tell", self.told.append)
        self.acted: list[str] = []
        self.reactor = MemoryReactorClock()
        self.stops = 0
        self.patch(self.reactor, "stop", self.stop)
        self.signals = Signals(self.reactor, lambda: self.acted.append("reopen"))
        self.signals.on_hang_up.append(lambda: self.acted.append("reload"))

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
        """The configuration is loaded again; nothing stops."""
        self.signals.handle(signal.SIGHUP)
        self.assertEqual((0, [], ["reload"]), (self.stops, self.told, self.acted))

    def test_logs(self) -> None:
        """Log files are opened anew."""
        self.signals.handle(signal.SIGUSR1)
        self.assertEqual((0, ["reopen"]), (self.stops, self.acted))

    def test_too_late(self) -> None:
        """Whoever stops does not load anything any more."""
        for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1):
            self.signals.handle(number)
        self.assertEqual((1, []), (self.stops, self.acted))

    def test_installed(self) -> None:
        """The process's handlers only pass signals on to the reactor."""
        numbers = (
            signal.SIGTERM,
            signal.SIGINT,
            signal.SIGQUIT,
            signal.SIGHUP,
            signal.SIGUSR1,
        )
        for number in numbers:
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        passed: list[tuple[object, ...]] = []
        reactor: Any = self.reactor
        reactor.callFromThread = lambda *call: passed.append(call)
        self.signals.install()
        for number in numbers:
            signal.raise_signal(number)
        self.assertEqual([(self.signals.handle, number) for number in numbers], passed)
