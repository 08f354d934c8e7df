"""Tests of the public fakes in `gatekeeper.testing`."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import DeadlineExceeded
from gatekeeper.testing import (
    FakeBackend,
    FakeStream,
    RecordedLog,
    answer,
    client_request,
    request,
    run,
    runtime,
)
from gatekeeper.wire.client import Answer, ConnectionBroken, Origin

ORIGIN = Origin("http", "h", 80)


class FakeBackendTests(SynchronousTestCase):
    """A backend that does what the test says."""

    def setUp(self) -> None:
        self.backend = FakeBackend()

    def call(self, target: str = "/x", method: str = "GET") -> Deferred[Answer]:
        return self.backend.request(ORIGIN, method, target, [("A", "1"), ("A", "2")], b"body")

    def test_records(self) -> None:
        """Every call is remembered as it was given."""
        self.call("/x?y=1", "PUT")
        (call,) = self.backend.calls
        self.assertEqual(
            (call.origin, call.method, call.target, call.headers, call.body),
            (ORIGIN, "PUT", "/x?y=1", {"A": ["1", "2"]}, b"body"),
        )

    def test_without_script(self) -> None:
        """Unknown targets answer 200 and an empty object."""
        self.assertEqual(self.successResultOf(self.call()), answer())

    def test_script(self) -> None:
        """Answers are given in turn, the last one stays; a method can be named."""
        self.backend.on("/x", 500)
        self.backend.on("/x", body={"a": 1}, headers=[("B", "2")])
        self.backend.on("PUT /x", 201)
        self.assertEqual(self.successResultOf(self.call()).status, 500)
        for _ in range(2):
            found = self.successResultOf(self.call())
            self.assertEqual((found.status, found.body, found.length), (200, b'{"a": 1}', 8))
        self.assertEqual(self.successResultOf(self.call(method="PUT")).status, 201)

    def test_failure(self) -> None:
        """A target can fail."""
        self.backend.fails("/x", ConnectionBroken("EOF"))
        self.failureResultOf(self.call(), ConnectionBroken)

    def test_hanging(self) -> None:
        """A call can wait until the test answers it."""
        self.backend.hangs("/x")
        first, second = self.call(), self.call()
        self.assertNoResult(first)
        self.backend.calls[0].answer(answer(201))
        self.backend.calls[1].answer(ConnectionBroken("EOF"))
        self.assertEqual(self.successResultOf(first).status, 201)
        self.failureResultOf(second, ConnectionBroken)
        self.assertRaises(ValueError, self.backend.calls[0].answer, answer())

    def test_cancelling(self) -> None:
        """A call that is given up knows it."""
        self.backend.hangs("/x")
        waiting = self.call()
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertTrue(self.backend.calls[0].cancelled)


class FakeStreamTests(SynchronousTestCase):
    """A body in pieces."""

    def test_pieces(self) -> None:
        """What has arrived is given piece by piece, then the end."""
        stream = FakeStream(b"a", b"b")
        found = [self.successResultOf(run(stream.read())) for _ in range(3)]
        self.assertEqual(found, [b"a", b"b", b""])

    def test_waiting(self) -> None:
        """A reader waits for pieces and for the end."""
        stream = FakeStream()
        reading = run(stream.read())
        self.assertNoResult(reading)
        stream.send(b"a")
        self.assertEqual(self.successResultOf(reading), b"a")
        reading = run(stream.read())
        stream.end()
        self.assertEqual(self.successResultOf(reading), b"")

    def test_breaking(self) -> None:
        """A stream can break, before or while it is read."""
        stream = FakeStream()
        reading = run(stream.read())
        stream.break_off()
        self.failureResultOf(reading, ConnectionError)
        self.failureResultOf(run(stream.read()), ConnectionError)

    def test_giving_up(self) -> None:
        """Who stops reading closes the stream."""
        stream = FakeStream()
        reading = run(stream.read())
        reading.cancel()
        self.failureResultOf(reading, CancelledError)
        self.assertTrue(stream.cancelled)
        self.assertEqual(self.successResultOf(run(stream.read())), b"")


class RuntimeTests(SynchronousTestCase):
    """What components are lent."""

    def test_time(self) -> None:
        """Deadlines run on the test's clock."""
        clock = Clock()
        lent = runtime(clock)
        stream = FakeStream()
        waiting = lent.within(2, stream.read())
        clock.advance(2)
        self.failureResultOf(waiting, DeadlineExceeded)

    def test_log(self) -> None:
        """Log lines are kept from their level on."""
        log = RecordedLog("INFO")
        log.debug("no")
        say = log.info
        say("yes", 1, True)
        self.assertEqual(log.lines, [("INFO", "yes 1 true")])


class RequestTests(SynchronousTestCase):
    """Values with defaults."""

    def test_request(self) -> None:
        """A request has the headers that the gateway always sends."""
        self.assertEqual(
            set(request().headers), {"User-Agent", "X-Forwarded-For", "X-Forwarded-Host"}
        )
        self.assertEqual(request(headers={}).headers, {})

    def test_client_request(self) -> None:
        """A client's request is taken apart like the wire does."""
        made = client_request("/a?b=1", "POST")
        self.assertEqual((made.method, made.path, made.query), ("POST", "/a", "b=1"))
