"""Tests for telling expected errors from others."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.blame import blame
from gatekeeper.errors import BackendError, Refused
from gatekeeper.log import Log


class BlameTests(SynchronousTestCase):
    """What may be shown, and what is logged."""

    def setUp(self) -> None:
        self.lines: list[str] = []
        self.log = Log(lambda level, text: self.lines.append(f"{level} {text}"))

    def test_ours_on_purpose(self) -> None:
        """They are given back, and nothing is logged."""
        for error in (BackendError("no"), Refused(403, "no")):
            self.assertIs(blame(error, self.log), error)
        self.assertEqual(self.lines, [])

    def test_cancelled(self) -> None:
        """The text is the one that clients of KrakenD know."""
        self.assertEqual(str(blame(CancelledError(), self.log)), "context canceled")
        self.assertEqual(self.lines, [])

    def test_unexpected(self) -> None:
        """The log says what and where; its text, which may be a secret, is shown to nobody."""
        try:
            raise ValueError("token 1234")
        except ValueError as error:
            shown = blame(error, self.log)
        self.assertEqual(str(shown), "internal error")
        self.assertEqual(len(self.lines), 1)
        self.assertTrue(
            self.lines[0].startswith("ERROR unexpected ValueError at tests.test_blame:")
        )

    def test_without_a_place(self) -> None:
        """An error that was never raised has none."""
        blame(ValueError("token 1234"), self.log)
        self.assertEqual(self.lines, ["ERROR unexpected ValueError"])
