"""Tests of `gatekeeper.components.auth.validator_settings`, and of what a start says and does."""

from __future__ import annotations

from pathlib import Path

from gatekeeper.component import Placement
from gatekeeper.components.auth.validator import component
from gatekeeper.config.model import Settings
from gatekeeper.errors import Refused
from gatekeeper.gate import wrapper
from tests.components.auth.validating import POINTER, URL, ValidatorTestCase
from tests.jose.tokens import JSON, token


class StartTests(ValidatorTestCase):
    """What is said, and done, when settings are wrong."""

    def closed(self, value: JSON = None, **settings: JSON) -> str:
        """Give the warning of an endpoint that refuses everybody."""
        self.problems.found.clear()
        handler = self.handler(value, **settings)
        self.assertEqual(self.status(handler, token()), 401)
        self.assertEqual(self.problems.fatal, [])
        [(level, text), *_] = self.log()
        self.assertEqual(level, "WARNING")
        self.assertTrue(any("401" in problem.message for problem in self.problems.warnings))
        return text

    def test_unreadable_settings_close_the_endpoint(self) -> None:
        """Wrong types start, and refuse everybody: case ``broken-validators``."""
        wrong: tuple[dict[str, JSON], ...] = (
            {"cache_duration": 1.5}, {"cache_duration": -1}, {"cache_duration": 2**32},
            {"cypher_key": "!!"}, {"audience": "shop"}, {"cache": "yes"}, {"alg": 5},
            {"roles": [5]}, {"propagate_claims": ["sub"]}, {"propagate_claims": [[5, "X"]]},
            {"leeway": 5}, {"failed_jwk_key_cooldown": 5}, {"cipher_suites": [1.5]},
        )  # fmt: skip
        for settings in wrong:
            text = self.closed(**settings)
            label = "[ENDPOINT: /a/:id][JWTValidator] Unable to parse the configuration:"
            self.assertTrue(text.startswith(f"{label} {POINTER}/{next(iter(settings))}"), text)
        values: tuple[JSON, ...] = ("HS256", [], 5, {"alg": "HS256"})
        for value in values:
            self.closed(value)

    def test_insecure_sources_close_the_endpoint(self) -> None:
        """Plain HTTP, or a file, without permission."""
        for more in ({}, {"jwk_url": "", "jwk_local_path": "keys.json"}, {"jwk_url": ""}):
            text = self.closed(disable_jwk_security=False, **more)
            self.assertIn("JWK client is using an insecure connection", text)

    def test_null(self) -> None:
        """Nothing at all is not a validator that lets everybody through."""
        placement = Placement(self.service, self.endpoint, problems=self.problems)
        assert component.gate is not None
        gate = component.gate(Settings(None, POINTER), placement, self.runtime)
        assert gate is not None
        self.failureResultOf(self.ask(wrapper(gate)(self.handler()), token()), Refused)

    def refused(self, **settings: JSON) -> tuple[str, str]:
        """Give place and message of what prevents a start; nobody gets in anyhow."""
        self.problems.found.clear()
        handler = self.handler(**settings)
        self.assertEqual(self.status(handler, token()), 401)
        [problem] = self.problems.fatal
        [(level, text), *_] = self.log()
        self.assertEqual(level, "CRITICAL")
        self.assertIn("[ENDPOINT: /a/:id][JWTValidator] Unable to create the validator", text)
        return problem.pointer.removeprefix(f"{POINTER}/"), problem.message

    def test_what_prevents_a_start(self) -> None:
        """Unknown algorithms, files that are missing, checks that could not work."""
        broken = self.mktemp()
        Path(broken).write_bytes(b"{")
        table: tuple[tuple[str, dict[str, JSON]], ...] = (
            ("alg", {"alg": "none"}),
            ("alg", {"alg": "hs256"}),
            ("alg", {"alg": ""}),
            ("cache", {"jwk_local_path": "keys.json"}),
            ("jwk_local_path", {"cache": False, "jwk_local_path": "absent.json"}),
            ("jwk_local_path", {"cache": False, "jwk_local_path": broken}),
            ("jwk_fingerprints", {"jwk_fingerprints": ["!!"]}),
            ("jwk_local_ca", {"jwk_local_ca": "absent.pem"}),
            ("jwk_local_ca", {"cache": False, "jwk_local_path": broken, "jwk_local_ca": "no"}),
            ("secret_url", {"cache": False, "jwk_local_path": broken, "secret_url": "awskms://x"}),
            ("scopes", {"scopes": ["r"]}),
            ("scopes_matcher", {"scopes": ["r"], "scopes_key": "s", "scopes_matcher": "ALL"}),
        )
        for key, settings in table:
            self.assertEqual(self.refused(**settings)[0], key, settings)

    def test_missing_algorithm(self) -> None:
        """The code of the original has no default, so there is none here."""
        self.handler({"jwk_url": URL, "disable_jwk_security": True})
        [problem] = self.problems.fatal
        self.assertEqual(problem.pointer, POINTER)
        self.assertIn('"alg"', problem.message)

    def test_spelling(self) -> None:
        """Keys are read in any case; one that is nearly a known one is pointed out."""
        value = {"ALG": "HS256", "Jwk_Url": URL, "DISABLE_JWK_SECURITY": True, "isuer": "me"}
        self.assertEqual(self.status(self.handler(value), token()), 200)
        [problem] = self.problems.found
        self.assertEqual((problem.pointer, problem.fatal), (f"{POINTER}/isuer", False))

    def test_pairs(self) -> None:
        """A claim without a header is left out with a warning."""
        self.handler(propagate_claims=[["sub"], ["sub", "X-User"]])
        [problem] = self.problems.found
        self.assertEqual((problem.pointer, problem.fatal), (f"{POINTER}/propagate_claims", False))

    def test_announcements(self) -> None:
        """What is checked is said at DEBUG."""
        self.handler(scopes=["r", "w"], scopes_key="s", scopes_matcher="all", operation_debug=True)
        label = "[ENDPOINT: /a/:id][JWTValidator]"
        constraint = "Constraint added: tokens must contain a claim 's' with all these scopes"
        self.assertEqual(
            self.log(),
            [
                ("DEBUG", f"{label} Roles will be matched against the key: 'roles'"),
                ("DEBUG", f"{label} {constraint}: [r w]"),
                ("DEBUG", f"{label} Validator enabled for this endpoint. "
                 "Operation debug is enabled"),
            ],
        )  # fmt: skip

    def test_debugging(self) -> None:
        """Refusals are logged on demand, without the token."""
        label = "[ENDPOINT: /a/:id][JWTValidator]"
        loud = self.handler(operation_debug=True, roles=["admin"], scopes=["r"], scopes_key="s")
        quiet = self.handler(roles=["admin"])
        self.log()
        for text in (None, "nonsense", token({"exp": 1}), token(), token({"roles": "admin"})):
            self.status(loud, text)
        lines = self.log()
        self.assertEqual({level for level, _ in lines}, {"ERROR"})
        self.assertEqual(lines[0][1], f"{label} Unable to validate the token: Token not found")
        self.assertIn("expected three parts", lines[1][1])
        self.assertIn("the token is expired", lines[2][1])
        self.assertTrue(lines[3][1].endswith("does not have sufficient roles"))
        self.assertTrue(lines[4][1].endswith("does not have the required scopes"))
        self.assertNotIn("nonsense", str(lines))
        for text in (None, "nonsense", token()):
            self.status(quiet, text)
        self.assertEqual(self.log(), [])


class ServiceTests(ValidatorTestCase):
    """The namespace at service level."""

    def build(self, value: JSON) -> None:
        assert component.service is not None
        placement = Placement(self.service, problems=self.problems)
        written = component.settings(Settings(value, "/extra_config/x"))
        self.assertIsNone(component.service(written, placement, self.runtime))

    def test_default(self) -> None:
        """A quarter of an hour, and a line about it."""
        for value in ({}, {"shared_cache_duration": 0}, None):
            self.build(value)
            text = "[SERVICE: JOSE] Empty shared_cache_duration, using default (15m)"
            self.assertEqual(self.log(), [("INFO", text)])
        self.build({"shared_cache_duration": 60})
        self.assertEqual(self.log(), [])
        self.assertEqual(self.problems.found, [])

    def test_mistakes(self) -> None:
        """A wrong type prevents a start."""
        for value in ({"shared_cache_duration": "15m"}, {"shared_cache_duration": -1}, []):
            self.problems.found.clear()
            self.build(value)
            self.assertEqual(len(self.problems.fatal), 1)
