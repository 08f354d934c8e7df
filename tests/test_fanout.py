"""Tests for several calls at the same time."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.asking import asker
from gatekeeper.fanout import FanOut
from gatekeeper.message import Decoded, Response, Streamed
from tests.calls import Backend, CallsTestCase, Stream, request


class Notes(FanOut):
    """Waits for so many ends, and writes down what happens."""

    def __init__(self, awaited: int) -> None:
        super().__init__()
        self.awaited = awaited
        self.seen: list[object] = []

    def answered(self, response: Response) -> bool:
        self.seen.append(response)
        return len(self.seen) >= self.awaited

    def failed(self, error: BaseException) -> bool:
        self.seen.append(type(error))
        return len(self.seen) >= self.awaited

    def expired(self) -> None:
        self.seen.append("expired")


class FanOutTests(CallsTestCase):
    """Two calls, and 5 s."""

    def setUp(self) -> None:
        super().setUp()
        self.a, self.b = Backend(), Backend()

    def begin(self, awaited: int) -> tuple[Notes, Deferred[None]]:
        notes = Notes(awaited)
        asks = [asker(self.a.proxy), asker(self.b.proxy)]
        work = notes.run(asks, request(), 5, self.runtime.deadlines)
        return notes, Deferred.fromCoroutine(work)

    def test_ends(self) -> None:
        """Answers and errors arrive in their order, and the whole ends when told so."""
        notes, call = self.begin(2)
        self.b.fail(ZeroDivisionError())
        self.assertNoResult(call)
        self.a.answer({"a": 1})
        self.successResultOf(call)
        self.assertEqual(notes.seen, [ZeroDivisionError, Decoded({"a": 1})])
        self.assertQuiet()

    def test_enough(self) -> None:
        """Calls that are not awaited are cancelled, which nobody hears of."""
        notes, call = self.begin(1)
        self.a.answer({"a": 1})
        self.successResultOf(call)
        self.assertEqual((self.a.cancelled, self.b.cancelled), (0, 1))
        self.assertEqual(len(notes.seen), 1)

    def test_late(self) -> None:
        """The end of the time is told once."""
        notes, call = self.begin(2)
        self.clock.advance(5)
        self.successResultOf(call)
        self.assertEqual(notes.seen, ["expired"])
        self.assertEqual((self.a.cancelled, self.b.cancelled), (1, 1))
        self.assertQuiet()

    def test_cancelled(self) -> None:
        """Nothing is told any more."""
        notes, call = self.begin(2)
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual(notes.seen, [])
        self.assertEqual((self.a.cancelled, self.b.cancelled), (1, 1))
        self.assertQuiet()

    def test_streams_behind_the_end(self) -> None:
        """They are closed."""
        stream = Stream(b"raw")
        held: Deferred[None] = Deferred()

        async def stubborn(asked: object) -> Response:
            try:
                await Deferred()
            except CancelledError:
                await held
            return Streamed(200, (), stream)

        notes = Notes(1)
        work = notes.run(
            [asker(stubborn), asker(self.a.proxy)], request(), 5, self.runtime.deadlines
        )
        call = Deferred.fromCoroutine(work)
        self.a.answer({})
        self.successResultOf(call)
        held.callback(None)
        self.assertTrue(stream.closed)
        self.assertEqual(len(notes.seen), 1)
