"""
The order of the pipe, by what a client or a backend can see of it.

For each two neighbours of a list in `gatekeeper.pipeline` there is a configuration with both
whose outcome would be another one if they were swapped.  Neighbours are those that this
build has: what is not implemented is left out of the lists first.  A pair with a component
that is not there is skipped.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from email.utils import formatdate
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from gatekeeper import pipeline
from gatekeeper.component import Component, Placement
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.message import ClientRequest, Decoded, Reply, Request, Response
from gatekeeper.pipeline import Step
from gatekeeper.proxy import stack
from gatekeeper.testing import client_request, request, run, runtime
from tests.gateways import InMemory
from tests.web.fakes import FakeExchange

LISTS = {
    "EDGE": pipeline.EDGE,
    "ROUTER": pipeline.ROUTER,
    "HANDLERS": pipeline.HANDLERS,
    "PROXIES": pipeline.PROXIES,
    "BACKENDS": pipeline.BACKENDS,
    "CLIENTS": pipeline.CLIENTS,
}

MEASURING = frozenset(("telemetry/metrics", "telemetry/opencensus"))
"""Only watch: swapping them with a neighbour changes numbers and times, not answers."""

REPLACING = frozenset(
    step.namespace
    for step in pipeline.BACKENDS
    if step.why == "takes the place of the HTTP exchange"
) | {"plugin/http-client"}
"""Never call what is below them, so there is nothing that could be swapped."""

COMMUTING = frozenset((("auth/validator", "auth/signer"), ("auth/signer", "qos/ratelimit/router")))
"""A signer signs 200 and 201 only: it makes no difference on which side refusals happen."""

Pair = tuple[str, str]
Method = TypeVar("Method", bound=Callable[..., None])

SHOWN: dict[Pair, str] = {}
"""Outer and inner component to the test that shows their order."""


def shows(outer: str, inner: str) -> Callable[[Method], Method]:
    """Say which two neighbours a test is about."""

    def note(method: Method) -> Method:
        SHOWN[outer, inner] = method.__name__

        def test(self: SynchronousTestCase) -> None:
            missing = {outer, inner} - pipeline.implemented()
            if missing:
                raise SkipTest(f"not implemented: {', '.join(sorted(missing))}")
            method(self)

        test.__name__, test.__doc__ = method.__name__, method.__doc__
        return test  # type: ignore[return-value]

    return note


def token(**claims: Any) -> str:
    """Sign claims with the key of `OrderTests.validator`."""
    parts = [{"alg": "HS256", "kid": "k"}, {"exp": 4_000_000_000, **claims}]
    text = b".".join(_encoded(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(b"s" * 32, text, hashlib.sha256).digest()
    return (text + b"." + _encoded(signature)).decode()


def fresh() -> list[tuple[str, str]]:
    """Give header lines of an answer that caches keep."""
    return [("Cache-Control", "max-age=600"), ("Date", formatdate(usegmt=True))]


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


class ListTests(SynchronousTestCase):
    """That the lists are what they say, and that nothing is forgotten here."""

    def test_every_pair_is_shown(self) -> None:
        """Each two neighbours have a test, or a reason why there can be none."""
        for name, steps in LISTS.items():
            here = [step.namespace for step in steps if step.namespace in pipeline.implemented()]
            for pair in pairwise(here):
                excused = set(pair) & (MEASURING | REPLACING) or pair in COMMUTING
                with self.subTest(list=name, pair=pair):
                    self.assertTrue(pair in SHOWN or excused)

    def test_lists_are_orders(self) -> None:
        """What stands above wraps what stands below, whatever the order of the file."""
        for name, place in [
            ("HANDLERS", "handler"),
            ("PROXIES", "proxy"),
            ("BACKENDS", "backend"),
            ("CLIENTS", "client"),
        ]:
            with self.subTest(name):
                seen: list[str] = []
                self.patch(
                    pipeline, "component", lambda namespace, s=seen: _recording(namespace, s)
                )
                self.patch(pipeline, "_is_here", lambda _: True)
                self.run_through(place, LISTS[name])
                self.assertEqual(seen, [step.namespace for step in LISTS[name]])

    def run_through(self, place: str, steps: Sequence[Step]) -> None:
        """Build all of a list around something that answers, and call it."""
        extra = {step.namespace: Settings({}, "/x") for step in reversed(steps)}
        placement = Placement(ServiceConfig(), Endpoint("/a", "/a", ()), Backend())
        built = list(pipeline._built(place, steps, extra, placement, runtime()))
        if place == "handler":
            self.successResultOf(run(stack(built, _reply)(client_request())))  # type: ignore[arg-type]
        else:
            self.successResultOf(run(stack(built, _respond)(request())))


def _names(steps: Sequence[Step]) -> set[str]:
    return {step.namespace for step in steps}


def _swapped(steps: Sequence[Step], outer: str, inner: str) -> Sequence[Step]:
    """Let two lines change places."""
    places = {step.namespace: number for number, step in enumerate(steps)}
    changed = list(steps)
    first, second = places[outer], places[inner]
    changed[first], changed[second] = changed[second], changed[first]
    return changed


async def _reply(_: ClientRequest) -> Reply:
    return Reply(200)


async def _respond(_: Request) -> Response:
    return Decoded({})


def _recording(namespace: str, seen: list[str]) -> Component:
    """Make a component that says when it is called."""

    def builder(*_: object) -> Callable[[Any], Any]:
        def wrap(inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
            async def call(message: Any) -> Any:
                seen.append(namespace)
                return await inner(message)

            return call

        return wrap

    made = Component(namespace, lambda reader: reader)
    return evolve(made, handler=builder, proxy=builder, backend=builder, client=builder)


class OrderTests(SynchronousTestCase):
    """Neighbours, from the client to the backend."""

    def gateway(
        self,
        endpoint: dict[str, Any] | None = None,
        backend: dict[str, Any] | None = None,
        service: dict[str, Any] | None = None,
        **keys: Any,
    ) -> InMemory:
        """Make a gateway with one endpoint ``/a``, whose backend is ``/b``."""
        called = {"url_pattern": "/b", "extra_config": backend or {}, **keys.pop("called", {})}
        served = {"endpoint": "/a", "backend": [called], "extra_config": endpoint or {}, **keys}
        extra = {"router": {"return_error_msg": True}, **(service or {})}
        return InMemory(self, endpoints=[served], extra_config=extra)

    def validator(self, **keys: Any) -> dict[str, Any]:
        """Give settings that accept `token`."""
        path = Path(self.mktemp())
        key = {"kty": "oct", "kid": "k", "alg": "HS256", "k": _encoded(b"s" * 32).decode()}
        path.write_text(json.dumps({"keys": [key]}))
        return {"alg": "HS256", "jwk_local_path": str(path), "disable_jwk_security": True, **keys}

    def statuses(self, exchanges: Iterator[FakeExchange]) -> list[int]:
        return [exchange.status for exchange in exchanges]

    def test_swapping_is_noticed(self) -> None:
        """Each of these tests fails when its two neighbours change places in their list."""
        for pair, name in SHOWN.items():
            lists = [key for key, steps in LISTS.items() if set(pair) <= _names(steps)]
            if not lists or set(pair) - pipeline.implemented():
                continue  # of different lists, which cannot be swapped; or not there yet
            with self.subTest(name):
                self.patch(pipeline, lists[0], _swapped(LISTS[lists[0]], *pair))
                other = OrderTests(name)
                self.assertRaises(self.failureException, getattr(other, name))
                self.patch(pipeline, lists[0], LISTS[lists[0]])

    # EDGE and ROUTER

    @shows("security/cors", "security/http")
    def test_cors_is_around_everything(self) -> None:
        """A browser may read that its host is not allowed."""
        gateway = self.gateway(
            service={"security/cors": {}, "security/http": {"allowed_hosts": ["ok.example"]}}
        )
        exchange = gateway.ask(headers={"Origin": ["https://shop.example"]})
        self.assertEqual((exchange.status, exchange.answer), (500, b"Bad Host\n"))
        self.assertEqual(exchange.header("Access-Control-Allow-Origin"), "*")

    @shows("security/http", "security/bot-detector")
    def test_http_before_bots(self) -> None:
        """A bot's refusal has the lines of all answers; a bad host is not looked at further."""
        service = {
            "security/http": {"frame_deny": True},
            "security/bot-detector": {"deny": ["bot"]},
        }
        exchange = self.gateway(service=service).ask(headers={"User-Agent": ["bot"]})
        self.assertEqual((exchange.status, exchange.header("X-Frame-Options")), (403, "DENY"))
        service["security/http"] = {"allowed_hosts": ["ok.example"]}
        exchange = self.gateway(service=service).ask(headers={"User-Agent": ["bot"]})
        self.assertEqual(exchange.answer, b"Bad Host\n")

    @shows("security/bot-detector", "auth/validator")
    def test_bots_before_tokens(self) -> None:
        """A bot without token is a bot, be it looked for around all routes or around one."""
        bots = {"security/bot-detector": {"deny": ["bot"]}}
        validator = {"auth/validator": self.validator()}
        for gateway in (
            self.gateway({**validator, **bots}),
            self.gateway(validator, service=bots),
        ):
            self.assertEqual(gateway.ask(headers={"User-Agent": ["bot"]}).status, 403)
            self.assertEqual(gateway.ask().status, 401)

    # HANDLERS

    @shows("security/bot-detector", "qos/ratelimit/router")
    def test_bots_before_limits(self) -> None:
        """A bot takes no token from the bucket."""
        gateway = self.gateway(
            {
                "security/bot-detector": {"deny": ["bot"]},
                "qos/ratelimit/router": {"max_rate": 1, "capacity": 1, "every": "1h"},
            }
        )
        for _ in range(5):
            self.assertEqual(gateway.ask(headers={"User-Agent": ["bot"]}).status, 403)
        self.assertEqual(gateway.ask().status, 200)

    @shows("auth/validator", "qos/ratelimit/router")
    def test_tokens_before_limits(self) -> None:
        """Requests without a good token are not counted."""
        gateway = self.gateway(
            {
                "auth/validator": self.validator(),
                "qos/ratelimit/router": {"max_rate": 1, "capacity": 1, "every": "1h"},
            }
        )
        for _ in range(5):
            self.assertEqual(gateway.ask().status, 401)
        good = {"Authorization": [f"Bearer {token(sub='a')}"]}
        self.assertEqual(gateway.ask(headers=good).status, 200)

    @shows("auth/validator", "modifier/lua-endpoint")
    def test_tokens_before_scripts(self) -> None:
        """A script cannot give a token to a request that has none."""
        script = f"ctx.load():headers('Authorization', 'Bearer {token(sub='a')}')"
        gateway = self.gateway(
            {"auth/validator": self.validator(), "modifier/lua-endpoint": {"pre": script}}
        )
        self.assertEqual(gateway.ask().status, 401)

    @shows("auth/signer", "modifier/lua-endpoint")
    def test_signing_around_scripts(self) -> None:
        """A script runs for answers that are signed."""
        script = "ctx.load():headers('X-Script', '1')"
        gateway = self.gateway(
            {
                "auth/signer": {**self.validator(), "kid": "k", "keys_to_sign": ["t"]},
                "modifier/lua-endpoint": {"pre": script},
            },
            input_headers=["X-Script"],
        )
        gateway.ask()
        self.assertEqual(gateway.backend.calls[0].headers["X-Script"], ["1"])

    @shows("modifier/lua-endpoint", "qos/ratelimit/router")
    def test_scripts_before_limits(self) -> None:
        """A script may name the client that is counted."""
        gateway = self.gateway(
            {
                "modifier/lua-endpoint": {"pre": "ctx.load():headers('X-Client', 'same')"},
                "qos/ratelimit/router": {
                    "client_max_rate": 1,
                    "client_capacity": 1,
                    "every": "1h",
                    "strategy": "header",
                    "key": "X-Client",
                },
            }
        )
        asked = (gateway.ask(headers={"X-Client": [str(number)]}) for number in range(3))
        self.assertEqual(self.statuses(asked)[1:], [429, 429])

    # PROXIES

    @shows("modifier/lua-proxy", "validation/cel")
    def test_scripts_before_rules(self) -> None:
        """Rules judge the request that a script has made."""
        gateway = self.gateway(
            {
                "modifier/lua-proxy": {"pre": "request.load():headers('X-A', '1')"},
                "validation/cel": [{"check_expr": "'X-A' in req_headers"}],
            }
        )
        self.assertEqual(gateway.ask().status, 200)

    @shows("validation/cel", "validation/json-schema")
    def test_rules_before_schemas(self) -> None:
        """A request that both refuse is refused by the rule."""
        gateway = self.gateway(
            {
                "validation/cel": [{"check_expr": "req_method == 'GET'"}],
                "validation/json-schema": {"type": "object"},
            },
            method="POST",
        )
        exchange = gateway.ask(method="POST", body=b"[]")
        self.assertEqual(
            (exchange.status, exchange.answer), (500, b"request aborted by evaluator #0")
        )

    # BACKENDS

    @shows("backend/graphql", "qos/circuit-breaker")
    def test_graphql_before_breakers(self) -> None:
        """A client's broken body is no failure of the backend."""
        gateway = self.gateway(
            backend={
                "backend/graphql": {"type": "mutation", "query": "mutation m"},
                "qos/circuit-breaker": {"interval": 60, "timeout": 60, "max_errors": 1},
            },
            method="POST",
        )
        for _ in range(3):
            self.assertEqual(gateway.ask(method="POST", body=b"[").status, 500)
        self.assertEqual(gateway.ask(method="POST", body=b"{}").status, 200)

    @shows("backend/graphql", "validation/cel")
    def test_graphql_before_rules(self) -> None:
        """Rules of a backend see what is really sent."""
        gateway = self.gateway(
            backend={
                "backend/graphql": {"type": "query", "query": "{ a }"},
                "validation/cel": [{"check_expr": "req_method == 'POST'"}],
            }
        )
        self.assertEqual(gateway.ask().status, 200)

    @shows("qos/circuit-breaker", "qos/ratelimit/proxy")
    def test_breakers_around_limits(self) -> None:
        """Refusals by the limit count as failures, until the breaker opens."""
        gateway = self.gateway(
            backend={
                "qos/circuit-breaker": {"interval": 60, "timeout": 60, "max_errors": 1},
                "qos/ratelimit/proxy": {"max_rate": 1, "capacity": 1, "every": "1h"},
            }
        )
        answers = [gateway.ask().answer for _ in range(6)]
        self.assertIn(b"rate limit exceded", answers)
        self.assertEqual(answers[-1], b"circuit breaker is open")

    @shows("qos/circuit-breaker", "validation/cel")
    def test_breakers_around_rules(self) -> None:
        """A refusal by a rule counts as a failure of the backend."""
        gateway = self.gateway(
            backend={
                "qos/circuit-breaker": {"interval": 60, "timeout": 60, "max_errors": 1},
                "validation/cel": [{"check_expr": "req_method == 'POST'"}],
            }
        )
        answers = [gateway.ask().answer for _ in range(4)]
        self.assertEqual(answers[0], b"request aborted by evaluator #0")
        self.assertEqual(answers[-1], b"circuit breaker is open")

    @shows("qos/ratelimit/proxy", "validation/cel")
    def test_limits_before_rules(self) -> None:
        """A call that a rule refuses has taken its token."""
        gateway = self.gateway(
            backend={
                "qos/ratelimit/proxy": {"max_rate": 1, "capacity": 1, "every": "1h"},
                "validation/cel": [{"check_expr": "req_method == 'POST'"}],
            }
        )
        answers = [gateway.ask().answer for _ in range(4)]
        self.assertEqual(answers[0], b"request aborted by evaluator #0")
        self.assertEqual(answers[-1], b"rate limit exceded")

    @shows("qos/ratelimit/proxy", "modifier/lua-backend")
    def test_limits_before_scripts(self) -> None:
        """A call whose script fails has taken its token."""
        gateway = self.gateway(
            backend={
                "qos/ratelimit/proxy": {"max_rate": 1, "capacity": 1, "every": "1h"},
                "modifier/lua-backend": {"pre": "custom_error('from the script', 418)"},
            }
        )
        answers = [gateway.ask().answer for _ in range(4)]
        self.assertEqual(answers[-1], b"rate limit exceded")

    @shows("modifier/lua-backend", "validation/cel")
    def test_backend_scripts_before_rules(self) -> None:
        """Rules judge the call that a script has made."""
        gateway = self.gateway(
            backend={
                "modifier/lua-backend": {"pre": "request.load():headers('X-A', '1')"},
                "validation/cel": [{"check_expr": "'X-A' in req_headers"}],
            }
        )
        self.assertEqual(gateway.ask().status, 200)

    # CLIENTS

    @shows("modifier/martian", "qos/http-cache")
    def test_modifiers_before_caches(self) -> None:
        """The cache looks for the request that a modifier has made."""
        calls = [
            {
                "endpoint": f"/{name}",
                "backend": [
                    {
                        "url_pattern": "/b",
                        "extra_config": {
                            "modifier/martian": {
                                "querystring.Modifier": {
                                    "scope": ["request"],
                                    "name": "v",
                                    "value": name,
                                }
                            },
                            "qos/http-cache": {"shared": True},
                        },
                    }
                ],
            }
            for name in ("one", "two")
        ]
        gateway = InMemory(self, endpoints=calls)
        for name in ("one", "two"):
            gateway.backend.on(f"/b?v={name}", body={"v": name}, headers=fresh())
        answers = [gateway.ask(f"/{name}").answer for name in ("one", "two", "one")]
        self.assertEqual(answers, [b'{"v":"one"}', b'{"v":"two"}', b'{"v":"one"}'])
        self.assertEqual(gateway.asked(), ["/b?v=one", "/b?v=two"])

    @shows("qos/http-cache", "auth/client-credentials")
    def test_caches_before_credentials(self) -> None:
        """An answer from the cache needs no token, even where tokens do not last."""
        gateway = self.gateway(
            backend={
                "qos/http-cache": {},
                "auth/client-credentials": {
                    "client_id": "c",
                    "client_secret": "s",
                    "token_url": "http://login.example/token",
                },
            }
        )
        short = {"access_token": "t", "token_type": "Bearer", "expires_in": 1}
        gateway.backend.on("/token", body=short, headers=[("Content-Type", "application/json")])
        gateway.backend.on("/b", body={"a": 1}, headers=fresh())
        for _ in range(3):
            self.assertEqual(gateway.ask().status, 200)
        self.assertEqual(gateway.asked(), ["/token", "/b"])
