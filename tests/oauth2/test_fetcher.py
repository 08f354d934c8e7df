"""Tests of `gatekeeper.oauth2.fetcher`."""

from __future__ import annotations

import gzip

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.outbound import outbound
from gatekeeper.nodewide.local import LocalMemory
from gatekeeper.oauth2.answer import Token
from gatekeeper.oauth2.errors import NoToken
from gatekeeper.oauth2.fetcher import MAX_BYTES, TokenFetcher
from gatekeeper.oauth2.grant import Grant
from gatekeeper.testing import FakeBackend, FakeStream, answer, run
from gatekeeper.wire.client import ConnectFailed, Origin

GRANT = Grant("shop", "s3cr:t", "http://idp.example:8080/token?realm=a")
TARGET = "/token?realm=a"
GOOD = {"access_token": "t", "expires_in": 60}


class FetcherTests(SynchronousTestCase):
    """Conversations with a token server."""

    def setUp(self) -> None:
        self.server = FakeBackend()

    def start(self, grant: Grant = GRANT) -> Deferred[Token]:
        self.fetcher = TokenFetcher(grant, outbound(self.server, {}), LocalMemory(1))
        return run(self.fetcher.fetch())

    def token(self) -> str:
        return self.successResultOf(self.start()).authorization

    def why(self, grant: Grant = GRANT) -> str:
        error = self.failureResultOf(self.start(grant), NoToken).value
        self.assertNotIn("s3cr", str(error))
        return str(error)

    def styles(self) -> list[str]:
        """Tell how each request has shown the credentials."""
        return [
            "header" if "Authorization" in call.headers else "form" for call in self.server.calls
        ]

    def test_the_request(self) -> None:
        """Is a POST of a form to the server of the URL."""
        self.server.on(TARGET, body=GOOD)
        self.assertEqual("Bearer t", self.token())
        [call] = self.server.calls
        self.assertEqual(
            (Origin("http", "idp.example", 8080), "POST", TARGET),
            (call.origin, call.method, call.target),
        )
        self.assertEqual(["application/x-www-form-urlencoded"], call.headers["Content-Type"])
        self.assertIn("User-Agent", call.headers)
        body = call.body
        assert not isinstance(body, bytes)
        sent = self.successResultOf(run(body.read()))
        self.assertEqual((36, b"grant_type=client_credentials&scope="), (body.length, sent))

    def test_the_second_style(self) -> None:
        """When the header fails, whatever the reason, the form is tried and remembered."""
        for first in (answer(401, {"error": "invalid_client"}), ConnectFailed("refused")):
            self.server = FakeBackend()
            if isinstance(first, ConnectFailed):
                self.server.fails(TARGET, first)
            else:
                self.server.on(TARGET, 401, {"error": "invalid_client"})
            self.server.on(TARGET, body=GOOD)
            self.assertEqual("Bearer t", self.token())
            self.successResultOf(run(self.fetcher.fetch()))
            self.assertEqual(["header", "form", "form"], self.styles())

    def test_the_first_style_is_remembered(self) -> None:
        """A later failure does not try the other one."""
        self.server.on(TARGET, body=GOOD)
        self.server.on(TARGET, 500, b"")
        self.token()
        self.failureResultOf(run(self.fetcher.fetch()), NoToken)
        self.assertEqual(["header", "header"], self.styles())

    def test_the_style_of_another_worker(self) -> None:
        """What worked for one is what all workers use."""
        learnt = LocalMemory(1)
        self.server.on(TARGET, 401, {"error": "invalid_client"})
        self.server.on(TARGET, body=GOOD)
        for _ in range(2):
            worker = TokenFetcher(GRANT, outbound(self.server, {}), learnt)
            self.successResultOf(run(worker.fetch()))
        self.assertEqual(["header", "form", "form"], self.styles())

    def test_no_style_works(self) -> None:
        """Then every fetch costs two requests, and the second one's reason counts."""
        self.server.on(TARGET, 401, b"one")
        self.server.on(TARGET, 403, b"two")
        self.assertIn("403", self.why())
        self.failureResultOf(run(self.fetcher.fetch()), NoToken)
        self.assertEqual(["header", "form"] * 2, self.styles())

    def test_a_server_that_is_down(self) -> None:
        """The URL is named without its query."""
        self.server.fails(TARGET, ConnectFailed("dial tcp: connect: connection refused"))
        self.assertEqual(
            'Post "http://idp.example:8080/token": dial tcp: connect: connection refused',
            self.why(),
        )

    def test_unusable_urls(self) -> None:
        """Are failures like others."""
        for place in ("", "/token", "ftp://idp/", "http://", "http://a:b@idp/t", "http://[/", "x"):
            with self.subTest(place):
                self.assertTrue(self.why(evolve(GRANT, token_url=place)).startswith('Post "'))
        self.assertEqual([], self.server.calls)

    def test_secrets_that_are_repeated(self) -> None:
        """A server that says our secret does not get it into the log."""
        for said in (b"s3cr:t is wrong", b"s3cr%3At is wrong"):
            self.server = FakeBackend()
            self.server.on(TARGET, 400, said)
            self.assertIn("*** is wrong", self.why())

    def test_streams_and_gzip(self) -> None:
        """Answers may come in pieces, and packed."""
        packed = gzip.compress(b'{"access_token": "t"}')
        header = [("Content-Encoding", "gzip")]
        for body, headers in [
            (FakeStream(b'{"access_', b'token": "t"}'), []),
            (FakeStream(packed[:9], packed[9:]), header),
            (packed, header),
        ]:
            self.server = FakeBackend()
            self.server.on(TARGET, body=body, headers=headers)
            self.assertEqual("Bearer t", self.token())

    def test_answers_that_break(self) -> None:
        """Cut off, no gzip, or too long: no token, and nothing hangs."""
        header = [("Content-Encoding", "gzip")]
        broken = FakeStream(b'{"access_token": "t"}', ended=False)
        broken.break_off()
        long = [FakeStream(*[b" " * 65536] * 17, ended=False) for _ in range(2)]
        bomb = gzip.compress(b" " * (MAX_BYTES + 1))
        for expected, bodies, headers in [
            ("unexpected EOF", [broken], []),
            ("gzip", [b"no"], header),
            ("unexpected EOF", [FakeStream(b"no gzip at all") for _ in range(2)], header),
            ("more than 1048576 bytes", long, []),
            ("", [bomb], header),
        ]:
            with self.subTest(expected):
                self.server = FakeBackend()
                for body in bodies:
                    self.server.on(TARGET, body=body, headers=headers)
                self.assertIn(expected, self.why())
        self.assertTrue(all(stream.closed for stream in long))

    def test_redirects(self) -> None:
        """307 and 308 are asked again with the form, the others with GET."""
        for status, method in [
            (301, "GET"),
            (302, "GET"),
            (303, "GET"),
            (307, "POST"),
            (308, "POST"),
        ]:
            with self.subTest(status=status):
                self.server = FakeBackend()
                self.server.on(TARGET, status, b"moved", [("Location", "/new")])
                self.server.on("/new", body=GOOD)
                self.assertEqual("Bearer t", self.token())
                second = self.server.calls[1]
                self.assertEqual((method, ["header"] * 2), (second.method, self.styles()))
                self.assertEqual(method == "POST", second.body != b"")

    def test_redirects_to_another_server(self) -> None:
        """Are not followed: neither secret nor token request goes there."""
        for place in ("http://evil.example/", "http://idp.example/", "https://idp.example:8080/"):
            self.server = FakeBackend()
            self.server.on(TARGET, 307, b"", [("Location", place)])
            self.assertIn(f"the redirect to {place} leads to another server", self.why())
            self.assertEqual({8080}, {call.origin.port for call in self.server.calls})
            self.assertEqual({"http"}, {call.origin.scheme for call in self.server.calls})

    def test_redirects_without_end(self) -> None:
        """Ten requests are enough."""
        self.server.on(TARGET, 307, b"", [("Location", TARGET)])
        self.assertIn("stopped after 10 redirects", self.why())

    def test_cookies(self) -> None:
        """Are neither kept nor sent."""
        self.server.on(TARGET, 401, b"", [("Set-Cookie", "a=b")])
        self.server.on(TARGET, body=GOOD)
        self.token()
        self.assertNotIn("Cookie", {name.title() for name in self.server.calls[1].headers})

    def test_given_up(self) -> None:
        """A cancel ends the request, or the reading of its answer, and tries nothing else."""
        self.server.hangs(TARGET)
        fetching = self.start()
        fetching.cancel()
        self.failureResultOf(fetching, CancelledError)
        self.assertTrue(self.server.calls[0].cancelled)
        self.server = FakeBackend()
        stream = FakeStream(b'{"access_token": "t"}', ended=False)
        self.server.on(TARGET, body=stream)
        fetching = self.start()
        fetching.cancel()
        self.failureResultOf(fetching, CancelledError)
        self.assertTrue(stream.closed)
        self.assertEqual(1, len(self.server.calls))
