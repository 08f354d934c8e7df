"""What the guard sees in the heads of frames."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h2_guard import PREFACE, Abuse, Allowance, FrameGuard
from gatekeeper.wire.h2_limits import H2Limits
from tests.wire.h2_clients import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    PRIORITY,
    RST_STREAM,
    frame,
)


class AllowanceTests(SynchronousTestCase):
    """Ten at once, then two a second."""

    def setUp(self) -> None:
        self.allowance = Allowance(10, 2, 0.0)

    def spend(self, times: int, now: float) -> None:
        for _ in range(times):
            self.allowance.spend(1, now, "pings")

    def test_spent(self) -> None:
        """The eleventh is abuse, and says of what."""
        self.spend(10, 0.0)
        error = self.assertRaises(Abuse, self.spend, 1, 0.0)
        self.assertEqual((str(error), error.code), ("pings", 11))

    def test_time_forgives(self) -> None:
        """After three seconds there are six more, and no seventh."""
        self.spend(10, 0.0)
        self.spend(6, 3.0)
        self.assertRaises(Abuse, self.spend, 1, 3.0)

    def test_never_more_than_at_first(self) -> None:
        """A long time does not save up."""
        self.spend(10, 0.0)
        self.spend(10, 1000.0)
        self.assertRaises(Abuse, self.spend, 1, 1000.0)

    def test_earned(self) -> None:
        """What is earned is spent like the rest, up to the same bound."""
        self.allowance.earn(100)
        self.spend(10, 0.0)
        self.allowance.earn(3)
        self.spend(3, 0.0)
        self.assertRaises(Abuse, self.spend, 1, 0.0)


class GuardTests(SynchronousTestCase):
    """One connection."""

    def setUp(self) -> None:
        self.guard = FrameGuard(H2Limits(idle_frames=5, frames_per_turn=10), 0.0)
        self.admit(PREFACE)

    def admit(self, data: bytes) -> int:
        return self.guard.admit(data, 0.0)

    def test_good_traffic(self) -> None:
        """Everything may pass, however it is cut."""
        data = (
            frame(HEADERS, 0, 1, b"abc")
            + frame(CONTINUATION, END_HEADERS, 1, b"def")
            + frame(DATA, END_STREAM, 1, b"x" * 100)
            + frame(PING, 0, 0, bytes(8))
        )
        for step in (1, 2, 3, 9, 10, 50, len(data)):
            guard = FrameGuard(H2Limits(), 0.0)
            whole = PREFACE + data
            for at in range(0, len(whole), step):
                part = whole[at : at + step]
                self.assertEqual(guard.admit(part, 0.0), len(part))
            self.assertFalse(guard.open)

    def test_open(self) -> None:
        """It knows when something has begun and not ended; a body's data does not count."""
        for data, is_open in (
            (b"\0", True),
            (frame(PING, 0, 0, bytes(8))[:-1], True),
            (frame(PING, 0, 0, bytes(8)), False),
            (frame(HEADERS, END_STREAM, 1, b"a"), True),
            (frame(HEADERS, END_HEADERS, 1, b"a"), False),
            (frame(HEADERS, END_HEADERS, 1, b"a") + frame(DATA, 0, 1, b"abc")[:-1], False),
        ):
            guard = FrameGuard(H2Limits(), 0.0)
            self.assertTrue(guard.open)
            guard.admit(PREFACE + data, 0.0)
            self.assertEqual(guard.open, is_open, data)

    def test_turns(self) -> None:
        """Ten frames a turn; the rest may pass in the next."""
        head = frame(HEADERS, END_HEADERS, 1, b"a")
        data = head + frame(DATA, 0, 1, b"x") * 14
        admitted = self.admit(data)
        self.assertEqual(admitted, len(head) + 9 * 10)
        self.assertEqual(self.admit(data[admitted:]), len(data) - admitted)

    def test_idle_frames(self) -> None:
        """Frames that move nothing, in any mixture."""
        idle = (
            frame(PING, 0, 0, bytes(8)),
            frame(PRIORITY, 0, 3, bytes(5)),
            frame(RST_STREAM, 0, 3, bytes(4)),
            frame(0x42, 0, 0),
        )
        self.admit(b"".join(idle) + idle[0])
        self.assertRaises(Abuse, self.admit, idle[1])

    def test_blocks(self) -> None:
        """A block that is complete frees the next one."""
        for stream in range(1, 7, 2):
            self.admit(frame(HEADERS, 0, stream, b"x" * 16384))
            self.admit(frame(CONTINUATION, 0, stream, b"x" * 16384) * 2)
            self.admit(frame(CONTINUATION, END_HEADERS, stream, b"x" * 16384))
        self.admit(frame(HEADERS, 0, 7, b"x" * 16384))
        self.admit(frame(CONTINUATION, 0, 7, b"x" * 16384) * 3)
        self.assertRaises(Abuse, self.admit, frame(CONTINUATION, 0, 7, b"x"))

    def test_ended_streams(self) -> None:
        """What a client has ended it cannot go on with."""
        for end in (
            frame(HEADERS, END_HEADERS | END_STREAM, 1),
            frame(HEADERS, END_HEADERS, 1) + frame(DATA, END_STREAM, 1),
            frame(HEADERS, END_HEADERS, 1) + frame(RST_STREAM, 0, 1, bytes(4)),
            frame(HEADERS, END_HEADERS, 3),
        ):
            for more in (frame(DATA, 0, 1, b"x"), frame(HEADERS, END_HEADERS, 1)):
                guard = FrameGuard(H2Limits(), 0.0)
                guard.admit(PREFACE + end, 0.0)
                error = self.assertRaises(Abuse, guard.admit, more, 0.0)
                self.assertEqual(error.code, 5)

    def test_trailers(self) -> None:
        """A stream that is open may have trailers."""
        self.admit(frame(HEADERS, END_HEADERS, 1) + frame(DATA, 0, 1, b"x"))
        self.admit(frame(HEADERS, END_HEADERS | END_STREAM, 1))

    def test_upgraded(self) -> None:
        """Stream 1 is ended when it came as HTTP/1.1."""
        guard = FrameGuard(H2Limits(), 0.0, newest=1)
        guard.admit(PREFACE, 0.0)
        self.assertRaises(Abuse, guard.admit, frame(DATA, 0, 1, b"x"), 0.0)
        guard.admit(frame(HEADERS, END_HEADERS, 3), 0.0)

    def test_priority_of_nothing(self) -> None:
        """Stream 0 has no priority."""
        error = self.assertRaises(Abuse, self.admit, frame(PRIORITY, 0, 0, bytes(5)))
        self.assertEqual(error.code, 1)
