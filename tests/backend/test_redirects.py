"""Tests of `gatekeeper.backend.redirects`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.exchange import exchange, sending
from gatekeeper.backend.proxies import DIRECT
from gatekeeper.backend.redirects import redirects
from gatekeeper.errors import TransportError
from gatekeeper.message import Request, Streamed
from gatekeeper.testing import Call, FakeBackend, FakeStream, request, run


class RedirectTests(SynchronousTestCase):
    """Which redirects are followed, and how."""

    def setUp(self) -> None:
        self.backend = FakeBackend()

    def moved(self, path: str, status: int, place: str) -> None:
        self.backend.on(path, status, b"moved", [("location", place)])

    def follow(self, sent: Request, *, send_body: bool = False) -> tuple[Streamed, list[Call]]:
        leaf = exchange(sending(self.backend, DIRECT), sent.method, compress=True)
        answer = self.successResultOf(run(redirects(send_body=send_body)(leaf)(sent)))
        assert isinstance(answer, Streamed)
        return answer, self.backend.calls

    def test_methods(self) -> None:
        """The table of the module."""
        body = b"{}"
        table = [
            (301, "GET", b"", "GET", b""),
            (302, "HEAD", b"", "HEAD", b""),
            (303, "POST", b"", "GET", b""),
            (301, "POST", body, "GET", b""),
            (302, "PUT", body, "GET", b""),
            (307, "GET", b"", "GET", b""),
            (307, "POST", b"", "POST", b""),
            (308, "DELETE", b"", "DELETE", b""),
        ]
        for status, method, sent, then, kept in table:
            with self.subTest(status=status, method=method):
                self.backend = FakeBackend()
                self.moved("/old", status, "/new")
                answer, calls = self.follow(request(method=method, url="http://h/old", body=sent))
                self.assertEqual(answer.status, 200)
                self.assertEqual((calls[1].method, calls[1].body), (then, kept))

    def test_body_that_cannot_be_sent_again(self) -> None:
        """307 and 308 are then ordinary answers."""
        for status in (307, 308):
            self.backend = FakeBackend()
            self.moved("/old", status, "/new")
            answer, calls = self.follow(request(method="POST", url="http://h/old", body=b"{}"))
            self.assertEqual((answer.status, answer.body, len(calls)), (status, b"moved", 1))

    def test_send_body(self) -> None:
        """With `send_body_on_redirect` they are followed; a stream is kept in memory."""
        self.moved("/old", 307, "/new")
        sent = request(method="POST", url="http://h/old", body=FakeStream(b"{", b"}"))
        _, calls = self.follow(sent, send_body=True)
        self.assertEqual([(call.method, call.body) for call in calls], [("POST", b"{}")] * 2)

    def test_places(self) -> None:
        """Locations are resolved as RFC 3986 says."""
        table = [
            ("/new", "http://h:81", "/new"),
            ("../new?x=1", "http://h:81", "/new?x=1"),
            ("?page=2", "http://h:81", "/shop/old?page=2"),
            ("http://other/new#part", "http://other", "/new"),
            ("//other/new", "http://other", "/new"),
            ("/a b/\xc3\xbc", "http://h:81", "/a%20b/%C3%BC"),
        ]
        for place, base, target in table:
            with self.subTest(place):
                self.backend = FakeBackend()
                self.moved("/shop/old?page=1", 302, place)
                _, calls = self.follow(request(url="http://h:81/shop/old?page=1"))
                origin = calls[1].origin
                self.assertEqual((f"http://{origin.netloc}", calls[1].target), (base, target))

    def test_ordinary_answers(self) -> None:
        """300, 304, 305, and a 302 without location, are not followed."""
        for status, headers in [
            (300, [("Location", "/new")]),
            (304, [("Location", "/new")]),
            (305, [("Location", "/new")]),
            (302, []),
            (302, [("Location", "")]),
            (200, [("Location", "/new")]),
        ]:
            with self.subTest(status=status):
                self.backend = FakeBackend()
                self.backend.on("/old", status, b"", headers)
                answer, calls = self.follow(request(url="http://h/old"))
                self.assertEqual((answer.status, len(calls)), (status, 1))

    def test_ten_requests(self) -> None:
        """Nine redirects are fine, the tenth fails with the original's words."""
        for number in range(1, 10):
            self.moved(f"/{number}", 302, f"/{number + 1}")
        _, calls = self.follow(request(url="http://h/1"))
        self.assertEqual((len(calls), calls[-1].target), (10, "/10"))
        self.backend = FakeBackend()
        self.moved("/endless", 302, "/endless")
        failure = self.failureResultOf(self.start("http://h/endless"), TransportError)
        self.assertEqual(str(failure.value), 'Get "/endless": stopped after 10 redirects')
        self.assertEqual(len(self.backend.calls), 10)

    def start(self, place: str):  # type: ignore[no-untyped-def]  # a Deferred
        leaf = exchange(sending(self.backend, DIRECT), "GET", compress=True)
        return run(redirects(send_body=False)(leaf)(request(url=place)))

    def test_nowhere(self) -> None:
        """Only HTTP is followed, and only to places that can be asked."""
        for place in ("ftp://h/x", "file:///etc/passwd", "/%zz", "http://[x/", "http://h:x/"):
            with self.subTest(place):
                self.backend = FakeBackend()
                self.moved("/old", 302, place)
                self.failureResultOf(self.start("http://h/old"), TransportError)
                self.assertEqual(len(self.backend.calls), 1)

    def test_referer(self) -> None:
        """Each request names the one before; a client's own Referer stays."""
        self.moved("/1", 302, "/2")
        self.moved("/2", 302, "/3")
        _, calls = self.follow(request(url="http://u:p@h/1"))
        referers = [call.headers.get("Referer") for call in calls]
        self.assertEqual(referers, [None, ["http://h/1"], ["http://h/2"]])
        sent = request(url="http://h/1", headers={"Referer": ["http://shop/"]})
        self.assertEqual(self.follow(sent)[1][-1].headers["Referer"], ["http://shop/"])

    def test_referer_of_https(self) -> None:
        """Plain text is not told what was asked in private."""
        self.moved("/1", 302, "http://h/2")
        _, calls = self.follow(request(url="https://h/1"))
        self.assertNotIn("Referer", calls[1].headers)

    def test_credentials(self) -> None:
        """They go only to the origin they were meant for, and do not come back."""
        secret = {"Authorization": ["a"], "Cookie": ["c"], "X-Tenant": ["t"]}
        for place, kept in [
            ("/new", True),
            ("http://h/new", True),
            ("http://h:81/new", False),
            ("https://h/new", False),
            ("http://sub.h/new", False),
        ]:
            with self.subTest(place):
                self.backend = FakeBackend()
                self.moved("/old", 302, place)
                _, calls = self.follow(request(url="http://h/old", headers=secret))
                self.assertEqual("Authorization" in calls[1].headers, kept)
                self.assertEqual("Cookie" in calls[1].headers, kept)
                self.assertEqual(calls[1].headers["X-Tenant"], ["t"])
        self.backend = FakeBackend()
        self.moved("/1", 302, "http://other/2")
        self.moved("/2", 302, "http://h/3")
        _, calls = self.follow(request(url="http://h/1", headers=secret))
        self.assertNotIn("Cookie", calls[2].headers)

    def test_credentials_of_the_configuration(self) -> None:
        """Those in a host's URL stay with it as well."""
        self.moved("/1", 302, "/2")
        self.moved("/2", 302, "http://other/3")
        _, calls = self.follow(request(url="http://u:p@h/1"))
        sent = [call.headers.get("Authorization") for call in calls]
        self.assertEqual(sent, [["Basic dTpw"], ["Basic dTpw"], None])

    def test_bodies_are_dropped(self) -> None:
        """The body of a redirect is not waited for."""
        body = FakeStream()
        self.backend.on("/old", 302, body, [("Location", "/new")])
        self.follow(request(url="http://h/old"))
        self.assertTrue(body.closed)
