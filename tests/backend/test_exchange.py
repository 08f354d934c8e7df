"""Tests of `gatekeeper.backend.exchange`."""

from __future__ import annotations

import gzip

from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import PRODUCT
from gatekeeper.backend.exchange import BackendAnswer, exchange, header_lines, sending
from gatekeeper.backend.proxies import DIRECT, Route
from gatekeeper.errors import RequestGone, TransportError, UnusableRequest
from gatekeeper.message import Request, Response
from gatekeeper.testing import FakeBackend, request, run
from gatekeeper.wire.client import ConnectFailed, ConnectionBroken, Origin


class HeaderLinesTests(SynchronousTestCase):
    """What a backend is told, in which order."""

    def lines(self, headers: dict[str, list[str]], method: str = "GET") -> list[str]:
        lines, _ = header_lines(method, compress=True)(headers)
        return [f"{name}: {value}" for name, value in lines]

    def test_order(self) -> None:
        """The agent first, then by name, the request for gzip last."""
        headers = {"X-B": ["2", "1"], "Cookie": ["c"], "User-Agent": ["ua"], "X-A": ["3"]}
        self.assertEqual(
            self.lines(headers),
            ["User-Agent: ua", "Cookie: c", "X-A: 3", "X-B: 2", "X-B: 1", "Accept-Encoding: gzip"],
        )

    def test_framing_is_not_ours(self) -> None:
        """Host and framing are left to the HTTP client."""
        headers = {"Content-Length": ["3"], "Host": ["evil"], "Transfer-Encoding": ["x"]}
        self.assertEqual(self.lines(headers), [f"User-Agent: {PRODUCT}", "Accept-Encoding: gzip"])

    def test_agent(self) -> None:
        """Without a name the gateway gives its own; an empty one is not sent."""
        self.assertEqual(self.lines({})[0], f"User-Agent: {PRODUCT}")
        for values in ([""], []):
            self.assertEqual(self.lines({"User-Agent": values}), ["Accept-Encoding: gzip"])

    def test_asking_for_gzip(self) -> None:
        """Who says what it accepts, wants a range or only a head is not asked over."""
        for headers, method in [
            ({"Accept-Encoding": ["identity"]}, "GET"),
            ({"Range": ["bytes=0-1"]}, "GET"),
            ({}, "HEAD"),
        ]:
            with self.subTest(headers=headers):
                self.assertNotIn("Accept-Encoding: gzip", self.lines(headers, method))
        self.assertEqual(header_lines("GET", compress=False)({"User-Agent": ["a"]})[1], False)

    def test_same_plan_twice(self) -> None:
        """A remembered plan writes the new values."""
        lines_of = header_lines("GET", compress=True)
        for value in ("1", "2"):
            self.assertIn(("X", value), lines_of({"X": [value]})[0])

    def test_many_plans(self) -> None:
        """Endless new names are served, but not remembered for ever."""
        lines_of = header_lines("GET", compress=True)
        for number in range(1100):
            self.assertIn((f"X-{number}", "1"), lines_of({f"X-{number}": ["1"]})[0])


class ExchangeTests(SynchronousTestCase):
    """One request, one answer."""

    def setUp(self) -> None:
        self.backend = FakeBackend()
        self.proxy = exchange(sending(self.backend, DIRECT), "GET", compress=True)

    def call(self, sent: Request) -> Response:
        return self.successResultOf(run(self.proxy(sent)))

    def test_call(self) -> None:
        """Origin, method, target and body are the request's."""
        self.call(request(method="PUT", url="http://h:81/a%20b?x=1", body=b"hello"))
        (call,) = self.backend.calls
        self.assertEqual(
            (call.origin, call.method, call.target, call.body),
            (Origin("http", "h", 81), "PUT", "/a%20b?x=1", b"hello"),
        )

    def test_answer(self) -> None:
        """The answer is given as it is, with the URL that gave it."""
        self.backend.on("/x", 404, b"no", [("x-a", "1")])
        self.assertEqual(
            self.call(request(url="http://h/x")),
            BackendAnswer(404, (("x-a", "1"),), b"no", 2, url="http://h/x"),
        )

    def test_unpacks_what_it_asked_for(self) -> None:
        """A compressed answer to our own wish is unpacked; another is left alone."""
        packed = gzip.compress(b"{}")
        self.backend.on("/x", body=packed, headers=[("Content-Encoding", "gzip")])
        self.assertEqual(self.call(request(url="http://h/x")).body, b"{}")  # type: ignore[union-attr]  # streamed
        asked = request(url="http://h/x", headers={"Accept-Encoding": ["gzip"]})
        self.assertEqual(self.call(asked).body, packed)  # type: ignore[union-attr]  # streamed

    def test_credentials_of_the_url(self) -> None:
        """They become a header, unless there is one, and no part of what is remembered."""
        answer = self.call(request(url="http://u:p@h/x"))
        self.assertEqual(self.backend.calls[0].headers["Authorization"], ["Basic dTpw"])
        self.assertEqual(answer.url, "http://h/x")  # type: ignore[union-attr]  # a BackendAnswer
        self.call(request(url="http://u:p@h/x", headers={"Authorization": ["mine"]}))
        self.assertEqual(self.backend.calls[1].headers["Authorization"], ["mine"])

    def test_failures(self) -> None:
        """Errors of the client are told as Go tells them."""
        table: list[tuple[Exception, type[Exception], str]] = [
            (
                ConnectFailed("dial tcp 127.0.0.1:9: connect: connection refused"),
                TransportError,
                'Get "http://h/x": dial tcp 127.0.0.1:9: connect: connection refused',
            ),
            (ConnectionBroken("EOF"), TransportError, 'Get "http://h/x": EOF'),
            (ValueError("invalid method"), UnusableRequest, 'Get "http://h/x": invalid method'),
            (ConnectionError("gone"), RequestGone, "the client left before its body was complete"),
        ]
        for error, kind, text in table:
            with self.subTest(text):
                self.backend = FakeBackend()
                self.backend.fails("/x", error)
                proxy = exchange(sending(self.backend, DIRECT), "GET", compress=True)
                failure = self.failureResultOf(run(proxy(request(url="http://u:p@h/x"))), kind)
                self.assertEqual(str(failure.value), text)

    def test_bad_url(self) -> None:
        """A URL that cannot be asked never reaches the client."""
        self.failureResultOf(run(self.proxy(request(url="ftp://h/x"))), UnusableRequest)
        self.assertEqual(self.backend.calls, [])

    def test_cancel(self) -> None:
        """Who gives up takes the exchange along."""
        self.backend.hangs("/x")
        waiting = run(self.proxy(request(url="http://h/x")))
        waiting.cancel()
        self.failureResultOf(waiting, CancelledError)
        self.assertTrue(self.backend.calls[0].cancelled)

    def test_through_a_proxy(self) -> None:
        """The proxy is asked in absolute form, for the backend's own host."""
        way = Route({"http": Origin("http", "proxy", 3128)}, ("near",))
        proxy = exchange(sending(self.backend, way), "GET", compress=True)
        for place in ("http://far:81/x?y=1", "http://near/x"):
            self.successResultOf(run(proxy(request(url=place))))
        far, near = self.backend.calls
        self.assertEqual((far.origin.host, far.target), ("proxy", "http://far:81/x?y=1"))
        self.assertEqual(far.lines[0], ("Host", "far:81"))
        self.assertEqual((near.origin.host, near.target), ("near", "/x"))
