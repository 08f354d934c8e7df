"""Tests of `gatekeeper.cel.rules`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.cel.rules import Rules, read_rules
from gatekeeper.errors import Problems
from tests.missing import missing

AT = "/x"


class ReadTests(SynchronousTestCase):
    """From a list in the configuration to rules of three phases."""

    def read(self, *texts: str) -> Rules:
        problems = Problems()
        rules = read_rules([{"check_expr": text} for text in texts], AT, problems)
        self.assertEqual(problems.found, [])
        return rules

    def phases(self, text: str) -> tuple[int, int, int]:
        rules = self.read(text)
        return len(rules.request), len(rules.response), len(rules.token)

    def test_phases(self) -> None:
        """A rule is asked in each phase whose variables it uses, wherever else it names them."""
        for text, phases in [
            ("req_method == 'GET'", (1, 0, 0)),
            ("resp_completed", (0, 1, 0)),
            ("JWT.sub == 'a'", (0, 0, 1)),
            ("JWT.sub == 'a' && req_method == 'GET'", (1, 0, 1)),
            ("resp_completed || req_method == 'GET'", (1, 1, 0)),
            ("resp_data.request_id == '1'", (0, 1, 0)),
            ("req_params['JWT.sub'] == 'a'", (1, 0, 0)),
            ("'required' == 'required'", (1, 0, 0)),
        ]:
            with self.subTest(text):
                self.assertEqual(self.phases(text), phases)

    def test_order(self) -> None:
        """Each phase keeps the order of the file."""
        rules = self.read("resp_completed", "req_method == 'A'", "req_method == 'B'")
        self.assertEqual(
            [rule.text for rule in rules.request], ["req_method == 'A'", "req_method == 'B'"]
        )

    def test_nothing(self) -> None:
        """An empty list, or null, are no rules; other keys are not looked at."""
        problems = Problems()
        for value in (None, []):
            self.assertEqual(read_rules(value, AT, problems), Rules())
        rules = read_rules([{"Check_Expr": "resp_completed", "mod_expr": 7}], AT, problems)
        self.assertEqual((len(rules.response), problems.found), (1, []))

    def test_mistakes(self) -> None:
        """Whatever would leave a rule unasked refuses to start, with its place."""
        table: list[tuple[Any, str, str]] = [
            ({"check_expr": "req_method == 'GET'"}, "/x", "a list of rules"),
            (7, "/x", "a list of rules"),
            (["req_method == 'GET'"], "/x/0", "an object"),
            ([{"check_expr": 7}], "/x/0/check_expr", "an expression"),
            ([{"check_expr": " "}], "/x/0/check_expr", "an expression"),
            ([{"check_exp": "resp_completed"}], "/x/0", "found nothing"),
            ([{"check_expr": "req_method =="}], "/x/0/check_expr", "at column 14"),
            ([{"check_expr": "req_method == 1"}], "/x/0/check_expr", "at column 12"),
            ([{"check_expr": "req_foo == 1"}], "/x/0/check_expr", "req_foo"),
            ([{"check_expr": "true"}], "/x/0/check_expr", "never be asked"),
            (
                [{"check_expr": "timestamp(now).getHours() < 18"}],
                "/x/0/check_expr",
                "never be asked",
            ),
            ([{"check_expr": "'JWT' == 'JWT'"}], "/x/0/check_expr", "never be asked"),
        ]
        for value, pointer, words in table:
            with self.subTest(value=value):
                problems = Problems()
                read_rules(value, AT, problems)
                (problem,) = problems.fatal
                self.assertEqual(problem.pointer, pointer)
                self.assertIn(words, problem.message)

    def test_all_mistakes(self) -> None:
        """They are shown together, each once although two readers find it."""
        problems = Problems()
        value = [{"check_expr": "true"}, {"check_expr": "resp_completed"}, {"check_expr": "("}]
        for _ in range(2):
            read_rules(value, AT, problems)
        self.assertEqual(
            [problem.pointer for problem in problems.fatal], ["/x/0/check_expr", "/x/2/check_expr"]
        )

    def test_missing_library(self) -> None:
        """Without its library there is one error that names the extra and the place."""
        missing(self, "gatekeeper.cel.cel_cpp")
        problems = Problems()
        rules = read_rules([{"check_expr": "resp_completed"}], AT, problems)
        self.assertEqual(rules, Rules())
        (problem,) = problems.fatal
        self.assertEqual(problem.pointer, AT)
        self.assertIn('pip install "gatekeeper-gateway[cel]"', problem.message)
