"""Endpoints and backends."""

from __future__ import annotations

from typing import Any

from gatekeeper.config.model import Backend, Endpoint
from tests.config.files import ConfigTestCase


class EndpointTests(ConfigTestCase):
    """What an endpoint becomes."""

    def test_defaults(self) -> None:
        """An endpoint that says nothing has all defaults."""
        backend = Backend(hosts=("http://a.example",), pointer="/endpoints/0/backend/0")
        self.assertEqual(self.endpoint(), Endpoint("/a", "/a", (backend,), pointer="/endpoints/0"))

    def test_inheritance(self) -> None:
        """What an endpoint does not say, or says with zero, is the service's."""
        service = self.service(
            timeout="400ms",
            cache_ttl="2m",
            output_encoding="xml",
            endpoints=[
                {"endpoint": "/a", "timeout": "0s", "cache_ttl": 0, "backend": [{}]},
                {"endpoint": "/b", "timeout": "-1s", "cache_ttl": "5s", "backend": [{}],
                 "output_encoding": "json"},
            ],
        )  # fmt: skip
        found = [(e.timeout_s, e.cache_ttl_s, e.output_encoding) for e in service.endpoints]
        self.assertEqual(found, [(0.4, 120.0, "xml"), (-1.0, 5.0, "json")])

    def test_values(self) -> None:
        """Methods are upper case, names of headers canonical, calls at least one."""
        table: list[tuple[dict[str, Any], str, Any]] = [
            ({"method": "get"}, "method", "GET"),
            ({"method": "HEAD"}, "method", "HEAD"),
            ({"concurrent_calls": 3.9}, "concurrent_calls", 3),
            ({"concurrent_calls": 0}, "concurrent_calls", 1),
            ({"concurrent_calls": -5}, "concurrent_calls", 1),
            ({"input_headers": ["x-a", "COOKIE", "a b", "*"]}, "input_headers",
             ("X-A", "Cookie", "a b", "*")),
            ({"input_query_strings": "q"}, "input_query_strings", ("q",)),
            ({"endpoint": "a/{b}/{a}"}, "path", "/a/:b/:a"),
            ({"endpoint": "a/{b}/{a}"}, "endpoint", "/a/{b}/{a}"),
            ({"endpoint": "a/{b}/{a}"}, "params", ("a", "b")),
            ({"endpoint": 404}, "path", "/404"),
            ({"endpoint": "//x"}, "path", "//x"),
            ({"endpoint": "/__healthz"}, "path", "/__healthz"),
            ({"endpoint": "/x/*"}, "path", "/x/*"),
        ]  # fmt: skip
        for keys, name, expected in table:
            self.assertEqual(getattr(self.endpoint(**keys), name), expected, keys)

    def test_forbidden_paths(self) -> None:
        """Built-in paths and stars in the middle are refused, with KrakenD's text."""
        for path in (
            "/__debug", "/__echo/a", "/x/__health", "/shop/*/orders", "/a*b", "/__health/a/b",
        ):  # fmt: skip
            endpoint: dict[str, Any] = {"endpoint": path, "method": "put", "backend": [{}]}
            said = self.messages({"version": 3, "endpoints": [endpoint]})
            text = f"ignoring the 'put {path}' endpoint, since it is invalid!!!"
            self.assertEqual(said, [f"/endpoints/0/endpoint: {text}"])

    def test_no_backends(self) -> None:
        """An endpoint needs a backend; the method is printed as it is written."""
        text = "ignoring the '{} /a' endpoint, since it has 0 backends defined!"
        table: list[tuple[dict[str, Any], str]] = [
            ({}, "/endpoints/0/endpoint: " + text.format("")),
            ({"backend": None, "method": "post"}, "/endpoints/0/endpoint: " + text.format("post")),
            ({"backend": []}, "/endpoints/0/backend: " + text.format("")),
            ({"backend": {}}, "/endpoints/0/backend: " + text.format("")),
        ]
        for keys, message in table:
            content = {"version": 3, "endpoints": [{"endpoint": "a", **keys}]}
            self.assertEqual(self.messages(content), [message])

    def test_no_op(self) -> None:
        """no-op goes with one backend, shadows counted, and is forced on it."""
        text = (
            "can not use NoOp encoding with more than one backends connected to the same endpoint"
        )
        two = [{}, {"extra_config": {"proxy": {"shadow": True}}}]
        content = {"version": 3, "endpoints": [{"backend": two}], "output_encoding": "no-op"}
        self.assertEqual(self.messages(content), [f"/endpoints/0/backend: {text}"])
        endpoint = self.endpoint([{"encoding": "json"}], output_encoding="no-op")
        self.assertEqual(endpoint.backends[0].encoding, "no-op")

    def test_lists_of_one(self) -> None:
        """One object instead of a list is a list of one, at its own place."""
        service = self.service(endpoints={"endpoint": "/a", "backend": {"url_pattern": "/x"}})
        self.assertEqual(service.endpoints[0].pointer, "/endpoints")
        self.assertEqual(service.endpoints[0].backends[0].pointer, "/endpoints/backend")

    def test_wrong_items(self) -> None:
        """Endpoints and backends are objects; null is not skipped.  Case refuse-types."""
        table: list[tuple[Any, str]] = [
            ("none", '/endpoints: expected a list of objects, found "none"'),
            ([None], "/endpoints/0: expected an endpoint, found null"),
            ([{"backend": [None]}], "/endpoints/0/backend/0: expected a backend, found null"),
            ([{"backend": "x"}], '/endpoints/0/backend: expected a list of objects, found "x"'),
            ([{"backend": [{}, 5]}], "/endpoints/0/backend/1: expected a backend, found 5"),
        ]
        for endpoints, message in table:
            self.assertEqual(self.messages({"version": 3, "endpoints": endpoints}), [message])

    def test_keys_in_any_case(self) -> None:
        """Messages point at keys as the file spells them."""
        content = {"version": 3, "EndPoints": [{"Backend": [{"URL_Pattern": "/{x}"}]}]}
        self.assertIn("/EndPoints/0/Backend/0/URL_Pattern: undefined", self.messages(content)[0])


class BackendTests(ConfigTestCase):
    """What a backend becomes."""

    def test_values(self) -> None:
        """Every key arrives."""
        table: list[tuple[dict[str, Any], str, Any]] = [
            ({"url_pattern": 7}, "url_pattern", "/7"),
            ({"url_pattern": "?page=1"}, "url_pattern", "/?page=1"),
            ({"method": "post"}, "method", "POST"),
            ({"encoding": "XML"}, "encoding", "XML"),
            ({"is_collection": "T"}, "is_collection", True),
            ({"target": "a.b"}, "target", "a.b"),
            ({"allow": "id"}, "allow", ("id",)),
            ({"deny": ["a.b.c"]}, "deny", ("a.b.c",)),
            ({"mapping": {"id": 7, "@comment": "x"}}, "mapping", {"id": "7", "@comment": "x"}),
            ({"group": False}, "group", "0"),
            ({"sd": "dns-shared"}, "sd", "dns-shared"),
            ({"sd": ""}, "sd", "static"),
            ({"sd_scheme": "https"}, "sd_scheme", "https"),
            ({"input_headers": ["x-a"]}, "input_headers", ("X-A",)),
            ({"input_query_strings": ["q"]}, "input_query_strings", ("q",)),
            ({"timeout": "whatever", "decoder": 1, "urlkeys": []}, "url_pattern", "/"),
        ]
        for keys, name, expected in table:
            self.assertEqual(getattr(self.backend(**keys), name), expected, keys)

    def test_method(self) -> None:
        """A backend has its endpoint's method unless it has its own."""
        methods = [b.method for b in self.endpoint([{}, {"method": "get"}], method="put").backends]
        self.assertEqual(methods, ["PUT", "GET"])

    def test_hosts(self) -> None:
        """Own hosts are cleaned, or taken as they are; an empty list inherits."""
        table: list[tuple[dict[str, Any], tuple[str, ...]]] = [
            ({}, ("http://a.example",)),
            ({"host": []}, ("http://a.example",)),
            ({"host": [], "disable_host_sanitize": True}, ("http://a.example",)),
            ({"host": "b.example/"}, ("http://b.example",)),
            ({"host": ["h:9101/v2"], "disable_host_sanitize": "true"}, ("h:9101/v2",)),
        ]
        for keys, hosts in table:
            self.assertEqual(self.backend(**keys).hosts, hosts)
        self.assertEqual(
            self.service(endpoints=[{"backend": [{}]}]).endpoints[0].backends[0].hosts, ()
        )

    def test_invalid_host(self) -> None:
        """The bad one of several is named.  Case refuse-hosts."""
        content = {"version": 3, "endpoints": [{"backend": [{"host": ["a.b", "http://x.y/v1"]}]}]}
        text = "host http://x.y/v1 not valid: invalid host"
        self.assertEqual(self.messages(content), [f"/endpoints/0/backend/0/host/1: {text}"])

    def test_dns_needs_a_host(self) -> None:
        """Discovery without a name to look up cannot work."""
        content = {"version": 3, "endpoints": [{"backend": [{"sd": "dns"}]}]}
        self.assertIn("expected the name of an SRV record", self.messages(content)[0])
        self.assertEqual(self.backend(sd="dns").sd, "dns")

    def test_placeholders(self) -> None:
        """The message has the method as written, the router's path, and the backend's number."""
        backends = [{"url_pattern": "/{id}"}, {"url_pattern": "/b?nr={nr}"}]
        content = {
            "version": 3,
            "endpoints": [{"endpoint": "/u/{id}", "method": "post", "backend": backends}],
        }
        (problem,) = self.problems(content)
        self.assertEqual(
            problem.message,
            "undefined output param 'nr'! endpoint: post /u/:id, backend: 1. "
            "input: [id], output: [nr]",
        )
        self.assertEqual(problem.suggestion, "the endpoint's path has {id}")

    def test_settings(self) -> None:
        """Namespaces keep their values and know where they stand."""
        settings = self.backend(extra_config={"x/y": 1.0}).extra_config["x/y"]
        self.assertEqual(settings.pointer, "/endpoints/0/backend/0/extra_config/x~1y")
        self.assertIsInstance(settings.value, float)
        empty: Any
        for empty in (None, {}, []):
            self.assertEqual(self.backend(extra_config=empty).extra_config, {})
