"""Tests for copies of requests."""

from __future__ import annotations

from twisted.internet.defer import CancelledError

from gatekeeper.components.proxy.shadow import shadow
from gatekeeper.errors import BackendError
from gatekeeper.message import Decoded, Streamed
from tests.calls import Backend, CallsTestCase, Stream, request, run


class ShadowTests(CallsTestCase):
    """A regular backend, and a shadow that has 5 s."""

    def setUp(self) -> None:
        super().setUp()
        self.regular, self.shadow = Backend(), Backend()
        self.proxy = shadow(self.shadow.proxy, 5, self.runtime)(self.regular.proxy)

    def test_both_get_the_request(self) -> None:
        """Body and all; a stream is read first."""
        asked = request(b"data", Id="7")
        run(self.proxy, asked)
        run(self.proxy, request(Stream(b"da", b"ta"), Id="7"))
        for backend in (self.regular, self.shadow):
            self.assertEqual(backend.requests, [asked, asked])

    def test_only_the_regular_answer_counts(self) -> None:
        """Nobody waits for the shadow."""
        call = run(self.proxy)
        self.regular.answer({"id": 7})
        self.assertEqual(self.decoded(call), Decoded({"id": 7}))
        self.shadow.answer({"beta": True})
        self.assertQuiet()

    def test_errors_do_not_matter(self) -> None:
        """Neither expected nor late ones."""
        for error in (BackendError("no"), None):
            call = run(self.proxy)
            if error:
                self.shadow.fail(error)
            else:
                self.clock.advance(5)
            self.regular.answer({"id": 7}, call=-1)
            self.assertEqual(self.decoded(call).data, {"id": 7})
        self.assertEqual(self.shadow.cancelled, 1)
        self.assertQuiet()

    def test_bugs_are_logged(self) -> None:
        """They would be seen nowhere else."""
        run(self.proxy)
        self.shadow.fail(ValueError("token 1234"))
        self.assertEqual(len(self.written), 1)
        self.assertNotIn("1234", self.written[0])

    def test_the_regular_backend_fails(self) -> None:
        """That is the answer."""
        call = run(self.proxy)
        self.shadow.answer({"beta": True})
        self.regular.fail(BackendError("no"))
        self.failureResultOf(call, BackendError)

    def test_the_client_leaves(self) -> None:
        """The shadow goes on."""
        call = run(self.proxy)
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.assertEqual((self.regular.cancelled, self.shadow.cancelled), (1, 0))
        self.clock.advance(5)
        self.assertEqual(self.shadow.cancelled, 1)

    def test_streams_are_closed(self) -> None:
        """A no-op shadow's body is not read."""
        stream = Stream(b"raw")
        run(self.proxy)
        self.shadow.answer(Streamed(200, (), stream))
        self.assertTrue(stream.closed)
