"""Tests for sending a request several times."""

from __future__ import annotations

from twisted.internet.defer import CancelledError

from gatekeeper.backend.concurrent import concurrent
from gatekeeper.errors import BackendError, BodyTooLarge, DeadlineExceeded, Refused
from gatekeeper.message import Decoded, Streamed
from tests.calls import Backend, CallsTestCase, Stream, always, broken, request, run

DETAILS = Decoded({"error_x": 1}, complete=False)


class ConcurrentTests(CallsTestCase):
    """Three calls, and 10 s for the endpoint."""

    def setUp(self) -> None:
        super().setUp()
        self.backend = Backend()
        self.proxy = concurrent(3, 10, self.runtime)(self.backend.proxy)

    def test_the_first_success_wins(self) -> None:
        """The others are cancelled."""
        call = run(self.proxy)
        self.backend.fail(BackendError("no"), call=2)
        self.assertNoResult(call)
        self.backend.answer({"call": 1}, call=1)
        self.assertEqual(self.decoded(call), Decoded({"call": 1}))
        self.assertEqual((len(self.backend.calls), self.backend.cancelled), (3, 1))
        self.assertQuiet()

    def test_each_call_has_the_request(self) -> None:
        """Body and all; a stream is read first."""
        run(self.proxy, request(Stream(b"a", b"b"), Id="7"))
        self.assertEqual(self.backend.requests, [request(b"ab", Id="7")] * 3)

    def test_a_body_that_is_too_long(self) -> None:
        """No call is made."""
        call = run(self.proxy, request(Stream(length=10 * 1024 * 1024 + 1)))
        self.failureResultOf(call, BodyTooLarge)
        self.assertEqual(self.backend.requests, [])

    def test_only_failures(self) -> None:
        """The last error is the answer, whatever it is."""
        call = run(self.proxy)
        self.backend.fail(BackendError("first"), call=1)
        self.backend.fail(ValueError("second"), call=0)
        self.backend.fail(BackendError("third"), call=2)
        self.assertEqual(str(self.failureResultOf(call, BackendError).value), "third")

    def test_incomplete_answers(self) -> None:
        """They are no success, but the last of them is better than nothing."""
        call = run(self.proxy)
        for number in range(3):
            self.backend.answer(Decoded({"error_x": number}, complete=False), call=number)
        self.assertEqual(self.decoded(call), Decoded({"error_x": 2}, complete=False))

    def test_incomplete_answers_and_failures(self) -> None:
        """The answer has the last error with it."""
        call = run(self.proxy)
        self.backend.fail(ValueError("token 1234"), call=1)
        self.backend.answer(DETAILS, call=0)
        self.backend.answer(DETAILS, call=2)
        response = self.decoded(call)
        self.assertEqual((response.data, response.complete), (DETAILS.data, False))
        self.assertEqual(str(response.error), "internal error")
        self.assertNotIn("1234", "".join(self.written))

    def test_an_incomplete_answer_and_a_refusal(self) -> None:
        """An error that is no backend's own is told in the same way."""
        call = run(concurrent(2, 10, self.runtime)(self.backend.proxy))
        self.backend.answer(DETAILS, call=0)
        self.backend.fail(Refused(429, "slow down"), call=1)
        self.assertEqual(str(self.decoded(call).error), "slow down")

    def test_success_behind_failures(self) -> None:
        """Leaves no error behind."""
        call = run(self.proxy)
        self.backend.answer(DETAILS, call=0)
        self.backend.fail(BackendError("no"), call=1)
        self.backend.answer({"a": 1}, call=2)
        self.assertEqual(self.decoded(call), Decoded({"a": 1}))

    def test_late(self) -> None:
        """All calls together have 75 percent of the time."""
        call = run(self.proxy)
        self.backend.fail(BackendError("no"), call=1)
        self.clock.advance(7.4)
        self.assertNoResult(call)
        self.clock.advance(0.2)
        self.failureResultOf(call, DeadlineExceeded)
        self.assertEqual(self.backend.cancelled, 2)
        self.assertQuiet()

    def test_late_with_something(self) -> None:
        """An incomplete answer is given, with the error."""
        call = run(self.proxy)
        self.backend.answer(DETAILS, call=1)
        self.clock.advance(8)
        self.assertIsInstance(self.decoded(call).error, DeadlineExceeded)

    def test_cancelled(self) -> None:
        """All calls are."""
        call = run(self.proxy)
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual(self.backend.cancelled, 3)
        self.assertQuiet()

    def test_at_once(self) -> None:
        """Calls that have not begun when the first answer is there are left out."""
        asked: list[object] = []

        async def quick(request: object) -> Decoded:
            asked.append(request)
            return Decoded({"a": 1})

        self.assertEqual(self.decoded(run(concurrent(3, 10, self.runtime)(quick))).data, {"a": 1})
        self.assertEqual(len(asked), 1)
        call = run(concurrent(3, 10, self.runtime)(broken(BackendError("no"))))
        self.failureResultOf(call, BackendError)
        self.assertQuiet()


class StreamTests(CallsTestCase):
    """Bytes that pass through."""

    def test_any_status_wins(self) -> None:
        """A no-op answer is always complete; its stream stays open."""
        stream = Stream(b"raw")
        streamed = Streamed(500, (), stream)
        call = run(concurrent(2, 10, self.runtime)(always(streamed)))
        self.assertIs(self.successResultOf(call), streamed)
        self.assertFalse(stream.closed)

    def test_losers_are_closed(self) -> None:
        """A stream that comes too late, in spite of the cancel, is not left open."""
        backend, stream = Backend(), Stream(b"raw")

        async def saves(asked: object) -> Streamed:
            try:
                await backend.proxy(request())
            except CancelledError:
                return Streamed(200, (), stream)
            return Streamed(200, (), b"first")

        call = run(concurrent(2, 10, self.runtime)(saves))
        backend.answer({}, call=0)
        response = self.successResultOf(call)
        assert isinstance(response, Streamed)
        self.assertEqual(response.body, b"first")
        self.assertTrue(stream.closed)
        self.assertQuiet()
