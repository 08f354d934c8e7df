"""Whose log is whose."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.application.service import Application as TwistdApplication
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.application import Application, standard_output
from gatekeeper.logging.observer import Observer, TwistedLines
from gatekeeper.logging.stdout import Lines, Stdout
from gatekeeper.refusal import CannotStart
from gatekeeper.testing import RecordedLog

TWISTD = {"nodaemon": 1, "debug": False, "logfile": None, "syslog": 0, "logger": None}
TWIST = {"logFile": sys.stdout, "fileLogObserverFactory": "Twisted's"}


class OutputTests(SynchronousTestCase):
    """Where lines for standard output go."""

    def test_choices(self) -> None:
        """To standard output, unless the operator said otherwise or there is none."""
        table: list[tuple[dict[str, Any], type]] = [
            ({}, Stdout),
            (TWISTD, Stdout),
            ({**TWISTD, "nodaemon": 0}, TwistedLines),
            ({**TWISTD, "nodaemon": 0, "debug": True}, Stdout),
            ({**TWISTD, "logfile": "x.log"}, TwistedLines),
            ({**TWISTD, "syslog": 1}, TwistedLines),
            ({**TWISTD, "logger": "some.observer"}, TwistedLines),
            ({**TWIST, "logFile": sys.stdout}, Stdout),
            ({**TWIST, "logFile": sys.stderr}, TwistedLines),
        ]
        for parent, kind in table:
            with self.subTest(parent=parent):
                self.assertIsInstance(standard_output(parent), kind)


class ApplicationTests(SynchronousTestCase):
    """The process as a whole."""

    def application(self, lines: Lines, parent: Any) -> Application:
        self.reactor = MemoryReactorClock()
        return Application(self.reactor, RecordedLog(), lines, parent)

    def test_twistd(self) -> None:
        """It finds our observer where it looks for one."""
        twistd = TwistdApplication("test")
        application = self.application(Stdout(None), TWISTD)
        application.setServiceParent(twistd)
        self.assertIs(application.observer, twistd.getComponent(ILogObserver))

    def test_twistd_with_a_log_of_its_own(self) -> None:
        """Then it keeps it."""
        twistd = TwistdApplication("test")
        self.application(TwistedLines(), TWISTD).setServiceParent(twistd)
        self.assertIsNone(twistd.getComponent(ILogObserver, None))

    def test_a_log_file(self) -> None:
        """It is written as ``twistd`` would, and opened anew after somebody has moved it."""
        name = self.mktemp()
        twistd = TwistdApplication("test")
        application = self.application(TwistedLines(), {**TWISTD, "logfile": name})
        application.setServiceParent(twistd)
        write: Any = twistd.getComponent(ILogObserver)
        write({"log_format": "one", "log_time": 0.0})
        Path(name).rename(f"{name}.1")
        application.reopen()
        write({"log_format": "two", "log_time": 0.0})
        self.assertIn("one", Path(f"{name}.1").read_text())
        self.assertIn("two", Path(name).read_text())

    def test_a_log_file_that_cannot_be(self) -> None:
        """The start ends with one line instead of a traceback."""
        name = self.mktemp() + "/none/g.log"
        application = self.application(TwistedLines(), {**TWISTD, "logfile": name})
        with self.assertRaises(CannotStart) as raised:
            application.setServiceParent(TwistdApplication("test"))
        self.assertEqual(f"log file: open {name}: no such file or directory", str(raised.exception))

    def test_twist(self) -> None:
        """It has no such place, but options."""
        ours = dict(TWIST)
        application = self.application(Stdout(None), ours)
        factory: Any = ours["fileLogObserverFactory"]
        self.assertIs(application.observer, factory(sys.stdout))
        theirs = dict(TWIST)
        self.application(TwistedLines(), theirs)
        self.assertEqual(TWIST, theirs)

    def test_signals(self) -> None:
        """They are ours once the reactor has installed its own."""
        application = self.application(Stdout(None), {})
        installed: list[bool] = []
        self.patch(application.signals, "install", lambda: installed.append(True))
        application.startService()
        self.assertEqual([], installed)
        self.reactor.run()
        self.assertEqual([True], installed)
        self.assertIsInstance(application.observer, Observer)
