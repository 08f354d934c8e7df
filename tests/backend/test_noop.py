"""Tests of `gatekeeper.backend.noop`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.noop import emptied, passed, relayed, without_stream
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.testing import FakeStream, request, run


class NoOpTests(SynchronousTestCase):
    """What passes through."""

    def test_headers(self) -> None:
        """Everything passes but what frames the body, whose length is known anyway."""
        lines = [
            ("Set-Cookie", "a"),
            ("set-cookie", "b"),
            ("content-length", "9"),
            ("Keep-Alive", "timeout=7"),
            ("X-Twelve-chr", "1"),
            ("X-Empty", ""),
        ]
        answer = relayed("GET", 418, lines, b"tea", 3)
        self.assertEqual(answer, Streamed(418, [*lines[:2], *lines[3:]], b"tea", 3))

    def test_length(self) -> None:
        """A stream's length is what the backend said, or nothing."""
        for length in (None, 5):
            self.assertEqual(relayed("GET", 200, (), FakeStream(), length).length, length)

    def test_head(self) -> None:
        """An answer to HEAD has no bytes, and promises none."""
        body = FakeStream()
        answer = relayed("HEAD", 200, [("Content-Length", "99"), ("ETag", "v")], body, 99)
        self.assertEqual(answer, Streamed(200, [("ETag", "v")], b"", 0))
        self.assertTrue(body.closed)

    def test_proxies(self) -> None:
        """Answers are relayed, or emptied where data is wanted; data stays data."""
        stream = FakeStream()
        data = Decoded({"a": 1})
        for response, relays, empties in [
            (Streamed(404, (), stream), Streamed(404, [], stream), Decoded({})),
            (data, data, data),
        ]:

            async def inner(_: Request, response: Response = response) -> Response:
                return response

            self.assertEqual(self.successResultOf(run(passed(inner)(request()))), relays)
            self.assertEqual(self.successResultOf(run(without_stream(inner)(request()))), empties)

    def test_emptied(self) -> None:
        """A stream that nobody wants is closed."""
        stream = FakeStream()
        self.assertEqual(emptied(Streamed(404, (), stream)), Decoded({}))
        self.assertTrue(stream.closed)
