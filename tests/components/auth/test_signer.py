"""Tests of `gatekeeper.components.auth.signer`: tokens in answers, and nothing by halves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement, Runtime
from gatekeeper.components.auth.signer import component
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import NoHosts, Problems, Refused
from gatekeeper.jose.algorithms import ALGORITHMS
from gatekeeper.jose.token import parse
from gatekeeper.message import BodyStream, ClientRequest, Decoded, Number, Reply, Streamed
from gatekeeper.proxy import Handler
from gatekeeper.testing import (
    FakeBackend,
    FakeStream,
    RecordedLog,
    answer,
    client_request,
    run,
    runtime,
)
from tests.jose.tokens import JSON, RSA, SECRET, key_set, oct_jwk, rsa_jwk

URL = "http://id.example/keys"
LABEL = "[ENDPOINT: /login][JWTSigner]"
JSON_TYPE = ("Content-Type", "application/json; charset=utf-8")


class SignerTestCase(SynchronousTestCase):
    """An endpoint with a signer."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.backend = FakeBackend()
        self.serve(oct_jwk(kid="hs"), rsa_jwk(private=True, kid="rs"))
        self.runtime: Runtime = runtime(self.clock, self.backend)
        self.problems = Problems()
        self.asked = 0
        self.reply = Reply(200)
        self.answer({})

    def serve(self, *keys: JSON) -> None:
        """Publish keys."""
        self.backend._scripts.clear()
        self.backend.on("/keys", 200, key_set(*keys), [("Content-Type", "application/json")])

    def answer(self, data: dict[str, JSON] | None, **more: Any) -> None:
        """Let the endpoint answer with data; its own rendering does not matter."""
        response = Decoded(data, **more)
        self.reply = Reply(200, (("X-Krakend", "Version 1"),), b"rendered", source=response)

    def handler(self, value: JSON = None, **settings: JSON) -> Handler:
        good = {
            "alg": "HS256",
            "kid": "hs",
            "keys_to_sign": ["access_token", "refresh_token"],
            "jwk_url": URL,
            "disable_jwk_security": True,
        }
        written = Settings(good | settings if value is None else value, "/x")
        endpoint = Endpoint("/login", "/login", backends=(Backend(),))
        placement = Placement(ServiceConfig(), endpoint, problems=self.problems)
        assert component.handler is not None
        wrap = component.handler(component.settings(written), placement, self.runtime)

        async def inner(_: ClientRequest) -> Reply:
            self.asked += 1
            return self.reply

        return wrap(inner)

    def ask(self, handler: Handler) -> Deferred[Reply]:
        return run(handler(client_request("/login", "POST")))

    def got(self, handler: Handler | None = None) -> Reply:
        return self.successResultOf(self.ask(handler or self.handler()))

    def refused(self, handler: Handler) -> None:
        """Nobody is let in, and the pipe is not asked."""
        self.asked = 0
        error = self.failureResultOf(self.ask(handler), Refused).value
        self.assertEqual((error.status, str(error)), (401, ""))
        self.assertEqual(self.asked, 0)

    def log(self) -> list[tuple[str, str]]:
        assert isinstance(self.runtime.log, RecordedLog)
        lines, self.runtime.log.lines[:] = list(self.runtime.log.lines), []
        return lines


class SigningTests(SignerTestCase):
    """What clients get."""

    def test_objects_become_tokens(self) -> None:
        """Named members that are objects are signed, everything else stays."""
        self.answer(
            {
                "access_token": {"sub": "<a>", "n": Number("1.50")},
                "refresh_token": "opaque",
                "other": {"a": 1},
            }
        )
        reply = self.got()
        self.assertEqual((reply.status, reply.headers), (200, (JSON_TYPE,)))
        assert isinstance(reply.body, bytes)
        body = json.loads(reply.body)
        self.assertEqual((body["refresh_token"], body["other"]), ("opaque", {"a": 1}))
        made = parse(body["access_token"])
        self.assertEqual(made.payload, b'{"n":1.50,"sub":"\\u003ca\\u003e"}')
        verify = ALGORITHMS["HS256"].verifier(SECRET)
        assert verify is not None
        self.assertTrue(verify(made.signature, made.signed))

    def test_other_forms(self) -> None:
        """RSA, another type, the JSON form."""
        self.answer({"access_token": {"sub": "a"}})
        reply = self.got(self.handler(alg="RS256", kid="rs", typ="at+jwt", full=True))
        assert isinstance(reply.body, bytes)
        parts = json.loads(json.loads(reply.body)["access_token"])
        made = parse(f"{parts['protected']}.{parts['payload']}.{parts['signature']}")
        verify = ALGORITHMS["RS256"].verifier(RSA.public_key())
        assert verify is not None
        self.assertTrue(verify(made.signature, made.signed))
        self.assertEqual((made.header.algorithm, made.header.kid), ("RS256", "rs"))

    def test_answers_without_objects(self) -> None:
        """Nothing, null and empty objects pass."""
        for data, body in (({}, b"{}"), (None, b"null"), ({"access_token": [1]}, None)):
            self.answer(data)
            self.assertEqual(self.got().body, body or b'{"access_token":[1]}')

    def test_status_and_headers(self) -> None:
        """Those of the response are kept, one line for each; a type of its own, too."""
        headers = {"X-A": ["1", "2"], "Content-Type": ["application/problem+json"], "X-B": []}
        self.answer({}, status=202, headers=headers)
        lines = (("X-A", "1"), ("Content-Type", "application/problem+json"))
        self.assertEqual(self.got(), Reply(202, lines, b"{}"))

    def test_errors(self) -> None:
        """Whatever fails is an empty 400, also when there is data."""
        self.answer({"access_token": {"sub": "a"}}, error=NoHosts())
        failures = [self.reply, Reply(500, (JSON_TYPE,), b"text", source=NoHosts())]
        for failure in failures:
            self.reply = failure
            handler = self.handler()
            self.log()
            self.assertEqual(self.got(handler), Reply(400))
            self.assertEqual(self.log(), [("ERROR", f"{LABEL} Proxy response: no hosts available")])

    def test_answers_of_components(self) -> None:
        """What a limit or a script has answered is left alone."""
        self.reply = Reply(418, (), b"teapot")
        self.assertIs(self.got(), self.reply)

    def test_streams(self) -> None:
        """Answers that pass through are not read; they cannot be signed."""
        for body in (b"bytes", FakeStream(b"stream")):
            answered: bytes | BodyStream = body
            source = Streamed(201, (("X-A", "1"),), answered)
            self.reply = Reply(201, (), answered, source=source)
            self.assertEqual(self.got(), Reply(201, (("X-A", "1"), JSON_TYPE), b"{}"))
        assert isinstance(body, FakeStream)
        self.assertTrue(body.closed)


class KeyTests(SignerTestCase):
    """Where the key comes from."""

    def test_file(self) -> None:
        """A file is read at the start."""
        path = self.mktemp()
        Path(path).write_bytes(key_set(oct_jwk(kid="hs")))
        self.assertEqual(self.got(self.handler(jwk_local_path=path)).status, 200)
        self.assertEqual(self.backend.calls, [])
        self.assertEqual(self.log(), [("DEBUG", f"{LABEL} Signer enabled")])

    def test_fetched_once(self) -> None:
        """A URL is asked when the gateway runs, and never again."""
        handler = self.handler()
        self.assertEqual(self.backend.calls, [])
        self.clock.advance(0)
        for _ in range(3):
            self.got(handler)
        self.assertEqual(len(self.backend.calls), 1)

    def test_request_before_the_key(self) -> None:
        """A request that comes early waits for the key."""
        self.backend._scripts.clear()
        self.backend.hangs("/keys")
        handler = self.handler()
        self.clock.advance(0)
        waiting = self.ask(handler)
        self.assertNoResult(waiting)
        kind = [("Content-Type", "application/json")]
        self.backend.calls[0].answer(answer(200, key_set(oct_jwk(kid="hs")), kind))
        self.assertEqual(self.successResultOf(waiting).status, 200)
        self.assertEqual(len(self.backend.calls), 1)

    def test_server_that_is_down(self) -> None:
        """401 meanwhile, not more than five questions at once; later it works."""
        self.backend._scripts.clear()
        self.backend.fails("/keys", ConnectionError("refused"))
        handler = self.handler()
        self.clock.advance(0)
        for _ in range(100):
            self.refused(handler)
        self.assertEqual(len(self.backend.calls), 5)
        self.serve(oct_jwk(kid="hs"))
        self.clock.advance(1)
        self.assertEqual(self.got(handler).status, 200)
        self.assertIn(
            ("ERROR", f"{LABEL} Unable to create the signer: the key set cannot be had"), self.log()
        )

    def test_set_without_the_key(self) -> None:
        """That is final, as in the original."""
        handler = self.handler(kid="nope")
        self.clock.advance(0)
        self.serve(oct_jwk(kid="nope"))
        for _ in range(10):
            self.refused(handler)
        self.assertEqual(len(self.backend.calls), 1)
        error = f"{LABEL} Unable to create the signer: no Keys have been found"
        self.assertEqual(self.log()[1:], [("ERROR", error)])

    def test_what_closes_the_endpoint(self) -> None:
        """Settings, files and keys that cannot be used: case ``signer``."""
        path = self.mktemp()
        Path(path).write_bytes(key_set(oct_jwk(kid="hs"), rsa_jwk(kid="public")))
        wrong: tuple[dict[str, JSON], ...] = (
            {"alg": 5}, {"keys_to_sign": "a"}, {"full": "yes"}, {"cypher_key": "!!"},
            {"disable_jwk_security": False},
            {"jwk_local_path": "absent.json"},
            {"jwk_local_path": path, "kid": "nope"},
            {"jwk_local_path": path, "alg": "RS256"},
            {"jwk_local_path": path, "alg": "RS256", "kid": "public"},
            {"jwk_local_path": path, "alg": "HS1024"},
            {"jwk_local_path": path, "alg": "none"},
            {"jwk_local_path": path, "jwk_fingerprints": ["!!"]},
            {"jwk_local_ca": "absent.pem"},
        )  # fmt: skip
        for settings in wrong:
            self.problems.found.clear()
            self.refused(self.handler(**settings))
            [(level, text)] = self.log()
            self.assertEqual(level, "ERROR")
            self.assertIn(f"{LABEL} Unable to create the signer:", text)
            [problem] = self.problems.found
            self.assertFalse(problem.fatal)
            self.assertIn("401", problem.message)
        values: tuple[JSON, ...] = ([], "HS256", {})
        for value in values:
            self.refused(self.handler(value))
