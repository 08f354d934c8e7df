"""Tests for merging backends that are called at the same time."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.components.proxy.parallel import parallel
from gatekeeper.errors import BackendError, BodyTooLarge, MergeError, RequestGone
from gatekeeper.message import Decoded, Response, Streamed
from tests.calls import Backend, CallsTestCase, Stream, always, broken, request, run


class ParallelTestCase(CallsTestCase):
    """Three backends, and 10 s for the endpoint."""

    def setUp(self) -> None:
        super().setUp()
        self.a, self.b, self.c = self.backends = [Backend() for _ in range(3)]
        proxies = [backend.proxy for backend in self.backends]
        self.proxy = parallel(10, self.runtime)(proxies)
        self.old_proxy = parallel(10, self.runtime, version=2)(proxies)

    def cancelled(self) -> list[int]:
        return [backend.cancelled for backend in self.backends]


class ParallelTests(ParallelTestCase):
    """Answers are folded as they arrive."""

    def test_at_the_same_time(self) -> None:
        """Each backend gets the request before any has answered."""
        asked = request(b"body", Id="7")
        self.assertNoResult(run(self.proxy, asked))
        for backend in self.backends:
            self.assertEqual(backend.requests, [asked])

    def test_order_of_arrival(self) -> None:
        """Of equal keys the later answer wins."""
        call = run(self.proxy)
        self.c.answer({"x": "c", "c": 1})
        self.a.answer({"x": "a", "a": 1})
        self.assertNoResult(call)
        self.b.answer({"x": "b", "b": 1})
        response = self.decoded(call)
        self.assertEqual(response, Decoded({"x": "b", "a": 1, "b": 1, "c": 1}))
        self.assertQuiet()

    def test_some_fail(self) -> None:
        """The rest is the answer, incomplete, with the errors."""
        call = run(self.proxy)
        self.b.fail(BackendError("b"))
        self.a.answer({"a": 1})
        self.c.fail(BackendError("c"))
        response = self.decoded(call)
        self.assertEqual((response.data, response.complete), ({"a": 1}, False))
        self.assertEqual(str(response.error), "b\nc")
        self.assertQuiet()

    def test_all_fail(self) -> None:
        """There is nothing to answer but the errors, in order of arrival."""
        call = run(self.proxy)
        for backend in (self.c, self.a, self.b):
            backend.fail(BackendError(f"{self.backends.index(backend)}"))
        self.assertEqual(str(self.failureResultOf(call, MergeError).value), "2\n0\n1")

    def test_all_fail_in_version_2(self) -> None:
        """An empty answer, which static data may take for an error."""
        call = run(self.old_proxy)
        for backend in self.backends:
            backend.fail(BackendError("no"))
        response = self.decoded(call)
        self.assertEqual((response.data, response.complete), ({}, False))
        self.assertIsInstance(response.error, MergeError)

    def test_null(self) -> None:
        """A part without data contributes nothing and makes the whole incomplete."""
        call = run(self.proxy)
        self.a.answer(None)
        self.b.answer({"b": 1})
        self.c.answer({})
        self.assertEqual(self.decoded(call), Decoded({"b": 1}, complete=False))

    def test_an_answer_with_an_error(self) -> None:
        """Counts as a failure: concurrent calls give such when none was good."""
        call = run(self.proxy)
        self.a.answer({"a": 1})
        self.b.answer(Decoded({"error_b": 1}, complete=False, error=BackendError("b")))
        self.c.answer({"c": 1})
        response = self.decoded(call)
        self.assertEqual((response.data, str(response.error)), ({"a": 1, "c": 1}, "b"))

    def test_streams(self) -> None:
        """A no-op backend adds nothing; its stream is closed."""
        call = run(self.proxy)
        stream = Stream(b"raw")
        self.a.answer(Streamed(500, [("X-A", "1")], stream))
        self.b.answer({"b": 1})
        self.c.answer({"c": 1})
        self.assertEqual(self.decoded(call), Decoded({"b": 1, "c": 1}))
        self.assertTrue(stream.closed)

    def test_unexpected_errors(self) -> None:
        """A bug in one part is logged, and only its place is told."""
        call = run(self.proxy)
        self.a.answer({"a": 1})
        self.b.fail(ValueError("token 1234"))
        self.c.answer({"c": 1})
        self.assertEqual(str(self.decoded(call).error), "internal error")
        self.assertEqual(len(self.written), 1)
        self.assertNotIn("1234", self.written[0])

    def test_at_once(self) -> None:
        """Backends that never wait need no timer."""
        proxies = [always(Decoded({"a": 1})), broken(BackendError("no")), always(Decoded(None))]
        response = self.decoded(run(parallel(10, self.runtime)(proxies)))
        self.assertEqual((response.data, response.complete), ({"a": 1}, False))
        self.assertQuiet()


class DeadlineTests(ParallelTestCase):
    """All parts together have 85 percent of the time."""

    def test_too_slow(self) -> None:
        """What arrived is the answer; the others are cancelled and count as late."""
        call = run(self.proxy)
        self.a.answer({"a": 1})
        self.clock.advance(8.4)
        self.assertNoResult(call)
        self.clock.advance(0.2)
        response = self.decoded(call)
        self.assertEqual((response.data, response.complete), ({"a": 1}, False))
        self.assertEqual(str(response.error), "\n".join(["context deadline exceeded"] * 2))
        self.assertEqual(self.cancelled(), [0, 1, 1])
        self.assertQuiet()

    def test_nothing_in_time(self) -> None:
        """One line for each backend, behind earlier errors."""
        call = run(self.proxy)
        self.c.fail(BackendError("refused"))
        self.clock.advance(9)
        error = self.failureResultOf(call, MergeError).value
        self.assertEqual(str(error), "\n".join(["refused", *["context deadline exceeded"] * 2]))

    def test_nothing_in_time_in_version_2(self) -> None:
        """An empty answer."""
        call = run(self.old_proxy)
        self.clock.advance(9)
        self.assertEqual(self.decoded(call).data, {})

    def test_no_time(self) -> None:
        """A negative timeout has always passed."""
        call = run(parallel(-1, self.runtime)([self.a.proxy, self.b.proxy]))
        self.clock.advance(0)
        self.failureResultOf(call, MergeError)

    def test_parts_that_do_not_let_go(self) -> None:
        """Nobody waits for them; streams that they bring later are closed."""
        late: Deferred[None] = Deferred()
        stream = Stream(b"raw")

        async def stubborn(asked: object) -> Response:
            try:
                await Deferred()
            except CancelledError:
                await late
            return Streamed(200, (), stream)

        call = run(parallel(10, self.runtime)([stubborn, always(Decoded({"a": 1}))]))
        self.clock.advance(9)
        self.assertEqual(self.decoded(call).data, {"a": 1})
        late.callback(None)
        self.assertTrue(stream.closed)
        self.assertQuiet()


class CancelTests(ParallelTestCase):
    """The client leaves."""

    def test_all_are_cancelled(self) -> None:
        """It looks like a cancel, and no timer is left."""
        call = run(self.proxy)
        self.a.answer({"a": 1})
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual(self.cancelled(), [0, 1, 1])
        self.assertQuiet()

    def test_a_part_that_fails_when_cancelled(self) -> None:
        """Its error is nobody's."""

        async def fails(asked: object) -> Response:
            try:
                await Deferred()
            finally:
                raise ValueError("while it was cancelled")

        call = run(parallel(10, self.runtime)([fails, self.a.proxy]))
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertQuiet()

    def test_a_part_that_is_cancelled_by_somebody_else(self) -> None:
        """Is an error like others."""
        call = run(self.proxy)
        self.a.calls[0].cancel()
        self.b.answer({"b": 1})
        self.c.answer({"c": 1})
        self.assertEqual(str(self.decoded(call).error), "context canceled")


class BodyTests(ParallelTestCase):
    """Each backend gets all bytes."""

    def bodies(self) -> list[Any]:
        return [asked.body for backend in self.backends for asked in backend.requests]

    def test_streams_are_read_first(self) -> None:
        """The whole body goes to all."""
        run(self.proxy, request(Stream(b"ab", b"c")))
        self.assertEqual(self.bodies(), [b"abc"] * 3)

    def test_too_long(self) -> None:
        """No backend is called."""
        call = run(self.proxy, request(Stream(length=10 * 1024 * 1024 + 1)))
        self.failureResultOf(call, BodyTooLarge)
        self.assertEqual(self.bodies(), [])

    def test_the_client_leaves_while_it_sends(self) -> None:
        """No backend is called, and the stream is closed."""
        stream = Stream(b"a", stays_open=True)
        call = run(self.proxy, request(stream))
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertTrue(stream.closed)
        call = run(self.proxy, request(Stream(error=ConnectionError("gone"))))
        self.failureResultOf(call, RequestGone)
        self.assertEqual(self.bodies(), [])
