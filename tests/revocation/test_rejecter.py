"""Tests of `gatekeeper.revocation.rejecter`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.errors import Problems
from gatekeeper.message import JSON, Number
from gatekeeper.revocation.filters import SlidingFilter
from gatekeeper.revocation.rejecter import rejecter
from gatekeeper.revocation.settings import Revocation
from gatekeeper.testing import runtime

SHAPE = Revocation(1000, 1e-6, "optimal", 600, 1234, ("jti", "n"))
WRITTEN = {
    "N": 1000,
    "P": 1e-6,
    "hash_name": "optimal",
    "TTL": 600,
    "port": 1234,
    "token_keys": ["jti", "n"],
}


def service(value: JSON) -> ServiceConfig:
    return ServiceConfig(extra_config={"auth/revoker": Settings(value, "/r")})


class RejecterTests(SynchronousTestCase):
    """Which claims make a token a revoked one."""

    def setUp(self) -> None:
        self.runtime = runtime()
        SlidingFilter(SHAPE, self.runtime.node).add(b"jti-a")
        SlidingFilter(SHAPE, self.runtime.node).add(b"n-5")

    def test_claims(self) -> None:
        """Texts of the listed claims at the top; as in the conformance case revoker."""
        is_revoked = rejecter(service(WRITTEN), self.runtime, Problems())
        assert is_revoked is not None
        table: list[tuple[dict[str, JSON], bool]] = [
            ({"jti": "a"}, True),
            ({"jti": "b", "n": "5"}, True),
            ({"jti": "a-more"}, False),
            ({"jti": "A"}, False),
            ({"sub": "a"}, False),
            ({"n": 5}, False),
            ({"n": Number("5")}, False),
            ({"jti": ["a"]}, False),
            ({"jti": {"jti": "a"}}, False),
            ({"jti": None}, False),
            ({"jti": "\ud800"}, False),
            ({}, False),
        ]
        for claims, expected in table:
            with self.subTest(claims=claims):
                self.assertIs(expected, is_revoked(claims))

    def test_not_configured(self) -> None:
        """There is nothing to ask."""
        self.assertIsNone(rejecter(ServiceConfig(), self.runtime, Problems()))

    def test_mistakes(self) -> None:
        """They are reported once, however many ask, and meanwhile no token is good."""
        problems = Problems()
        for _ in range(2):
            is_revoked = rejecter(service({**WRITTEN, "TTL": 0}), self.runtime, problems)
            assert is_revoked is not None
            self.assertTrue(is_revoked({"jti": "b"}))
        self.assertEqual(["/r/TTL: expected 1 or more, found 0"], list(map(str, problems.found)))
