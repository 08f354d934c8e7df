"""Tests for what the gateway lends to components."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import DeadlineExceeded
from tests.calls import runtime


class WithinTests(SynchronousTestCase):
    """Work that must end in time."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.runtime = runtime(self.clock)
        self.cancelled: list[Deferred[str]] = []
        self.waiting: Deferred[str] = Deferred(self.cancelled.append)

    async def wait(self) -> str:
        return await self.waiting

    def test_at_once(self) -> None:
        """Work that never waits gives its result or error without a timer."""

        async def done() -> str:
            return "done"

        async def fail() -> str:
            raise ZeroDivisionError

        self.assertEqual(self.successResultOf(self.runtime.within(1, done())), "done")
        self.failureResultOf(self.runtime.within(1, fail()), ZeroDivisionError)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_in_time(self) -> None:
        """The result arrives, and the deadline is forgotten."""
        work = self.runtime.within(1, self.wait())
        self.clock.advance(0.9)
        self.assertNoResult(work)
        self.waiting.callback("done")
        self.assertEqual(self.successResultOf(work), "done")
        self.clock.advance(10)
        self.assertEqual(self.cancelled, [])

    def test_an_error_in_time(self) -> None:
        """It is the work's own."""
        work = self.runtime.within(1, self.wait())
        self.waiting.errback(ZeroDivisionError())
        self.failureResultOf(work, ZeroDivisionError)

    def test_late(self) -> None:
        """The work is cancelled down to what it waits for."""
        work = self.runtime.within(1, self.wait())
        self.clock.advance(1)
        self.failureResultOf(work, DeadlineExceeded)
        self.assertEqual(self.cancelled, [self.waiting])

    def test_no_time(self) -> None:
        """A negative duration is over at the next opportunity."""
        work = self.runtime.within(-1, self.wait())
        self.clock.advance(0)
        self.failureResultOf(work, DeadlineExceeded)

    def test_cancelled_from_outside(self) -> None:
        """That looks like a cancel, not like a deadline."""
        work = self.runtime.within(1, self.wait())
        work.cancel()
        self.failureResultOf(work, CancelledError)
        self.assertEqual(self.cancelled, [self.waiting])
        self.clock.advance(10)

    def test_cancelled_from_inside(self) -> None:
        """What the work waits for may be cancelled by somebody else."""
        work = self.runtime.within(1, self.wait())
        self.waiting.cancel()
        self.failureResultOf(work, CancelledError)

    def test_a_result_in_spite_of_all(self) -> None:
        """Work that has something to give when its time is over may give it."""

        async def save() -> str:
            try:
                return await self.waiting
            except CancelledError:
                return "saved"

        work = self.runtime.within(1, save())
        self.clock.advance(1)
        self.assertEqual(self.successResultOf(work), "saved")

    def test_one_inside_the_other(self) -> None:
        """The shorter deadline ends the inner work only."""

        async def outer() -> str:
            try:
                return await self.runtime.within(1, self.wait())
            except DeadlineExceeded:
                return "partial"

        work = self.runtime.within(2, outer())
        self.clock.advance(1)
        self.assertEqual(self.successResultOf(work), "partial")

    def test_the_outer_one_first(self) -> None:
        """The inner work sees a cancel; the whole is late."""
        work = self.runtime.within(1, self.outer())
        self.clock.advance(1)
        self.failureResultOf(work, DeadlineExceeded)
        self.clock.advance(10)

    async def outer(self) -> str:
        return await self.runtime.within(2, self.wait())
