"""Tests of documents: `gatekeeper.nodewide.document`, `local` and `turn`."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.interface import Document, NodeState, OtherShape, TooLong
from gatekeeper.nodewide.local import LocalState
from gatekeeper.nodewide.shared import SharedState
from gatekeeper.nodewide.turn import LOOK_S, my_turn
from gatekeeper.testing import run


class LocalDocumentTests(SynchronousTestCase):
    """Documents of one process, with a handle for each of two users."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1)
        self.state = self.make()
        self.first, self.second = self.handle(), self.handle()

    def make(self) -> NodeState:
        return LocalState(self.now_ns)

    def now_ns(self) -> int:
        return round(self.clock.seconds() * 1e9)

    def handle(self) -> Document:
        return self.state.document("/a", 100)

    def turn(self, handle: Document, seen: int = 0) -> Deferred[bool]:
        return run(my_turn(handle, self.clock, 10, seen))

    def test_empty(self) -> None:
        """It begins with nothing."""
        self.assertEqual((0, b""), (self.first.version, self.first.read()))

    def test_publish(self) -> None:
        """Everybody reads what was published last, shorter or longer, also nothing at all."""
        for number, content in enumerate((b"one", b"", b"x" * 100, b"four")):
            self.assertTrue(self.first.publish(content, number))
            self.assertEqual((number + 1, content), (self.second.version, self.second.read()))

    def test_two_at_once(self) -> None:
        """Who did not know the last version publishes nothing."""
        self.first.publish(b"first", 0)
        self.assertFalse(self.second.publish(b"second", 0))
        self.assertEqual((1, b"first"), (self.second.version, self.second.read()))

    def test_too_long(self) -> None:
        """Is an error, and changes nothing."""
        self.assertRaises(TooLong, self.first.publish, b"x" * 101, 0)
        self.assertEqual(0, self.first.version)

    def test_names(self) -> None:
        """Another name is another document; another size is an error."""
        self.first.publish(b"x", 0)
        self.assertEqual(0, self.state.document("/b", 100).version)
        self.assertRaises(OtherShape, self.state.document, "/a", 99)

    def test_lease(self) -> None:
        """One has it, until it is given back."""
        self.assertTrue(self.first.try_lease(10))
        self.assertEqual([False] * 2, [self.first.try_lease(10), self.second.try_lease(10)])
        self.first.release()
        self.assertTrue(self.second.try_lease(10))

    def test_lease_that_ends(self) -> None:
        """After its time another may have it, and the first can no longer give it back."""
        self.first.try_lease(10)
        self.clock.advance(9.9)
        self.assertFalse(self.second.try_lease(10))
        self.clock.advance(0.1)
        self.assertTrue(self.second.try_lease(10))
        self.first.release()
        self.assertFalse(self.first.try_lease(10))

    def test_release_of_nothing(self) -> None:
        """Does nothing."""
        self.first.try_lease(10)
        self.second.release()
        self.assertFalse(self.second.try_lease(10))

    def test_turn(self) -> None:
        """Who comes first works; the others wait until something was published."""
        self.assertTrue(self.successResultOf(self.turn(self.first)))
        second = self.turn(self.second)
        self.clock.pump([LOOK_S] * 100)
        self.assertNoResult(second)
        self.first.publish(b"x", 0)
        self.first.release()
        self.clock.advance(LOOK_S)
        self.assertFalse(self.successResultOf(second))
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertTrue(self.second.try_lease(10))

    def test_turn_without_result(self) -> None:
        """When the first gives up, or hangs, it is the next one's turn."""
        for gives_up in (True, False):
            self.turn(self.first)
            second = self.turn(self.second)
            if gives_up:
                self.first.release()
                self.clock.advance(LOOK_S)
            else:
                self.clock.pump([1] * 11)
            self.assertTrue(self.successResultOf(second))
            self.second.release()

    def test_turn_that_is_over(self) -> None:
        """Who knows an old version has no turn, and takes no lease."""
        self.first.publish(b"x", 0)
        self.assertFalse(self.successResultOf(self.turn(self.second)))
        self.assertTrue(self.first.try_lease(10))

    def test_turn_that_nobody_wants(self) -> None:
        """A cancelled wait leaves nothing behind."""
        self.turn(self.first)
        second = self.turn(self.second)
        second.cancel()
        self.failureResultOf(second, CancelledError)
        self.assertEqual([], self.clock.getDelayedCalls())


class SharedDocumentTests(LocalDocumentTests):
    """Documents of several processes."""

    def make(self) -> NodeState:
        state = SharedState.create(self.now_ns)
        self.addCleanup(state.close)
        return state
