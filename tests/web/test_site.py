"""Tests of `gatekeeper.web.site` and `gatekeeper.web.dispatch`: who answers what."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import ServiceConfig
from gatekeeper.errors import RouteConflict
from tests.web.fakes import FakeExchange, Shop, endpoint


class RoutingTests(SynchronousTestCase):
    """Paths and methods."""

    def setUp(self) -> None:
        self.shop = Shop(
            endpoint("/order"), endpoint("/orders/:id"), endpoint("/order", "POST"), logs=True
        )

    def status(self, target: str, method: str = "GET") -> int:
        return self.shop.ask(target, method).status

    def test_served(self) -> None:
        """A path as it is written, encoded, absolute, or with a query, is its endpoint's."""
        for target in (
            "/order",
            "/order?a=1",
            "/%6frder",
            "http://other.example/order",
            "HTTPS://other.example:8443/order?x",
        ):
            with self.subTest(target):
                exchange = self.shop.ask(target)
                self.assertEqual((exchange.status, exchange.answer), (200, b'{"id":7}'))

    def test_absolute_targets(self) -> None:
        """Only the path of an absolute target reaches the pipe: backends get their own host."""
        self.shop.ask("http://evil.example/orders/5?x=1")
        [request] = self.shop.pipes[1].requests
        self.assertEqual((request.path, request.params), ("/orders/5", {"Id": "5"}))

    def test_not_served(self) -> None:
        """Unknown paths are 404, unknown methods of known paths 405, with those that there are."""
        for target, method, status, allow in (
            ("/nothing", "GET", 404, None),
            ("/order", "DELETE", 405, "GET, POST"),
            ("/orders/5", "POST", 405, "GET"),
            ("/orders", "PUT", 404, None),
        ):
            with self.subTest(target=target, method=method):
                exchange = self.shop.ask(target, method)
                self.assertEqual((exchange.status, exchange.header("Allow")), (status, allow))
                self.assertEqual(exchange.header("X-Krakend-Completed"), "false")

    def test_bad_targets(self) -> None:
        """What is no path is refused."""
        for target in ("/%zz", "/%4", "order", "*", "mailto:a@b", "/a%"):
            with self.subTest(target):
                exchange = self.shop.ask(target)
                self.assertEqual((exchange.status, exchange.answer), (400, b"400 Bad Request"))
        self.assertEqual(self.status("*", "OPTIONS"), 200)

    def test_redirects(self) -> None:
        """Nearly right paths are told the right one; the query stays; nothing is called."""
        for target, method, status, location in (
            ("/order/", "GET", 301, "/order"),
            ("/order/?a=1", "GET", 301, "/order?a=1"),
            ("/ORDER", "GET", 301, "/order"),
            ("//order", "GET", 301, "/order"),
            ("/x/../order", "GET", 301, "/order"),
            ("/order/", "POST", 307, "/order"),
            ("http://h/order/", "GET", 301, "http://h/order"),
        ):
            with self.subTest(target):
                exchange = self.shop.ask(target, method)
                self.assertEqual((exchange.status, exchange.header("Location")), (status, location))
        self.assertEqual([pipe.requests for pipe in self.shop.pipes], [[], [], []])

    def test_prefix_of_a_proxy(self) -> None:
        """What a proxy took from the path stands in front again, but nothing dangerous of it."""
        for prefix, location in (
            ("/shop", "/shop/order"),
            ("//evil.example/<", "/evilexample/order"),
        ):
            exchange = self.shop.ask("/order/", headers={"X-Forwarded-Prefix": [prefix]})
            self.assertEqual(exchange.header("Location"), location)

    def test_hostile_redirects(self) -> None:
        """A location never leaves the host, never ends a line, and its page quotes it."""
        for target in (
            "//evil.example/../order",
            "/order/%0d%0aSet-Cookie:%20a",
            "/%22%3cb%3e/../order",
        ):
            exchange = self.shop.ask(target)
            location = exchange.header("Location") or "/"
            self.assertTrue(location.startswith("/") and not location.startswith("//"), location)
            self.assertNotIn("\r", location)
            self.assertNotIn(b"<b>", exchange.answer)

    def test_parameters(self) -> None:
        """A value that would mean something else when decoded again reaches no backend."""
        for value, text in (
            ("a%252fb", b"error: encoded url params"),
            ("%25zz", b'error: invalid URL escape "%zz"'),
            ("a%3Fb", b"error: encoded url params"),
            ("a%23b", b"error: encoded url params"),
            ("%2500", b"error: encoded url params"),
        ):
            with self.subTest(value):
                exchange = self.shop.ask(f"/orders/{value}")
                self.assertEqual((exchange.status, exchange.answer), (400, text))
        self.assertEqual(self.shop.pipes[1].requests, [])

    def test_count(self) -> None:
        """Answers are counted by endpoint and class; what no endpoint answers apart."""
        for target in ("/order", "/order", "/nothing", "/%zz"):
            self.shop.ask(target)
        counters = self.shop.gateway.counters
        self.assertEqual((counters.by_endpoint[0][2], counters.others[4]), (2, 2))
        self.assertEqual(counters.in_flight, 0)


class OptionTests(SynchronousTestCase):
    """The namespace ``router``."""

    def ask(self, target: str, method: str = "GET", **router: object) -> FakeExchange:
        return Shop(endpoint("/order"), endpoint("/orders/:id"), router=router).ask(target, method)

    def test_redirects_off(self) -> None:
        """Each kind of redirect can be switched off."""
        self.assertEqual(self.ask("/order/", disable_redirect_trailing_slash=True).status, 301)
        both = {"disable_redirect_trailing_slash": True, "disable_redirect_fixed_path": True}
        self.assertEqual(self.ask("/order/", **both).status, 404)
        self.assertEqual(self.ask("/ORDER", disable_redirect_fixed_path=True).status, 404)

    def test_extra_slash(self) -> None:
        """With ``remove_extra_slash`` there is nothing to redirect."""
        self.assertEqual(self.ask("//order", remove_extra_slash=True).status, 200)

    def test_method_not_allowed_off(self) -> None:
        """405 can be 404."""
        exchange = self.ask("/order", "PUT", disable_handle_method_not_allowed=True)
        self.assertEqual(exchange.status, 404)

    def test_error_bodies(self) -> None:
        """404 and 405 can have bodies of the operator's."""
        bodies = {"404": {"b": 1.50, "a": [True, None]}, "405": "no", "500": "never"}
        exchange = self.ask("/x", error_body=bodies)
        self.assertEqual(exchange.answer, b'{"a":[true,null],"b":1.5}')
        self.assertEqual(exchange.header("Content-Type"), "application/json; charset=utf-8")
        self.assertEqual(self.ask("/order", "PUT", error_body=bodies).answer, b'"no"')

    def test_auto_options(self) -> None:
        """``OPTIONS`` tells the methods of a path."""
        shop = Shop(endpoint("/a"), endpoint("/a", "DELETE"), router={"auto_options": True})
        exchange = shop.ask("/a", "OPTIONS")
        self.assertEqual((exchange.status, exchange.header("Allow")), (200, "DELETE, GET"))

    def test_decoding_off(self) -> None:
        """Parameters are let through as they are."""
        self.assertEqual(self.ask("/orders/a%252fb", disable_path_decoding=True).status, 200)

    def test_version(self) -> None:
        """The gateway can keep its version for itself."""
        exchange = self.ask("/order", hide_version_header=True)
        self.assertEqual(exchange.header("X-Krakend"), "Version undefined")

    def test_health(self) -> None:
        """The health page can be elsewhere, or nowhere."""
        body = json.loads(self.ask("/__health").answer)
        self.assertEqual((body["status"], body["agents"]), ("ok", {}))
        self.assertEqual(self.ask("/alive", health_path="alive").status, 200)
        self.assertEqual(self.ask("/__health", health_path="/alive").status, 404)
        self.assertEqual(self.ask("/__health", disable_health=True).status, 404)

    def test_wrong_types(self) -> None:
        """An option of a wrong type is told and left out; the others keep their effect."""
        shop = Shop(
            endpoint("/order"),
            router={
                "auto_options": "yes",
                "health_path": 5,
                "logger_skip_paths": [1],
                "error_body": [],
                "hide_version_header": True,
            },
        )
        self.assertEqual(shop.ask("/order").header("X-Krakend"), "Version undefined")
        self.assertEqual(shop.ask("/order", "OPTIONS").status, 405)
        told = [text for level, text in shop.log if level == "WARNING"]
        self.assertEqual(
            sorted(text.partition(":")[0].rpartition("/")[2] for text in told),
            ["auto_options", "error_body", "health_path", "logger_skip_paths"],
        )
        self.assertTrue(all(text.endswith("; the option is ignored") for text in told), told)


class ConflictTests(SynchronousTestCase):
    """Routes that cannot live together."""

    def test_all_at_once(self) -> None:
        """Every conflict is told."""
        error = self.assertRaises(
            RouteConflict, Shop, endpoint("/a"), endpoint("/a"), endpoint("/__health")
        )
        self.assertEqual(len(error.problems), 2)

    def test_unknown_methods(self) -> None:
        """An endpoint with a method that cannot be served is left out, and the log says so."""
        shop = Shop(endpoint("/a", "BREW"), endpoint("/b"))
        self.assertEqual((shop.ask("/a", "BREW").status, shop.ask("/b").status), (404, 200))
        self.assertIn(("ERROR", "[ENDPOINT: /a] Unsupported method BREW"), shop.log)


class PageTests(SynchronousTestCase):
    """Pages for those who write configurations."""

    def setUp(self) -> None:
        config = ServiceConfig(debug_endpoint=True, echo_endpoint=True)
        self.shop = Shop(service=config)

    def test_debug(self) -> None:
        """The debug page says pong, and the log what it was asked; credentials are masked."""
        exchange = self.shop.ask(
            "/__debug/a\x1b?b=1",
            "POST",
            headers={"Authorization": ["secret"], "X": ["1\x1b"]},
            body=b"line\nline",
        )
        self.assertEqual(exchange.answer, b'{"message":"pong"}')
        text = "\n".join(line for _, line in self.shop.log)
        for shown in ("Method: POST", 'b=["1"]', 'Authorization=["***"]', '"line\\nline"'):
            self.assertIn(shown, text)
        for hidden in ("secret", "\x1b"):
            self.assertNotIn(hidden, text)

    def test_echo(self) -> None:
        """The echo page shows a client its own request."""
        exchange = self.shop.ask(
            "/__echo/a?b=2&a=1", "PUT", headers={"X-B": ["1"], "A": ["\xe9", "2"]}, body=b"x\xff"
        )
        told = json.loads(exchange.answer)
        self.assertEqual(told["req_uri_details"]["query"], "a=1&b=2")
        self.assertEqual(told["req_querystring"], {"a": ["1"], "b": ["2"]})
        self.assertEqual(told["req_headers"], {"A": ["\ufffd", "2"], "X-B": ["1"]})
        self.assertEqual((told["req_method"], told["req_body"]), ("PUT", "x\ufffd"))

    def test_off(self) -> None:
        """Neither is there unless somebody wants it."""
        shop = Shop(endpoint())
        self.assertEqual(
            [shop.ask(f"/__{name}/a").status for name in ("debug", "echo")], [404, 404]
        )
