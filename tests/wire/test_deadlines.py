"""Tests for cheap timers."""

from __future__ import annotations

from functools import partial

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.deadlines import Deadlines, Ticket


class DeadlinesTests(SynchronousTestCase):
    """Each expires at its time, unless it is stopped."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock)
        self.expired: list[str] = []

    def note(self, name: str) -> partial[None]:
        return partial(self.expired.append, name)

    def test_in_time(self) -> None:
        """Not before, and once."""
        self.deadlines.start(2.0, self.note("a"))
        self.clock.advance(1.9)
        self.assertEqual(self.expired, [])
        self.clock.advance(0.2)
        self.clock.advance(10)
        self.assertEqual(self.expired, ["a"])

    def test_expiring(self) -> None:
        """Whoever is called can tell that this is because the time is over."""
        told: list[bool] = []
        self.deadlines.start(2.0, lambda: told.append(self.deadlines.expiring))
        self.assertFalse(self.deadlines.expiring)
        self.clock.advance(2.0)
        self.assertEqual((told, self.deadlines.expiring), ([True], False))

    def test_expiring_badly(self) -> None:
        """It ends, too, when the one who is called raises."""
        self.deadlines.start(2.0, lambda: 1 / 0)
        self.assertRaises(ZeroDivisionError, self.clock.advance, 2.0)
        self.assertFalse(self.deadlines.expiring)

    def test_one_after_the_other(self) -> None:
        """Equal durations end in the order in which they began."""
        for name in "abc":
            self.deadlines.start(2.0, self.note(name))
            self.clock.advance(0.5)
        self.clock.pump([0.6, 0.3, 0.3, 0.4])
        self.assertEqual(self.expired, ["a", "b", "c"])

    def test_all_at_once(self) -> None:
        """When the clock was late, all whose time is over expire together."""
        for name in "abc":
            self.deadlines.start(2.0, self.note(name))
            self.clock.advance(0.1)
        self.clock.advance(60)
        self.assertEqual(self.expired, ["a", "b", "c"])

    def test_different_durations(self) -> None:
        """A shorter one does not wait for a longer one that began earlier."""
        self.deadlines.start(5.0, self.note("long"))
        self.deadlines.start(1.0, self.note("short"))
        self.clock.advance(1.5)
        self.assertEqual(self.expired, ["short"])

    def test_not_positive(self) -> None:
        """No time, or less, is over at the next opportunity, but not inside `start`."""
        self.deadlines.start(0.0, self.note("zero"))
        self.deadlines.start(-1.0, self.note("negative"))
        self.assertEqual(self.expired, [])
        self.clock.advance(0)
        self.assertEqual(sorted(self.expired), ["negative", "zero"])

    def test_stopped(self) -> None:
        """It never expires; the one behind it still does, at its own time."""
        first = self.deadlines.start(2.0, self.note("first"))
        self.clock.advance(1)
        self.deadlines.start(2.0, self.note("second"))
        first.stop()
        self.clock.advance(1.5)
        self.assertEqual(self.expired, [])
        self.clock.advance(0.5)
        self.assertEqual(self.expired, ["second"])

    def test_stopped_too_late(self) -> None:
        """Stopping again, or after the end, does nothing."""
        ticket = self.deadlines.start(2.0, self.note("a"))
        self.clock.advance(2)
        ticket.stop()
        ticket.stop()
        self.assertEqual(self.expired, ["a"])

    def test_stopped_by_another(self) -> None:
        """One that expires may stop the next."""
        others: list[Ticket] = []

        def stop_others() -> None:
            for ticket in others:
                ticket.stop()

        self.deadlines.start(2.0, stop_others)
        others.append(self.deadlines.start(2.0, self.note("second")))
        self.clock.advance(2)
        self.assertEqual(self.expired, [])

    def test_one_timer(self) -> None:
        """However many wait, the clock has one timer for each duration, and in the end none."""
        tickets = [self.deadlines.start(2.0, self.note("a")) for _ in range(100)]
        self.deadlines.start(3.0, self.note("b"))
        self.assertEqual(len(self.clock.getDelayedCalls()), 2)
        for ticket in tickets:
            ticket.stop()
        self.clock.advance(2)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.clock.advance(2)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_one_that_begins_another(self) -> None:
        """The new one has its own full time, and there is still one timer."""
        self.deadlines.start(2.0, lambda: self.deadlines.start(2.0, self.note("new")))
        self.deadlines.start(2.0, self.note("old"))
        self.clock.advance(2)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.assertEqual(self.expired, ["old"])
        self.clock.advance(2)
        self.assertEqual(self.expired, ["old", "new"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_no_endless_loop(self) -> None:
        """One that begins another without any time lets others have their turn."""

        def again() -> None:
            self.expired.append("again")
            if len(self.expired) < 4:
                self.deadlines.start(0.0, again)

        self.deadlines.start(0.0, again)
        self.clock.callLater(0, self.note("other"))
        self.clock.advance(0)
        self.assertEqual(self.expired, ["again", "other", "again", "again"])

    def test_one_that_raises(self) -> None:
        """It does not take the others' end from them."""
        self.deadlines.start(2.0, lambda: 1 // 0)
        self.deadlines.start(2.0, self.note("other"))
        self.assertRaises(ZeroDivisionError, self.clock.advance, 2)
        self.clock.advance(0)
        self.assertEqual(self.expired, ["other"])
