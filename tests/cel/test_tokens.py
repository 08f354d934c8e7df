"""Tests of `gatekeeper.cel.tokens`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.cel.tokens import token_rules
from gatekeeper.config.model import Endpoint, Settings
from gatekeeper.errors import Problems, Refused
from gatekeeper.testing import RecordedLog

CLAIMS = {"sub": "alice", "level": 5, "exp": 1_795_420_801}


def endpoint(*texts: str) -> Endpoint:
    value = [{"check_expr": text} for text in texts]
    extra = {"validation/cel": Settings(value, "/x")} if texts else {}
    return Endpoint("/a", "/a", (), extra_config=extra)


class TokenRulesTests(SynchronousTestCase):
    """What a validator asks when a token is good."""

    def setUp(self) -> None:
        self.problems = Problems()
        self.log = RecordedLog("INFO")

    def rules(self, *texts: str) -> Callable[[Mapping[str, Any]], None] | None:
        return token_rules(endpoint(*texts), self.problems, self.log, lambda: 1_795_420_800.0)

    def refused(self, *texts: str) -> None:
        check = self.rules(*texts)
        assert check is not None
        error = self.assertRaises(Refused, check, CLAIMS)
        self.assertEqual((error.status, str(error), error.headers), (401, "", ()))

    def test_none(self) -> None:
        """Without rules on tokens there is nothing to ask."""
        self.assertIsNone(self.rules())
        self.assertIsNone(self.rules("req_method == 'GET'"))

    def test_agreement(self) -> None:
        """When all rules hold, nothing happens; rules of other phases are not asked."""
        check = self.rules(
            "JWT.sub == 'alice'",
            "req_method == 'POST'",
            "JWT.level > 3 && timestamp(int(JWT.exp)) > timestamp(now)",
        )
        assert check is not None
        check(CLAIMS)
        self.assertEqual(self.log.lines, [])

    def test_refusals(self) -> None:
        """False, an error, and a value that is not true all mean 401; the log says which."""
        self.refused("JWT.sub == 'alice'", "JWT.sub == 'bob'")
        self.refused("JWT.team == 'blue'")
        self.refused("JWT.sub")
        self.refused("JWT.sub == 'alice' && req_method == 'GET'")
        label = "[ENDPOINT: /a][CEL] Rejecter"
        self.assertEqual(
            [text for _, text in self.log.lines],
            [
                f"{label} #1 result: false",
                f"{label} #0 failed: no such key: team",
                f"{label} #0 result: no bool but a str",
                f"{label} #0 failed: no such attribute(s): req_method",
            ],
        )

    def test_without_log(self) -> None:
        """Nobody needs to listen."""
        check = token_rules(endpoint("JWT.sub == 'bob'"), self.problems)
        assert check is not None
        self.assertRaises(Refused, check, CLAIMS)

    def test_mistakes(self) -> None:
        """A rule with a mistake is reported: the gateway does not start."""
        self.rules("JWT.sub ==")
        self.assertEqual([problem.pointer for problem in self.problems.fatal], ["/x/0/check_expr"])
