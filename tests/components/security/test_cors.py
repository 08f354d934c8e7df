"""Tests of `gatekeeper.components.security.cors`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.security.cors import CORS, MAX_KNOWN, component, cors, in_order
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import Reply
from gatekeeper.testing import RecordedLog, runtime
from tests.web.fakes import FakeExchange

SHOP = "https://shop.example"
VARY = ("Vary", "Origin")
ASKED = (
    "Vary",
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
)

Line = tuple[str, str]


def allow(what: str, value: str) -> Line:
    return (f"Access-Control-Allow-{what}", value)


class CORSTestCase(SynchronousTestCase):
    version = 3

    def read(self, value: Any) -> CORS:
        problems = Problems()
        settings: CORS = component.settings(Reader(value, "/x", problems))
        self.assertEqual(problems.found, [])
        return settings

    def guard(self, value: dict[str, Any]) -> Any:
        self.runtime = runtime()
        placement = Placement(ServiceConfig(version=self.version))
        return cors(self.read(value), placement, self.runtime)

    def actual(self, value: dict[str, Any], origin: str | None, method: str = "GET") -> list[Line]:
        """Ask for something; give the lines that the answer gets."""
        headers = {} if origin is None else {"Origin": [origin]}
        exchange = FakeExchange("/a", method, headers)
        passed = self.guard(value)(exchange)
        self.assertNotIsInstance(passed, Reply)
        passed.respond(200, (), b"")
        return exchange.lines

    def preflight(
        self, value: dict[str, Any], origin: str | None = SHOP, method: str = "GET", **more: str
    ) -> Reply:
        """Ask what would be allowed."""
        headers = {"Access-Control-Request-Method": [method]}
        if origin is not None:
            headers["Origin"] = [origin]
        for name, text in more.items():
            headers[f"Access-Control-Request-{name.replace('_', '-')}"] = [text]
        reply = self.guard(value)(FakeExchange("/nope", "OPTIONS", headers))
        assert isinstance(reply, Reply)
        self.assertEqual(reply.body, b"")
        return reply


class ActualTests(CORSTestCase):
    """Requests that are served, with or without lines for browsers."""

    def test_without_origin(self) -> None:
        """Every answer says that it depends on the origin, and no more."""
        self.assertEqual(self.actual({}, None), [VARY])
        self.assertEqual(self.actual({}, ""), [VARY])

    def test_origins(self) -> None:
        """Whole origins and patterns with one star, in any letter case; others get nothing."""
        listed = [SHOP, "https://*.b.example", "https://a*b*c", "http://Loud.example", "null"]
        for origin, expected in [
            (SHOP, True),
            ("HTTPS://Shop.example", True),
            ("http://shop.example", False),
            (f"{SHOP}:8443", False),
            (f"{SHOP}.evil.example", False),
            ("https://x.b.example", True),
            ("https://.b.example", True),
            ("https://b.example", False),
            ("https://evil.example:1.b.example", True),
            ("https://axb*c", True),
            ("https://ab*c", True),
            ("https://axbyc", False),
            ("http://loud.example", True),
            ("null", True),
        ]:
            with self.subTest(origin):
                lines = [VARY, allow("Origin", origin)] if expected else [VARY]
                self.assertEqual(self.actual({"allow_origins": listed}, origin), lines)

    def test_any_origin(self) -> None:
        """A star allows all, and is what the answer says; it is the default."""
        for value in ({}, {"allow_origins": []}, {"allow_origins": [SHOP, "*"]}):
            with self.subTest(value=value):
                self.assertEqual(self.actual(value, "null"), [VARY, allow("Origin", "*")])

    def test_more_lines(self) -> None:
        """Exposed names are spelled canonically; credentials are allowed even to anybody."""
        value = {"expose_headers": ["x-foo", "content-LENGTH"], "allow_credentials": True}
        self.assertEqual(
            self.actual(value, SHOP),
            [
                VARY,
                allow("Origin", "*"),
                ("Access-Control-Expose-Headers", "X-Foo, Content-Length"),
                allow("Credentials", "true"),
            ],
        )

    def test_methods(self) -> None:
        """A method that is not listed is served without lines; OPTIONS always is listed."""
        for methods, method, expected in [
            ([], "GET", True),
            ([], "HEAD", True),
            ([], "POST", True),
            ([], "PUT", False),
            (["PUT"], "PUT", True),
            (["PUT"], "GET", False),
            (["put"], "PUT", False),
            (["PUT"], "OPTIONS", True),
        ]:
            with self.subTest(methods=methods, method=method):
                lines = self.actual({"allow_methods": methods}, SHOP, method)
                self.assertEqual(allow("Origin", "*") in lines, expected)

    def test_many_origins(self) -> None:
        """Clients that send ever new origins get right answers, and fill no table."""
        guard = self.guard({"allow_origins": ["https://*.example"]})
        for number in (*range(MAX_KNOWN + 5), 1, MAX_KNOWN + 1):
            exchange = FakeExchange(headers={"Origin": [f"https://{number}.example"]})
            guard(exchange).respond(200, (), b"")
            self.assertIn(allow("Origin", f"https://{number}.example"), exchange.lines)


class PreflightTests(CORSTestCase):
    """What browsers ask beforehand."""

    def test_allowed(self) -> None:
        """The answer names what was asked for; it is 204 and empty."""
        reply = self.preflight({"allow_origins": [SHOP], "max_age": "1h"})
        self.assertEqual(reply.status, 204)
        self.assertEqual(
            list(reply.headers),
            [
                ASKED,
                allow("Origin", SHOP),
                allow("Methods", "GET"),
                ("Access-Control-Max-Age", "3600"),
            ],
        )

    def test_not_allowed(self) -> None:
        """Otherwise it says only on what it depends."""
        value = {"allow_origins": [SHOP], "allow_headers": ["X-A"]}
        for reply in (
            self.preflight(value, None),
            self.preflight(value, ""),
            self.preflight(value, "https://evil.example"),
            self.preflight(value, method="PUT"),
            self.preflight(value, method="get"),
            self.preflight(value, Headers="x-b"),
        ):
            self.assertEqual((reply.status, list(reply.headers)), (204, [ASKED]))

    def test_any_header(self) -> None:
        """Without a list, or with a star, every header is allowed and named as it was sent."""
        for value in ({}, {"allow_headers": ["X-A", "*"]}):
            reply = self.preflight(value, Headers="X-ANY, b")
            self.assertIn(allow("Headers", "X-ANY, b"), reply.headers)
        self.assertNotIn("Access-Control-Allow-Headers", dict(self.preflight({}).headers))
        self.assertNotIn(
            "Access-Control-Allow-Headers", dict(self.preflight({}, Headers="").headers)
        )

    def test_options_is_always_allowed(self) -> None:
        """Even when it is not listed."""
        reply = self.preflight({"allow_methods": ["GET"]}, method="OPTIONS")
        self.assertIn(allow("Methods", "OPTIONS"), reply.headers)

    def test_names_of_headers(self) -> None:
        """Only what a browser would write: lower case, sorted, each once, few blanks."""
        allows = in_order(["Content-Type", "Authorization", "x-a"])
        for text, expected in [
            ("authorization,content-type", True),
            ("authorization, content-type,\tx-a ", True),
            ("content-type,authorization", False),
            ("Content-Type", False),
            ("x-a,x-a", False),
            ("x-b", False),
            ("x-a  ", False),
            ("x-a,", True),
            (",,x-a", True),
            ("," * 15, True),
            ("," * 16, False),
            ("", True),
        ]:
            with self.subTest(text):
                self.assertEqual(allows([text]), expected)
        self.assertTrue(allows([]))
        self.assertTrue(allows(["authorization", "x-a"]))
        self.assertFalse(allows(["x-a", "authorization"]))

    def test_private_network(self) -> None:
        """Where it is allowed, the answer depends on one header more."""
        value = {"allow_private_network": True, "options_success_status": 201}
        reply = self.preflight(value, Private_Network="true")
        self.assertEqual(reply.status, 201)
        vary = f"{ASKED[1]}, Access-Control-Request-Private-Network"
        self.assertEqual(reply.headers[0], ("Vary", vary))
        self.assertIn(allow("Private-Network", "true"), reply.headers)
        for reply in (self.preflight(value), self.preflight({}, Private_Network="true")):
            self.assertNotIn(allow("Private-Network", "true"), reply.headers)

    def test_passthrough(self) -> None:
        """The router may answer; its answer gets the lines."""
        headers = {"Origin": [SHOP], "Access-Control-Request-Method": ["GET"]}
        exchange = FakeExchange("/a", "OPTIONS", headers)
        self.guard({"options_passthrough": True})(exchange).respond(200, (("Allow", "GET"),), b"")
        self.assertEqual(
            exchange.lines, [ASKED, allow("Origin", "*"), allow("Methods", "GET"), ("Allow", "GET")]
        )

    def test_options_that_asks_nothing(self) -> None:
        """Without a method to ask for, OPTIONS is a request like others."""
        self.assertEqual(self.actual({}, SHOP, "OPTIONS"), [VARY, allow("Origin", "*")])

    def test_max_age(self) -> None:
        """Whole seconds; none below one, 0 for a negative time."""
        for text, expected in [
            ("1h", "3600"),
            ("1500ms", "1"),
            ("500ms", None),
            ("0", None),
            ("-1s", "0"),
            ("-500ms", None),
        ]:
            with self.subTest(text):
                lines = dict(self.preflight({"max_age": text}).headers)
                self.assertEqual(lines.get("Access-Control-Max-Age"), expected)


class OldTests(CORSTestCase):
    """Version 2 files."""

    version = 2

    def test_vary(self) -> None:
        """It is three lines."""
        names = [value for name, value in self.preflight({}).headers if name == "Vary"]
        self.assertEqual(names, ASKED[1].split(", "))

    def test_default_headers(self) -> None:
        """Without a list only the usual headers are allowed, in any order and letter case."""
        for text, expected in [
            ("X-REQUESTED-WITH, accept", True),
            ("origin,content-type", True),
            ("x-other", False),
        ]:
            with self.subTest(text):
                lines = dict(self.preflight({}, Headers=text).headers)
                self.assertEqual("Access-Control-Allow-Origin" in lines, expected)
        lines = dict(self.preflight({"allow_headers": ["X-A"]}, Headers="x-a").headers)
        self.assertEqual(lines["Access-Control-Allow-Headers"], "x-a")

    def test_new_keys(self) -> None:
        """What KrakenD 1.3 does not know has no effect."""
        value = {
            "allow_private_network": True,
            "options_success_status": 201,
            "options_passthrough": True,
        }
        reply = self.preflight(value, Private_Network="true")
        self.assertEqual(reply.status, 204)
        self.assertNotIn(allow("Private-Network", "true"), reply.headers)


class SettingsTests(CORSTestCase):
    """What is refused at start, and what is said."""

    def found(self, value: Any) -> list[tuple[str, bool]]:
        problems = Problems()
        component.settings(Reader(value, "/x", problems))
        return [(problem.pointer, problem.fatal) for problem in problems.found]

    def test_mistakes(self) -> None:
        """A list that would allow everything by mistake refuses to start."""
        for value, found in [
            ({"allow_origins": SHOP}, [("/x/allow_origins", True)]),
            ({"allow_origins": [7]}, [("/x/allow_origins", True)]),
            ({"allow_origins": [7, SHOP]}, [("/x/allow_origins", False)]),
            ({"allow_methods": "GET"}, [("/x/allow_methods", True)]),
            ({"allow_credentials": "yes"}, [("/x/allow_credentials", True)]),
            ({"max_age": 3600}, [("/x/max_age", True)]),
            ({"max_age": "an hour"}, [("/x/max_age", False)]),
            ({"options_success_status": 99}, [("/x/options_success_status", True)]),
            ({"alow_origins": [SHOP]}, [("/x/alow_origins", False)]),
            ([], [("/x", True)]),
        ]:
            with self.subTest(value=value):
                self.assertEqual(self.found(value), found)

    def test_log(self) -> None:
        """The start is logged, and each decision when somebody wants to know."""
        self.actual({"debug": True}, SHOP)
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        self.assertEqual(
            log.lines,
            [
                ("DEBUG", "[SERVICE: Gin][CORS] Enabled CORS for all requests"),
                ("DEBUG", f"[CORS] GET from '{SHOP}': allowed"),
            ],
        )
        self.preflight({"debug": True}, None)
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        self.assertEqual(log.lines[-1], ("DEBUG", "[CORS] OPTIONS from '': not allowed"))
