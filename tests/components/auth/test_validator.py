"""Tests of `gatekeeper.components.auth.validator`: what a request must bring, and what it gets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CoroutineType, ModuleType
from typing import Any

from attrs import evolve
from twisted.internet.defer import CancelledError

from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import Problems, Refused
from gatekeeper.jose.key_sets import KeySets
from gatekeeper.message import ClientRequest
from gatekeeper.testing import client_request, run
from tests.components.auth.validating import JSON_TYPE, POINTER, URL, ValidatorTestCase
from tests.jose.attacks import attacks
from tests.jose.tokens import EVERY_PUBLIC_KEY, JSON, NOW, key_set, oct_jwk, token


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
        asked = {
            f"{call.origin.scheme}://{call.origin.netloc}{call.target}"
            for call in self.backend.calls
        }
        self.assertEqual(asked, {URL})

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


class GateTests(ValidatorTestCase):
    """What waits, and what does not."""

    def test_at_once(self) -> None:
        """Only a token whose key must be downloaded waits; good and bad ones are judged alike."""
        gate = self.gate(roles=["r"])
        good, bad = token({"roles": ["r"]}), token({"roles": ["x"]})
        verdict = gate(self.client(good))
        assert isinstance(verdict, CoroutineType)
        self.successResultOf(run(verdict))
        client = self.client(good)
        self.assertIs(gate(client), client)
        for text, status in ((bad, 403), (good[:-4], 401), (None, 401)):
            error = self.assertRaises(Refused, gate, self.client(text))
            self.assertEqual(error.status, status)
        self.assertEqual(self.downloads(), 1)

    def client(self, text: str | None) -> ClientRequest:
        headers = {} if text is None else {"Authorization": [f"Bearer {text}"]}
        return client_request("/a/7", headers=headers)


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
