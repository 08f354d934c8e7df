"""Tests of `gatekeeper.components.backend.graphql`."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.backend.graphql import GraphQL, component, graphql
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import DecodeError, Problems, RequestGone
from gatekeeper.message import JSON, Body, Decoded, Request, Response
from gatekeeper.testing import FakeStream, request, run, runtime

QUERY = GraphQL(type="query", query="{ a(id:$id) }")
MUTATION = GraphQL(type="mutation", query="mutation m")


class GraphQLTests(SynchronousTestCase):
    """Requests as GraphQL wants them."""

    def setUp(self) -> None:
        self.sent: list[Request] = []
        self.placement = Placement(ServiceConfig(), pointer="/x")

    def start(self, settings: GraphQL, given: Request) -> Deferred[Response]:
        async def inner(built: Request) -> Response:
            self.sent.append(built)
            return Decoded({})

        return run(graphql(settings, self.placement, runtime())(inner)(given))

    def ask(self, settings: GraphQL, given: Request) -> Request:
        self.successResultOf(self.start(settings, given))
        return self.sent[-1]

    def body(self, settings: GraphQL, given: Request) -> str:
        body = self.ask(settings, given).body
        assert isinstance(body, bytes)
        return body.decode()

    def refused(self, body: Body) -> str:
        work = self.start(MUTATION, request(method="POST", body=body))
        self.assertEqual(self.sent, [])
        return str(self.failureResultOf(work, DecodeError).value)

    def test_query(self) -> None:
        """The conformance case: parameters become variables, empty parts are left out."""
        settings = evolve(QUERY, operation_name="op", variables={"id": "{id}", "k": "c"})
        self.assertEqual(
            self.body(settings, request(params={"Id": "7"})),
            '{"query":"{ a(id:$id) }","operationName":"op","variables":{"id":"7","k":"c"}}',
        )
        self.assertEqual(self.body(QUERY, request()), '{"query":"{ a(id:$id) }"}')

    def test_variables(self) -> None:
        """Only whole texts at the top are placeholders; what is missing is empty."""
        table: list[tuple[JSON, str]] = [
            ("{id}", '"7"'),
            ("{my-id}", '"8"'),
            ("{nobody}", '""'),
            ("x{id}", '"x{id}"'),
            ("", '""'),
            ("{}", '"{}"'),
            ("{", '"{"'),
            ({"id": "{id}"}, '{"id":"{id}"}'),
            (["{id}"], '["{id}"]'),
            (1.5, "1.5"),
            (5, "5"),
            (1e21, "1e+21"),
            (None, "null"),
            (True, "true"),
        ]
        for value, expected in table:
            with self.subTest(value=value):
                settings = evolve(QUERY, query="q", variables={"v": value})
                body = self.body(settings, request(params={"Id": "7", "My-id": "8"}))
                self.assertEqual(body, f'{{"query":"q","variables":{{"v":{expected}}}}}')

    def test_request(self) -> None:
        """It is a POST of JSON to the same URL; other headers and the client stay as they are."""
        given = request(
            method="PUT",
            headers={"Content-Type": ["text/plain"], "X": ["1"]},
            body=b"ignored",
            url="http://h/graphql?version=2",
        )
        asked = self.ask(QUERY, given)
        self.assertEqual((asked.method, asked.url), ("POST", "http://h/graphql?version=2"))
        self.assertEqual(asked.headers, {"Content-Type": ["application/json"], "X": ["1"]})
        self.assertEqual(given.headers["Content-Type"], ["text/plain"])

    def test_get(self) -> None:
        """Over GET everything stands in the query string, and there is no body."""
        settings = evolve(
            QUERY, method="GET", operation_name="op", query="{ a }", variables={"id": "{id}"}
        )
        asked = self.ask(
            settings, request(method="POST", params={"Id": "7"}, body=b"x", url="http://h/g?v=2")
        )
        self.assertEqual((asked.method, asked.body), ("GET", b""))
        self.assertEqual(
            asked.url,
            "http://h/g?v=2&operationName=op&query=%7B+a+%7D&variables=%7B%22id%22%3A%227%22%7D",
        )
        bare = self.ask(evolve(QUERY, method="GET", query="q"), request(url="http://h/g"))
        self.assertEqual(bare.url, "http://h/g?query=q")

    def test_mutation(self) -> None:
        """The client's body is the variables; configured ones fill the gaps, as they stand."""
        settings = evolve(MUTATION, variables={"id": "{id}", "k": "c"})
        for body, expected in [
            (b'{"id":9,"z":[1]}', '{"id":9,"k":"c","z":[1]}'),
            (b" {} ", '{"id":"{id}","k":"c"}'),
            (b"null", '{"id":"{id}","k":"c"}'),
            (FakeStream(b'{"id"', b":9}"), '{"id":9,"k":"c"}'),
            (
                b'{"a":1.50,"b":1E5,"c":123456789012345678901,"id":-0.5}',
                '{"a":1.5,"b":100000,"c":123456789012345678901,"id":-0.5,"k":"c"}',
            ),
        ]:
            with self.subTest(body=body):
                given = request(method="POST", params={"Id": "7"}, body=body)
                self.assertEqual(
                    self.body(settings, given), f'{{"query":"mutation m","variables":{expected}}}'
                )

    def test_mutation_without_variables(self) -> None:
        """No variables at all are left out."""
        self.assertEqual(self.body(MUTATION, request(body=b"{}")), '{"query":"mutation m"}')

    def test_refused_bodies(self) -> None:
        """Anything but one JSON object is an error, and nothing is sent."""
        for body, text in [
            (b"", "unexpected end of JSON input"),
            (b'{"a":', "unexpected end of JSON input"),
            (b"[1]", "json: cannot unmarshal array into Go value of type map[string]interface {}"),
            (b"name=Leia", "invalid character 'a' in literal null (expecting 'u')"),
            (b'{"a":1}x', "invalid character after top-level value"),
        ]:
            with self.subTest(body):
                self.assertEqual(self.refused(body), text)

    def test_client_gone(self) -> None:
        """A client that leaves while its body is read is no fault of the backend."""
        body = FakeStream(b"{", ended=False)
        body.break_off()
        self.failureResultOf(self.start(MUTATION, request(body=body)), RequestGone)

    def test_file(self) -> None:
        """A file wins over the text; it is read at start."""
        path = Path(self.mktemp())
        path.write_text("{ fromFile }\n", "utf-8")
        body = self.body(evolve(QUERY, query_path=str(path)), request())
        self.assertEqual(body, '{"query":"{ fromFile }\\n"}')

    def test_switched_off(self) -> None:
        """An unknown type, or a file that is not there, leaves requests alone, with a warning."""
        for settings in (GraphQL("subscription"), evolve(QUERY, query_path="/does/not/exist")):
            given = request(body=b"x")
            self.assertIs(self.ask(settings, given), given)
        warnings = self.placement.problems.warnings
        self.assertEqual([problem.pointer for problem in warnings], ["/x", "/x"])

    def test_settings(self) -> None:
        """Type and method may be in any letter case; the method is POST unless it is GET."""
        value = {
            "type": "QUERY",
            "method": "get",
            "query": "q",
            "query_path": "p",
            "operationName": "o",
            "variables": {"a": 1},
        }
        problems = Problems()
        self.assertEqual(
            component.settings(Reader(value, "/x", problems)),
            GraphQL("query", "GET", "q", "p", "o", {"a": 1}),
        )
        self.assertEqual(
            component.settings(Reader({"method": "PUT"}, "/x", problems)).method, "POST"
        )
        self.assertEqual(problems.found, [])
