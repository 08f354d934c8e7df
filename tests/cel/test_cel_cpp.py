"""Tests of `gatekeeper.cel.cel_cpp`: the tables of the contract, and what an engine must refuse."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.cel.cel_cpp import CelCpp
from gatekeeper.cel.engine import COST_LIMIT, BadExpression, EvaluationFailed

NOW = "2026-11-23T08:00:00.12Z"

REQUEST: dict[str, Any] = {
    "now": NOW,
    "req_method": "GET",
    "req_path": "/cel/7",
    "req_params": {"Id": "7"},
    "req_headers": {"X-A": ["1"], "X-Forwarded-For": ["192.0.2.1"]},
    "req_querystring": {"foo": ["1"]},
}

RESPONSE: dict[str, Any] = {
    "now": NOW,
    "resp_completed": True,
    "resp_metadata_status": 0,
    "resp_metadata_headers": {},
    "resp_data": {
        "id": "5",
        "f": "1.5",
        "s": "x",
        "arr": ["1", "2"],
        "o": {"k": True},
        "b": True,
        "n": None,
    },
}

TOKEN: dict[str, Any] = {
    "now": NOW,
    "JWT": {"sub": "a", "n": 5.0, "roles": ["a", "b"], "o": {"x": 1.0}},
}

ERROR = "an error"

TABLE: list[tuple[dict[str, Any], str, object]] = [
    (REQUEST, "req_method == 'POST'", False),
    (REQUEST, "has(req_headers.X)", False),
    (REQUEST, "has(req_params.id)", False),
    (REQUEST, "req_method", "GET"),
    (REQUEST, "size(req_method)", 3),
    (REQUEST, "'1' in req_headers['X-A']", True),
    (REQUEST, "'X-A' in req_headers", True),
    (REQUEST, "req_params.Id == '7'", True),
    (REQUEST, "'1' in req_querystring.foo", True),
    (REQUEST, "req_path.startsWith('/cel')", True),
    (REQUEST, "req_params.Id.matches('^[0-9]$')", True),
    (REQUEST, "req_headers['X-A'].exists(x, x == '1')", True),
    (REQUEST, "req_headers['X-A'].exists_one(x, x == '1')", True),
    (REQUEST, "req_headers['X-A'].existsOne(x, x == '1')", True),
    (REQUEST, "req_headers['X-A'].map(x, size(x))[0] == 1", True),
    (REQUEST, "req_headers['X-A'].map(x, x == '1', x + 'a') == ['1a']", True),
    (REQUEST, "size(req_headers.filter(k, k == 'X-A')) == 1", True),
    (REQUEST, "int(req_params.Id) + 1 == 8", True),
    (REQUEST, "dyn(1) == 1.0", True),
    (REQUEST, "b'abc' == bytes('abc')", True),
    (REQUEST, "1u + 1u == 2u", True),
    (REQUEST, "timestamp(now).getFullYear() > 2000", True),
    (REQUEST, "timestamp(now).getMonth() == 10", True),
    (REQUEST, "timestamp(now).getDate() == 23 && timestamp(now).getDayOfMonth() == 22", True),
    (REQUEST, "timestamp(now).getHours('Europe/Berlin') == 9", True),
    (REQUEST, "timestamp(now).getMilliseconds() == 120", True),
    (REQUEST, "timestamp(now) - duration('1h') < timestamp(now)", True),
    (REQUEST, "req_headers['Nope'][0] == 'x'", ERROR),
    (REQUEST, "1 / 0 == 1", ERROR),
    (REQUEST, "req_method == 'GET' && resp_completed", ERROR),
    (REQUEST, "req_method == 'POST' && resp_completed", False),
    (REQUEST, "req_headers['Nope'][0] == 'x' || req_method == 'GET'", True),
    (REQUEST, "req_method == 'GET' || req_headers['Nope'][0] == 'x'", True),
    (REQUEST, "'a'.matches('(')", ERROR),
    (RESPONSE, "resp_metadata_status == 0", True),
    (RESPONSE, "size(resp_metadata_headers) == 0", True),
    (RESPONSE, "int(resp_data.id) == 5", True),
    (RESPONSE, "resp_data.id == '5'", True),
    (RESPONSE, "double(resp_data.id) > 4.0", True),
    (RESPONSE, "size(resp_data.arr) == 2", True),
    (RESPONSE, "resp_data.o.k", True),
    (RESPONSE, "resp_data.n == null", True),
    (RESPONSE, "resp_data.b == true", True),
    (RESPONSE, "has(resp_data.s)", True),
    (RESPONSE, "resp_data.id == 5", False),
    (RESPONSE, "resp_data.arr[0] == 1", False),
    (RESPONSE, "resp_data.f == 1.5", False),
    (RESPONSE, "has(resp_data.zzz)", False),
    (RESPONSE, "resp_metadata_status == 200", False),
    (RESPONSE, "resp_data.id > 4", ERROR),
    (TOKEN, "JWT.n > 3", True),
    (TOKEN, "JWT.n == 5", True),
    (TOKEN, "JWT.n in [5, 6]", True),
    (TOKEN, "JWT.n >= 5 && JWT.n < 5.5", True),
    (TOKEN, "int(JWT.n) % 2 == 1", True),
    (TOKEN, "size(JWT.roles) > 1", True),
    (TOKEN, "'a' in JWT.roles", True),
    (TOKEN, "has(JWT.z) == false", True),
    (TOKEN, "JWT.o.x == 1.0", True),
    (TOKEN, "JWT.n + 1.0 == 6.0", True),
    (TOKEN, "has(JWT.o.y)", False),
    (TOKEN, "JWT.n + 1 == 6", ERROR),
    (TOKEN, "JWT.missing == 1", ERROR),
]


class TableTests(SynchronousTestCase):
    """What expressions give."""

    def test_results(self) -> None:
        """As the contract's tables say."""
        for values, text, expected in TABLE:
            with self.subTest(text):
                expression = CelCpp().compile(text)
                try:
                    self.assertEqual(expression.evaluate(values), expected)
                except EvaluationFailed:
                    self.assertEqual(expected, ERROR)

    def test_reasons(self) -> None:
        """Errors are told in the words of the original's engine where it has some."""
        for values, text, reason in [
            (REQUEST, "req_headers['Nope'][0] == 'x'", "no such key: Nope"),
            (
                REQUEST,
                "req_method == 'GET' && resp_completed",
                "no such attribute(s): resp_completed",
            ),
            (REQUEST, "1 / 0 == 1", "division by zero"),
            (TOKEN, "JWT.n + 1 == 6", "no such overload"),
            (REQUEST, "int(req_method) == 0", "cannot convert string to int"),
        ]:
            with self.subTest(text):
                error = self.assertRaises(EvaluationFailed, CelCpp().compile(text).evaluate, values)
                self.assertEqual(str(error), reason)


class CompileTests(SynchronousTestCase):
    """What is refused at start."""

    def test_mistakes(self) -> None:
        """Mistakes of syntax and type, unknown names, and everything but the standard library."""
        for text, column in [
            ("req_method ==", 14),
            ("has(req_body)", 5),
            ("has(req_headers['X'])", 16),
            ("req_headers[?'X-A'].hasValue()", 1),
            ("req_foo == 'a'", 1),
            ("req_method == 1", 12),
            ("1 == 1.0", 3),
            ("req_params.Id.lowerAscii() == '7'", 25),
            ("'a,b'.split(',')[0] == 'a'", 12),
            ("math.greatest(1, 2) == 2", 1),
            ("cel.bind(x, 1, x == 1)", 10),
            ("optional.of(1).hasValue()", 1),
            ("", 1),
        ]:
            with self.subTest(text):
                error = self.assertRaises(BadExpression, CelCpp().compile, text)
                self.assertEqual(error.column, column)
                self.assertNotIn("INVALID_ARGUMENT", str(error))

    def test_later_lines(self) -> None:
        """The place of a mistake in a text of several lines is told as well."""
        error = self.assertRaises(BadExpression, CelCpp().compile, "true &&\nreq_foo")
        self.assertEqual((error.column, str(error)[:8]), (0, "line 2: "))

    def test_variables(self) -> None:
        """Those that are used, not those that are only mentioned."""
        for text, uses in [
            ("true", set()),
            ("'req_method' == 'x'", set()),
            ("resp_data.req_method == '1'", {"resp_data"}),
            ("req_params['JWT.sub'] == 'a'", {"req_params"}),
            ("JWT.sub == req_method", {"JWT", "req_method"}),
            ("['a'].exists(req_method, req_method == 'a')", set()),
            (
                "has(resp_data.JWT) && timestamp(now) > timestamp('2024-01-01T00:00:00Z')",
                {"resp_data", "now"},
            ),
        ]:
            with self.subTest(text):
                self.assertEqual(CelCpp().compile(text).uses, uses)

    def test_respelled_macro(self) -> None:
        """``existsOne`` in a text is a text."""
        for text in (
            "'.existsOne(' + req_method == '.existsOne(GET'",
            "r'\\.existsOne(' + req_method == '\\\\.existsOne(GET'",
            "'a\\'.existsOne(' == 'a\\'.existsOne(' && req_method == 'GET'",
            "['.existsOne('].existsOne(x, x == '.existsOne(') && req_method != ''",
        ):
            with self.subTest(text):
                self.assertIs(CelCpp().compile(text).evaluate(REQUEST), True)


class CostTests(SynchronousTestCase):
    """What one evaluation may cost."""

    def evaluate(self, text: str, count: int) -> object:
        items = ["x"] * count
        return CelCpp().compile(text).evaluate({"resp_data": {"items": items}})

    def test_within(self) -> None:
        """A rule may look at thousands of items."""
        self.assertIs(self.evaluate("resp_data.items.all(x, x == 'x')", COST_LIMIT - 1), True)

    def test_too_much(self) -> None:
        """Then it ends, also when macros stand in one another; it does not hang."""
        for text, count in [
            ("resp_data.items.all(x, x == 'x')", COST_LIMIT + 1),
            ("resp_data.items.all(x, resp_data.items.all(y, y == x))", 5000),
        ]:
            with self.subTest(text):
                error = self.assertRaises(EvaluationFailed, self.evaluate, text, count)
                self.assertEqual(str(error), "it costs too much")

    def test_odd_values(self) -> None:
        """A value that an expression cannot hold is an error, never a crash."""
        for value in (2**70, object(), "\udcff", (1,)):
            with self.subTest(value=value):
                expression = CelCpp().compile("resp_data.x == 'a'")
                self.assertRaises(
                    EvaluationFailed, expression.evaluate, {"resp_data": {"x": value}}
                )
