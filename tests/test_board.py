"""Tests of `gatekeeper.board`: what parts tell about themselves."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.board import Board, Notice


class BoardTests(SynchronousTestCase):
    """Added once, read often."""

    def test_a_notice_is_read_anew_each_time(self) -> None:
        """It shows the state of now, not that of the start."""
        board = Board()
        state = {"open": False}
        board.add("qos/circuit-breaker", "GET /a", lambda: dict(state))
        self.assertEqual(board.read(), [Notice("qos/circuit-breaker", "GET /a", {"open": False})])
        state["open"] = True
        self.assertTrue(board.read()[0].facts["open"])

    def test_notices_keep_their_order(self) -> None:
        """As the parts were built, so they are shown."""
        board = Board()
        for place in ("/b", "/a"):
            board.add("x", place, dict)
        self.assertEqual([notice.place for notice in board.read()], ["/b", "/a"])
