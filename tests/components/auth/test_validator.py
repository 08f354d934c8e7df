"""Tests of `gatekeeper.components.auth.validator`: what a request must bring, and what it gets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement, Runtime
from gatekeeper.components.auth.validator import component
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import Problems, Refused
from gatekeeper.jose.key_sets import KeySets
from gatekeeper.message import ClientRequest, Headers, Reply
from gatekeeper.proxy import Handler
from gatekeeper.testing import FakeBackend, RecordedLog, client_request, run, runtime
from tests.jose.attacks import attacks
from tests.jose.tokens import EVERY_PUBLIC_KEY, JSON, NOW, key_set, oct_jwk, token

URL = "http://id.example/keys"
POINTER = "/endpoints/0/extra_config/auth~1validator"
JSON_TYPE = ("Content-Type", "application/json")


class ValidatorTestCase(SynchronousTestCase):
    """An endpoint behind a validator, a key server and a clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        self.backend = FakeBackend()
        self.serve(*EVERY_PUBLIC_KEY)
        self.runtime: Runtime = runtime(self.clock, self.backend)
        self.problems = Problems()
        self.passed: list[ClientRequest] = []
        self.endpoint = Endpoint("/a/{id}", "/a/:id", backends=(Backend(),))
        self.service = ServiceConfig()

    def serve(self, *keys: JSON) -> None:
        """Publish keys."""
        self.backend._scripts.clear()
        self.backend.on("/keys", 200, key_set(*keys), [JSON_TYPE])

    def handler(self, value: JSON = None, **settings: JSON) -> Handler:
        """Build a validator; without a value the settings are added to good ones."""
        good = {"alg": "HS256", "jwk_url": URL, "disable_jwk_security": True, "cache": True}
        written = Settings(good | settings if value is None else value, POINTER)
        placement = Placement(self.service, self.endpoint, problems=self.problems)
        assert component.handler is not None
        wrap = component.handler(component.settings(written), placement, self.runtime)

        async def inner(client: ClientRequest) -> Reply:
            self.passed.append(client)
            return Reply(200)

        return wrap(inner)

    def ask(self, handler: Handler, text: str | None, **more: Any) -> Deferred[Reply]:
        headers: Headers = {} if text is None else {"Authorization": [f"Bearer {text}"]}
        return run(handler(client_request("/a/7", headers={**headers, **more.pop("headers", {})})))

    def status(self, handler: Handler, text: str | None, **more: Any) -> int:
        """Give the status that a client gets; a refusal has no text and no headers."""
        asked = self.ask(handler, text, **more)
        asked.addErrback(self._refusal)
        return self.successResultOf(asked).status

    def _refusal(self, failure: Any) -> Reply:
        failure.trap(Refused)
        self.assertEqual((str(failure.value), failure.value.headers), ("", ()))
        return Reply(failure.value.status)

    def log(self) -> list[tuple[str, str]]:
        assert isinstance(self.runtime.log, RecordedLog)
        lines, self.runtime.log.lines[:] = list(self.runtime.log.lines), []
        return lines

    def downloads(self) -> int:
        return len(self.backend.calls)


class TokenTests(ValidatorTestCase):
    """Tokens and where they are."""

    def test_good_and_missing(self) -> None:
        """A good token passes, none does not, and the pipe never sees the latter."""
        handler = self.handler()
        self.assertEqual(self.status(handler, None), 401)
        self.assertEqual(self.passed, [])
        self.assertEqual(self.status(handler, token({"sub": "ann"})), 200)
        self.assertEqual(len(self.passed), 1)

    def test_sources(self) -> None:
        """Header and cookie, renamed or not."""
        text = token()
        cookie = {"Cookie": [f"access_token={text}"]}
        self.assertEqual(self.status(self.handler(), None, headers=cookie), 200)
        handler = self.handler(cookie_key="TK", auth_header_name="x-token")
        self.assertEqual(self.status(handler, None, headers=cookie), 401)
        self.assertEqual(self.status(handler, text), 401)
        self.assertEqual(self.status(handler, None, headers={"Cookie": [f"TK={text}"]}), 200)
        self.assertEqual(self.status(handler, None, headers={"X-Token": [text]}), 200)

    def test_issuer_audience_leeway(self) -> None:
        """As configured."""
        handler = self.handler(issuer="me", audience=["a", "b"], leeway="10s")
        good = {"iss": "me", "aud": ["a", "b"], "exp": NOW - 5}
        self.assertEqual(self.status(handler, token(good)), 200)
        for wrong in ({"iss": "ME"}, {"aud": "a"}, {"exp": NOW - 11}):
            self.assertEqual(self.status(handler, token(good | wrong)), 401)

    def test_attacks(self) -> None:
        """No attack gets in, none makes the gateway talk to anybody but the key server."""
        handlers = {
            name: self.handler(alg=name)
            for name in ("HS256", "HS512", "RS256", "ES256", "EdDSA", "PS256")
        }
        for name, algorithm, text in attacks():
            with self.subTest(attack=name):
                self.assertEqual(self.status(handlers[algorithm], text), 401)
        self.assertEqual(self.passed, [])
        asked = {f"{call.origin.scheme}://{call.origin.netloc}{call.target}" for call in self.calls}
        self.assertEqual(asked, {URL})

    @property
    def calls(self) -> list[Any]:
        return self.backend.calls

    def test_flood(self) -> None:
        """Ten thousand made-up keys in ten minutes cost five downloads, and one a minute."""
        handler = self.handler(cache_duration=100_000)
        self.assertEqual(self.status(handler, token()), 200)
        for number in range(10_000):
            text = token(header={"kid": f"made-up-{number}"}, signature=b"x" * 32)
            self.assertEqual(self.status(handler, text), 401)
            self.clock.advance(0.06)
        self.assertLessEqual(self.downloads(), 1 + 5 + 10)
        self.assertEqual(self.status(handler, token()), 200)
        self.assertEqual(len(KeySets.of(self.runtime.shared).verified), 1)

    def test_flood_with_cooldown(self) -> None:
        """With a cool-down of a minute: one download a minute."""
        handler = self.handler(failed_jwk_key_cooldown="1m")
        self.assertEqual(self.status(handler, token()), 200)
        for number in range(10_000):
            text = token(header={"kid": f"made-up-{number}"}, signature=b"x" * 32)
            self.assertEqual(self.status(handler, text), 401)
        self.assertEqual(self.downloads(), 2)

    def test_client_that_leaves(self) -> None:
        """Leaving while keys are fetched is a cancellation, and the pipe is not asked."""
        self.backend._scripts.clear()
        self.backend.hangs("/keys")
        asked = self.ask(self.handler(), token())
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertEqual(self.passed, [])


class KeyTests(ValidatorTestCase):
    """Where keys come from."""

    def test_file(self) -> None:
        """Keys of a file need no download, and an unknown one causes none."""
        path = self.mktemp()
        Path(path).write_bytes(key_set(oct_jwk(b"abc", kid="weak"), *EVERY_PUBLIC_KEY))
        handler = self.handler(cache=False, jwk_local_path=path)
        self.assertEqual(self.status(handler, token()), 200)
        self.assertEqual(self.status(handler, token(header={"kid": "nope"})), 401)
        self.assertEqual(self.downloads(), 0)
        self.assertEqual(self.problems.fatal, [])
        [warning] = self.problems.warnings
        self.assertEqual(warning.pointer, f"{POINTER}/jwk_local_path")
        self.assertIn('"weak" is weak', warning.message)

    def test_prefetch(self) -> None:
        """With a cache the keys are there before the first request; nothing is asked earlier."""
        handler, _ = self.handler(), self.handler()
        self.assertEqual(self.downloads(), 0)
        self.clock.advance(0)
        self.assertEqual(self.downloads(), 1)
        self.assertEqual(self.status(handler, token()), 200)
        self.assertEqual(self.downloads(), 1)

    def test_without_cache(self) -> None:
        """Each request downloads once."""
        handler = self.handler(cache=False)
        self.clock.advance(0)
        for _ in range(3):
            self.assertEqual(self.status(handler, token()), 200)
        self.assertEqual(self.downloads(), 3)

    def test_shared(self) -> None:
        """A second endpoint uses what the first has fetched, but only from the same URL."""
        self.service = ServiceConfig(
            extra_config={"auth/validator": Settings({"shared_cache_duration": 600}, "/x")}
        )
        one, two = self.handler(), self.handler()
        self.assertEqual(self.status(one, token()), 200)
        self.assertEqual(self.status(two, token()), 200)
        self.assertEqual(self.downloads(), 1)
        self.backend.on("/other", 200, key_set(oct_jwk(b"x" * 32, kid="other")), [JSON_TYPE])
        other = self.handler(jwk_url="http://id.example/other")
        self.assertEqual(self.status(other, token()), 401)

    def test_strategies(self) -> None:
        """By thumbprint a token without one is refused; an unknown strategy is ``kid``."""
        self.assertEqual(self.status(self.handler(key_identify_strategy="x5t"), token()), 401)
        self.assertEqual(self.status(self.handler(key_identify_strategy="foo"), token()), 200)

    def test_board(self) -> None:
        """Operators see the key set of an endpoint."""
        self.status(self.handler(), token())
        [notice] = self.runtime.board.read()
        self.assertEqual((notice.kind, notice.place), ("auth/validator", URL))
        self.assertEqual(notice.facts["keys"], len(EVERY_PUBLIC_KEY))


class AccessTests(ValidatorTestCase):
    """Checks of claims."""

    def test_roles_and_scopes(self) -> None:
        """403 for both, roles first."""
        handler = self.handler(
            roles=["admin"], scopes=["r", "w"], scopes_key="scope", scopes_matcher="all"
        )
        for claims, status in (
            ({"roles": ["admin"], "scope": "r w"}, 200),
            ({"roles": ["admin"], "scope": "r"}, 403),
            ({"roles": ["user"], "scope": "r w"}, 403),
            ({"roles": [1], "scope": [2]}, 403),
            ({}, 403),
        ):
            self.assertEqual(self.status(handler, token(claims)), status, claims)

    def test_nested_names_of_any_length(self) -> None:
        """A short dotted name is a path like any other."""
        handler = self.handler(roles=["r"], roles_key="a.b", roles_key_is_nested=True)
        self.assertEqual(self.status(handler, token({"a": {"b": "r"}})), 200)
        self.assertEqual(self.status(handler, token({"a.b": "r"})), 403)

    def test_revoker(self) -> None:
        """It is asked for every token, also for one that was good before."""
        asked: list[Mapping[str, JSON]] = []

        made: list[object] = []

        def rejecter(service: object, lent: object, problems: object) -> Callable[..., bool]:
            made.append(lent)
            return lambda claims: asked.append(claims) or len(asked) > 1  # type: ignore[func-returns-value]

        self.install("gatekeeper.revocation.rejecter", rejecter=rejecter)
        self.service = ServiceConfig(extra_config={"auth/revoker": Settings({}, "/x")})
        handler = self.handler(roles=["admin"], operation_debug=True)
        text = token({"roles": "admin"})
        self.assertEqual(self.status(handler, text), 200)
        self.log()
        self.assertEqual(self.status(handler, text), 401)
        label = "[ENDPOINT: /a/:id][JWTValidator]"
        self.assertEqual(self.log(), [("ERROR", f"{label} Token sent by client rejected")])
        self.assertEqual(asked, [{"roles": "admin"}] * 2)
        self.assertEqual(self.status(self.handler(), text), 401)
        self.assertEqual(made, [self.runtime])

    def test_token_rules(self) -> None:
        """They come after the revoker and before roles: 401."""

        def token_rules(endpoint: Endpoint, problems: Problems, **lent: object) -> Any:
            def rules(claims: Mapping[str, JSON]) -> None:
                if claims.get("sub") == "mallory":
                    raise Refused(401)

            return rules

        self.install("gatekeeper.cel.tokens", token_rules=token_rules)
        self.endpoint = evolve(self.endpoint, extra_config={"validation/cel": Settings([], "/x")})
        handler = self.handler(roles=["admin"])
        self.assertEqual(self.status(handler, token({"sub": "mallory"})), 401)
        self.assertEqual(self.status(handler, token({"sub": "ann"})), 403)
        self.assertEqual(self.status(handler, token({"sub": "ann", "roles": "admin"})), 200)

    def install(self, name: str, **members: object) -> None:
        """Put a module where the validator imports one."""
        for part in (name.rpartition(".")[0], name):
            before = sys.modules.get(part)
            module = ModuleType(part)
            vars(module).update(members)
            sys.modules[part] = module
            if before is None:
                self.addCleanup(sys.modules.pop, part)
            else:
                self.addCleanup(sys.modules.__setitem__, part, before)


class CarryTests(ValidatorTestCase):
    """Claims on their way to backends."""

    def backends(self, *patterns: str) -> None:
        made = tuple(Backend(url_pattern=pattern) for pattern in patterns)
        self.endpoint = evolve(self.endpoint, backends=made)

    def test_nothing_to_carry(self) -> None:
        """The request passes as it is."""
        client = client_request("/a/7", headers={"Authorization": [token()]})
        self.successResultOf(run(self.handler()(client)))
        self.assertIs(self.passed[0], client)

    def test_headers(self) -> None:
        """What the client wrote there goes, with or without a claim."""
        handler = self.handler(propagate_claims=[["sub", "x-user"], ["nope", "X-Nope"]])
        spoof = {"X-User": ["root"], "X-Nope": ["root"], "X-Other": ["o"]}
        self.assertEqual(self.status(handler, token({"sub": "ann"}), headers=spoof), 200)
        headers = self.passed[0].headers
        self.assertEqual((headers["X-User"], headers["X-Nope"]), (["ann"], [""]))
        self.assertEqual(headers["X-Other"], ["o"])

    def test_parameters(self) -> None:
        """Claims that a pattern names, safe for a URL; a missing one leaves no parameter."""
        self.backends("/{{.JWT.sub}}/{{.JWT.n}}", "/{{.JWT.list}}?x={{.JWT.nope}}")
        text = token({"sub": "a/b?c#d", "n": 5, "list": ["a", "b"], "more": 1})
        client = client_request(
            "/a/7", headers={"Authorization": [text]}, params={"id": "7", "JWT.nope": "spoof"}
        )
        self.successResultOf(run(self.handler()(client)))
        wanted = {"id": "7", "JWT.sub": "a/b%3Fc%23d", "JWT.n": "5", "JWT.list": "a,b"}
        self.assertEqual(self.passed[0].params, wanted)

    def test_version_2(self) -> None:
        """Files of KrakenD 1.x: texts only, added to what the client sent; header with scheme."""
        self.service = ServiceConfig(version=2)
        self.backends("/{{.JWT.sub}}/{{.JWT.n}}")
        handler = self.handler(propagate_claims=[["sub", "X-User"]], auth_header_name="X-Token")
        text = token({"sub": "ann", "n": 5})
        self.assertEqual(self.status(handler, text, headers={"X-User": ["spoof"]}), 200)
        self.assertEqual(self.passed[0].headers["X-User"], ["spoof", "ann"])
        self.assertEqual(self.passed[0].params, {"JWT.sub": "ann"})
        self.assertEqual(self.status(handler, None, headers={"Authorization": [text]}), 401)
        self.assertEqual(self.status(handler, None, headers={"X-Token": [text]}), 401)


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
        assert component.handler is not None
        wrap = component.handler(Settings(None, POINTER), placement, self.runtime)
        self.failureResultOf(self.ask(wrap(self.handler()), token()), Refused)

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
