"""What an operator sees when the gateway does not start."""

from __future__ import annotations

import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import refusal
from gatekeeper.errors import ConfigError, Problem, RouteConflict
from gatekeeper.refusal import CannotStart, quiet_exceptions, refusing


class RefusalTests(SynchronousTestCase):
    """Messages and statuses."""

    def setUp(self) -> None:
        self.told: list[str] = []
        self.patch(refusal, "tell", self.told.append)

    def refused(self, error: Exception) -> int:
        """Give the status that an error ends with."""
        path = Path(self.mktemp() + ".json")
        path.write_text('{\n  "version": 3,\n  "port": 80\n}')
        with self.assertRaises(SystemExit) as raised, refusing(str(path)):
            raise error
        self.path = path
        return int(raised.exception.code or 0)

    def test_a_problem_found_late(self) -> None:
        """Its place in the file is looked up."""
        self.assertEqual(255, self.refused(ConfigError([Problem("is odd", "/port")])))
        [text] = self.told
        self.assertTrue(text.startswith("ERROR parsing the configuration file:\n"))
        self.assertIn(f"{self.path}:3:11: port: is odd", text)

    def test_a_problem_with_its_place(self) -> None:
        """It is told as it was found."""
        problem = Problem("is odd", "/port").at("other.json", 7, 1, '"port": 80')
        self.refused(ConfigError([problem]))
        self.assertIn("other.json:7:1", self.told[0])

    def test_routes(self) -> None:
        """Those that cannot live together have a status of their own."""
        self.assertEqual(2, self.refused(RouteConflict([Problem("twice", "/port")])))

    def test_other_errors(self) -> None:
        """They are ours, and are not hidden."""
        with self.assertRaises(ZeroDivisionError), refusing("none"):
            raise ZeroDivisionError

    def test_no_traceback(self) -> None:
        """What could not start is told in one line; everything else as ever."""
        usual: list[type[BaseException]] = []
        self.patch(sys, "excepthook", lambda kind, error, trace: usual.append(kind))
        quiet_exceptions()
        sys.excepthook(CannotStart, CannotStart("the port is taken"), None)
        sys.excepthook(ValueError, ValueError("x"), None)
        self.assertEqual(["ERROR: the port is taken"], self.told)
        self.assertEqual([ValueError], usual)
