"""Tests of `gatekeeper.httpcache.recording`."""

from __future__ import annotations

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.body import read_body
from gatekeeper.httpcache.allowance import Allowance
from gatekeeper.httpcache.recording import RecordedBody
from gatekeeper.testing import FakeStream, run


class RecordingTests(SynchronousTestCase):
    """A body that passes by."""

    def setUp(self) -> None:
        self.kept: list[bytes] = []
        self.allowance = Allowance(10)

    def record(self, stream: FakeStream, longest: int = 10) -> RecordedBody:
        return RecordedBody(stream, longest, self.allowance, self.kept.append)

    def test_complete(self) -> None:
        """A body that was read to its end is kept, once, and the memory given back."""
        body = self.record(FakeStream(b"ab", b"cd", length=4))
        self.assertEqual(body.length, 4)
        self.assertEqual(self.successResultOf(run(read_body(body))), b"abcd")
        self.assertEqual(self.successResultOf(run(body.read())), b"")
        body.close()
        self.assertEqual((self.kept, self.allowance.used), ([b"abcd"], 0))

    def test_client_leaves(self) -> None:
        """A reader that closes in the middle keeps nothing; the backend is told."""
        stream = FakeStream(b"ab", b"cd")
        body = self.record(stream)
        self.successResultOf(run(body.read()))
        self.assertEqual(self.allowance.used, 2)
        body.close()
        self.assertTrue(stream.closed)
        self.assertEqual((self.kept, self.allowance.used), ([], 0))

    def test_cancelled(self) -> None:
        """A reader that is cancelled while it waits keeps nothing."""
        stream = FakeStream(b"ab", ended=False)
        body = self.record(stream)
        self.successResultOf(run(body.read()))
        waiting = run(body.read())
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertTrue(stream.cancelled)
        self.assertEqual((self.kept, self.allowance.used), ([], 0))

    def test_broken(self) -> None:
        """A body that breaks off is not kept."""
        stream = FakeStream(b"ab", ended=False)
        stream.break_off()
        self.failureResultOf(run(read_body(self.record(stream))), ConnectionError)
        self.assertEqual((self.kept, self.allowance.used), ([], 0))

    def test_wrong_length(self) -> None:
        """Fewer bytes than were announced are not a body."""
        body = self.record(FakeStream(b"ab", length=3))
        self.successResultOf(run(read_body(body)))
        self.assertEqual(self.kept, [])

    def test_too_long(self) -> None:
        """A body that grows too long is read all the same."""
        body = self.record(FakeStream(b"abc", b"d", b"e"), longest=3)
        self.assertEqual(self.successResultOf(run(read_body(body))), b"abcde")
        self.assertEqual((self.kept, self.allowance.used), ([], 0))

    def test_no_memory(self) -> None:
        """When others hold all the memory, a body is read and not kept."""
        self.allowance.take(8)
        body = self.record(FakeStream(b"ab", b"c"))
        self.assertEqual(self.successResultOf(run(read_body(body))), b"abc")
        self.assertEqual((self.kept, self.allowance.used), ([], 8))
