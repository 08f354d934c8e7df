"""Tests of `gatekeeper.components.security.http`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.security.http import Security, component, security
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import Reply
from gatekeeper.testing import runtime
from tests.web.fakes import FakeExchange

BAD_HOST = Reply(
    500,
    (("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")),
    b"Bad Host\n",
)


class SecurityTestCase(SynchronousTestCase):
    version = 3

    def guard(self, value: dict[str, Any]) -> Any:
        problems = Problems()
        settings: Security = component.settings(Reader(value, "/x", problems))
        self.assertEqual(problems.found, [])
        placement = Placement(ServiceConfig(version=self.version))
        return security(settings, placement, runtime(), lambda size: b"n" * size)

    def ask(
        self,
        value: dict[str, Any],
        target: str = "/a",
        method: str = "GET",
        *,
        secure: bool = False,
        host: str = "shop.example",
        **headers: str,
    ) -> Reply | dict[str, str]:
        """Send a request; give the lines of its answer, or a reply that ends it."""
        named = {name.replace("_", "-"): [text] for name, text in headers.items()}
        exchange = FakeExchange(target, method, named, host=host)
        exchange.secure = secure
        outcome = self.guard(value)(exchange)
        if isinstance(outcome, Reply):
            return outcome
        outcome.respond(200, (), b"")
        return dict(exchange.lines)


class HostTests(SecurityTestCase):
    """Which hosts are served."""

    def test_names(self) -> None:
        """Hosts are compared as a whole, with their port, in any letter case."""
        for host, good in [
            ("ok.example", True),
            ("OK.Example", True),
            ("ok.example:8443", True),
            ("ok.example:80", False),
            ("x.ok.example", False),
            ("", False),
        ]:
            with self.subTest(host):
                outcome = self.ask({"allowed_hosts": ["ok.example", "ok.example:8443"]}, host=host)
                self.assertEqual(outcome, {} if good else BAD_HOST)

    def test_patterns(self) -> None:
        """Expressions are anchored and mind the letter case; an alternation is not grouped."""
        for pattern, host, good in [
            (r"a\d\.example", "a1.example", True),
            (r"a\d\.example", "A1.example", False),
            (r"a\d\.example", "a1.example:80", False),
            (r"a\d\.example", "xa1.example", False),
            ("b.example", "bxexample", True),
            ("^b.example$", "b.example", True),
            ("a|b", "a.evil", True),
            ("a|b", "evil.b", True),
        ]:
            with self.subTest(pattern=pattern, host=host):
                value = {"allowed_hosts": [pattern], "allowed_hosts_are_regex": True}
                self.assertEqual(self.ask(value, host=host), {} if good else BAD_HOST)

    def test_proxy_headers(self) -> None:
        """The first one that has a value replaces the host, be it good or bad."""
        value = {"allowed_hosts": ["ok.example"], "host_proxy_headers": ["x-one", "X-Two"]}
        for host, headers, good in [
            ("ok.example", {}, True),
            ("bad", {"X_One": "ok.example"}, True),
            ("bad", {"X_One": "", "X_Two": "ok.example"}, True),
            ("ok.example", {"X_One": "bad"}, False),
            ("ok.example", {"X_One": "bad", "X_Two": "ok.example"}, False),
        ]:
            with self.subTest(headers=headers):
                outcome = self.ask(value, host=host, **headers)
                self.assertEqual(outcome, {} if good else BAD_HOST)

    def test_development(self) -> None:
        """In development any host will do, and other lines stay."""
        value = {
            "allowed_hosts": ["ok.example"],
            "ssl_redirect": True,
            "sts_seconds": 5,
            "force_sts_header": True,
            "frame_deny": True,
            "is_development": True,
        }
        self.assertEqual(self.ask(value), {"X-Frame-Options": "DENY"})


class RedirectTests(SecurityTestCase):
    """Sending clients to HTTPS."""

    def location(self, value: dict[str, Any], target: str = "/a", **more: Any) -> str | None:
        outcome = self.ask({"ssl_redirect": True, **value}, target, **more)
        return dict(outcome.headers)["Location"] if isinstance(outcome, Reply) else None

    def test_get(self) -> None:
        """The host keeps its port, the query its form; there is a page for people."""
        outcome = self.ask({"ssl_redirect": True}, "/a?x=1&y=%20z", host="h:9000")
        self.assertEqual(
            outcome,
            Reply(
                301,
                (
                    ("Location", "https://h:9000/a?x=1&y=%20z"),
                    ("Content-Type", "text/html; charset=utf-8"),
                ),
                b'<a href="https://h:9000/a?x=1&amp;y=%20z">Moved Permanently</a>.\n\n',
            ),
        )

    def test_other_methods(self) -> None:
        """HEAD has the page's type, others have neither type nor page."""
        outcome = self.ask({"ssl_redirect": True}, method="HEAD")
        assert isinstance(outcome, Reply)
        self.assertEqual((outcome.body, len(outcome.headers)), (b"", 2))
        outcome = self.ask({"ssl_redirect": True}, method="POST")
        self.assertEqual(outcome, Reply(301, (("Location", "https://shop.example/a"),)))

    def test_places(self) -> None:
        """Paths are sent as they came unless they were not quoted well."""
        for target, expected in [
            ("/a%2Fb;c", "/a%2Fb;c"),
            ('/a"b', "/a%22b"),
            ("/a<b>?c=<d>", "/a%3Cb%3E?c=<d>"),
            ("/\xc3\xa9?\xc3\xa9", "/%C3%A9?%c3%a9"),
            ("http://other.example/a?b", "/a?b"),
            ("//x/y", "//x/y"),
        ]:
            with self.subTest(target):
                self.assertEqual(self.location({}, target), f"https://shop.example{expected}")

    def test_hosts(self) -> None:
        """The configured host wins over that of a proxy header, that over the request's."""
        self.assertEqual(self.location({"ssl_host": "s.example"}), "https://s.example/a")
        named = {"host_proxy_headers": ["X-Host"]}
        self.assertEqual(self.location(named, X_Host="p.example"), "https://p.example/a")
        self.assertEqual(self.location({}, host='h"> x'), 'https://h">%20x/a')

    def test_no_script_in_the_page(self) -> None:
        """What the client sent cannot break out of the link."""
        outcome = self.ask({"ssl_redirect": True}, host='h"><script>')
        assert isinstance(outcome, Reply)
        assert isinstance(outcome.body, bytes)
        self.assertNotIn(b"<script>", outcome.body)

    def test_encrypted(self) -> None:
        """No redirect on TLS, or when a proxy header has exactly its value."""
        value = {"ssl_proxy_headers": {"x-forwarded-proto": "https"}}
        self.assertIsNone(self.location({}, secure=True))
        self.assertIsNone(self.location(value, X_Forwarded_Proto="https"))
        for text in ("HTTPS", "http", ""):
            self.assertIsNotNone(self.location(value, X_Forwarded_Proto=text))
        self.assertIsNotNone(self.location({"ssl_proxy_headers": {"X-Not-There": ""}}))


class LinesTests(SecurityTestCase):
    """What answers carry."""

    def test_table(self) -> None:
        """Each setting has its line; what is not configured has none."""
        age = "Strict-Transport-Security"
        frame = "X-Frame-Options"
        table: list[tuple[dict[str, Any], dict[str, str]]] = [
            ({}, {}),
            ({"frame_deny": True}, {frame: "DENY"}),
            ({"custom_frame_options_value": "SAMEORIGIN"}, {frame: "SAMEORIGIN"}),
            ({"frame_deny": True, "custom_frame_options_value": "X"}, {frame: "X"}),
            ({"content_type_nosniff": True}, {"X-Content-Type-Options": "nosniff"}),
            ({"browser_xss_filter": True}, {"X-Xss-Protection": "1; mode=block"}),
            ({"content_security_policy": "a 100%"}, {"Content-Security-Policy": "a 100%"}),
            ({"referrer_policy": "same-origin"}, {"Referrer-Policy": "same-origin"}),
            ({"sts_seconds": 300}, {}),
            ({"sts_seconds": 300, "force_sts_header": True}, {age: "max-age=300"}),
            (
                {"sts_seconds": 5.0, "force_sts_header": True, "sts_include_subdomains": True},
                {age: "max-age=5; includeSubDomains"},
            ),
            ({"hpkp_public_key": "x"}, {}),
            ({"public_key": "x"}, {}),
            ({"referrer_policy": "é"}, {"Referrer-Policy": "Ã©"}),
        ]
        for value, lines in table:
            with self.subTest(value=value):
                self.assertEqual(self.ask(value), lines)

    def test_encrypted(self) -> None:
        """Strict transport is promised where transport is strict already."""
        value = {"sts_seconds": 10, "ssl_proxy_headers": {"X-Proto": "https"}}
        line = {"Strict-Transport-Security": "max-age=10"}
        self.assertEqual(self.ask(value, secure=True), line)
        self.assertEqual(self.ask(value, X_Proto="https"), line)

    def test_nonce(self) -> None:
        """A text that is new for each request stands for $NONCE; other signs are left alone."""
        lines = self.ask({"content_security_policy": "a $NONCE; b 50% $NONCE", "frame_deny": True})
        nonce = "'nonce-bm5ubm5ubm5ubm5ubm5ubg'"
        assert isinstance(lines, dict)
        self.assertEqual(lines["Content-Security-Policy"], f"a {nonce}; b 50% {nonce}")
        self.assertEqual(lines["X-Frame-Options"], "DENY")

    def test_new_nonces(self) -> None:
        """No two requests get the same."""
        placement = Placement(ServiceConfig())
        guard = security(Security(content_security_policy="$NONCE"), placement, runtime())
        seen = set()
        for _ in range(2):
            exchange = FakeExchange()
            passed = guard(exchange)
            assert not isinstance(passed, Reply)
            passed.respond(200, (), b"")
            seen.add(exchange.header("Content-Security-Policy"))
        self.assertEqual(len(seen), 2)


class OldTests(SecurityTestCase):
    """Version 2 files."""

    version = 2

    def test_differences(self) -> None:
        """Keys of later versions have no effect, one of 1.3 has, and a word is spelled so."""
        value = {
            "sts_seconds": 5,
            "sts_include_subdomains": True,
            "public_key": "pin",
            "force_sts_header": True,
            "ssl_proxy_headers": {"X-Proto": "https"},
        }
        self.assertEqual(
            self.ask(value, secure=True),
            {
                "Strict-Transport-Security": "max-age=5; includeSubdomains",
                "Public-Key-Pins": "pin",
            },
        )
        self.assertEqual(self.ask(value, X_Proto="https"), {})
        value = {"allowed_hosts": ["a.c"], "allowed_hosts_are_regex": True}
        self.assertEqual(self.ask(value, host="abc"), BAD_HOST)


class SettingsTests(SynchronousTestCase):
    """What is refused at start."""

    def test_mistakes(self) -> None:
        """A value of a wrong type, or one that could not be sent, refuses to start."""
        for value, pointer in [
            ({"frame_deny": "yes"}, "/x/frame_deny"),
            ({"allowed_hosts": "a"}, "/x/allowed_hosts"),
            ({"allowed_hosts": [1]}, "/x/allowed_hosts/0"),
            ({"allowed_hosts": ["a", "("], "allowed_hosts_are_regex": True}, "/x/allowed_hosts/1"),
            ({"ssl_proxy_headers": {"a": 1}}, "/x/ssl_proxy_headers/a"),
            ({"sts_seconds": "300"}, "/x/sts_seconds"),
            ({"sts_seconds": -1}, "/x/sts_seconds"),
            ({"referrer_policy": "a\nb: c"}, "/x/referrer_policy"),
            ([], "/x"),
        ]:
            with self.subTest(value=value):
                problems = Problems()
                component.settings(Reader(value, "/x", problems))
                self.assertEqual([problem.pointer for problem in problems.fatal], [pointer])
