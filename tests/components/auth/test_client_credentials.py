"""Tests of `gatekeeper.components.auth.client_credentials`."""

from __future__ import annotations

import os

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.auth.client_credentials import (
    ClientCredentials,
    client_credentials,
    component,
)
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems, TransportError
from gatekeeper.message import JSON, Decoded, Request, Response
from gatekeeper.oauth2.grant import Grant
from gatekeeper.testing import FakeBackend, RecordedLog, request, run, runtime

SETTINGS = ClientCredentials(Grant("shop", "s3cret", "http://idp.example/token"))
TOKEN = {"access_token": "t0ken", "token_type": "bearer", "expires_in": 3600}


class ClientCredentialsTests(SynchronousTestCase):
    """Requests to backends that want a token."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.server = FakeBackend()
        self.server.on("/token", body=TOKEN)
        self.runtime = runtime(self.clock, self.server)
        self.sent: list[Request] = []
        self.pointer = "/x"
        self.patch(os, "environ", {})

    def proxy(self, settings: ClientCredentials = SETTINGS, **backend: object) -> object:
        async def inner(built: Request) -> Response:
            self.sent.append(built)
            return Decoded({})

        made = Backend(**{"hosts": ("http://shop.example", "http://b.example:81"), **backend})  # type: ignore[arg-type]
        endpoint = Endpoint("/x", "/x", [made])
        placement = Placement(ServiceConfig(), endpoint, made, 0, self.pointer)
        return client_credentials(settings, placement, self.runtime)(inner)

    def call(self, proxy: object, url: str = "http://shop.example/orders") -> Deferred[Response]:
        given = request(url=url, headers={"Authorization": ["Bearer client"], "X": ["1"]})
        return run(proxy(given))  # type: ignore[operator]

    def test_the_token(self) -> None:
        """Replaces what the client sent; everything else stays."""
        proxy = self.proxy()
        for _ in range(3):
            self.successResultOf(self.call(proxy))
        self.assertEqual({"Authorization": ["Bearer t0ken"], "X": ["1"]}, self.sent[0].headers)
        self.assertEqual(1, len(self.server.calls))

    def test_each_backend(self) -> None:
        """Has a token of its own, which is the same in all workers."""
        for self.pointer in ("/x", "/y", "/x"):
            self.successResultOf(self.call(self.proxy()))
        self.assertEqual(2, len(self.server.calls))

    def test_disabled(self) -> None:
        """Leaves requests alone."""
        self.successResultOf(self.call(self.proxy(evolve(SETTINGS, is_disabled=True))))
        self.assertEqual(["Bearer client"], self.sent[0].headers["Authorization"])
        self.assertEqual([], self.runtime.board.read())

    def test_no_token(self) -> None:
        """The backend is not called, and the error names the call, not the secret."""
        self.server = FakeBackend()
        self.server.on("/token", 400, {"error": "invalid_client"})
        self.runtime = evolve(self.runtime, http=self.server)
        error = self.failureResultOf(self.call(self.proxy()), TransportError).value
        self.assertEqual('Get "http://shop.example/orders": oauth2: "invalid_client"', str(error))
        self.assertEqual([], self.sent)

    def test_a_slow_server(self) -> None:
        """Thirty seconds end the request for a token, and all calls that wait for it."""
        self.server = FakeBackend()
        self.server.hangs("/token")
        self.runtime = evolve(self.runtime, http=self.server)
        waiting = self.call(self.proxy())
        self.clock.advance(29)
        self.assertNoResult(waiting)
        self.clock.advance(1)
        error = self.failureResultOf(waiting, TransportError).value
        self.assertIn("context deadline exceeded", str(error))
        self.assertEqual([True], [call.cancelled for call in self.server.calls])

    def test_nobody_waits(self) -> None:
        """A failure that no call hears of is in the log, without secrets."""
        self.server = FakeBackend()
        self.server.hangs("/token")
        self.runtime = evolve(self.runtime, http=self.server)
        waiting = self.call(self.proxy())
        waiting.addErrback(lambda _: None)
        waiting.cancel()
        self.clock.advance(30)
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        self.assertEqual([("ERROR", "[GET /x, backend 0] context deadline exceeded")], log.lines)

    def test_redirects(self) -> None:
        """The token goes to the hosts of the backend, and to no other origin."""
        proxy = self.proxy()
        for url, header in [
            ("http://b.example:81/a", "Bearer t0ken"),
            ("http://evil.example/", "Bearer client"),
            ("http://shop.example:8080/", "Bearer client"),
            ("https://shop.example/", "Bearer client"),
            ("nonsense", "Bearer client"),
        ]:
            with self.subTest(url):
                self.successResultOf(self.call(proxy, url))
                self.assertEqual([header], self.sent[-1].headers["Authorization"])

    def test_hosts_that_are_looked_up(self) -> None:
        """Are not known here, so every origin gets the token."""
        proxy = self.proxy(sd="dns", hosts=("_shop._tcp.example",))
        self.successResultOf(self.call(proxy, "http://10.0.0.1:8080/a"))
        self.assertEqual(["Bearer t0ken"], self.sent[-1].headers["Authorization"])

    def test_hosts_that_are_unusable(self) -> None:
        """Are nobody's origin."""
        self.successResultOf(self.call(self.proxy(hosts=("http://[", "http://shop.example"))))
        self.assertEqual(["Bearer t0ken"], self.sent[-1].headers["Authorization"])

    def test_a_tunnel(self) -> None:
        """A token server that would need one stops the start, like such a backend."""
        self.patch(os, "environ", {"HTTPS_PROXY": "http://proxy.example:3128"})
        problems = Problems()
        placement = Placement(ServiceConfig(), pointer="/x", problems=problems)
        settings = ClientCredentials(Grant("a", "b", "https://idp.example/token"))
        client_credentials(settings, placement, self.runtime)
        self.assertIn("/x/token_url: no tunnel", str(problems.fatal[0]))

    def test_the_board(self) -> None:
        """Operators see the age of the token, and nothing that is secret."""
        self.successResultOf(self.call(self.proxy()))
        [notice] = self.runtime.board.read()
        self.assertEqual(
            ("auth/client-credentials", "GET /x, backend 0"), (notice.kind, notice.place)
        )
        self.assertTrue(notice.facts["has_token"])
        for secret in ("t0ken", "s3cret"):
            self.assertNotIn(secret, str(notice))


class SettingsTests(SynchronousTestCase):
    """What can be written."""

    def read(self, value: JSON) -> tuple[ClientCredentials, Problems]:
        problems = Problems()
        settings: ClientCredentials = component.settings(Reader(value, "/c", problems))
        return settings, problems

    def test_everything(self) -> None:
        """All keys of the original."""
        settings, problems = self.read(
            {
                "client_id": "shop",
                "client_secret": "s3cret",
                "token_url": "https://idp.example",
                "scopes": "a,b",
                "endpoint_params": {"audience": ["x"], "resource": []},
                "is_disabled": False,
            }
        )
        grant = Grant(
            "shop",
            "s3cret",
            "https://idp.example",
            ["a", "b"],
            {"audience": ("x",), "resource": ()},
        )
        self.assertEqual((ClientCredentials(grant), []), (settings, problems.found))

    def test_wrong_types(self) -> None:
        """Stop the start; the secret is not shown."""
        table: list[tuple[dict[str, JSON], str]] = [
            ({"client_id": 5}, "/c/client_id: expected a text, found 5"),
            ({"client_secret": 5678}, "/c/client_secret: expected a text, found something else"),
            ({"token_url": ["x"]}, "/c/token_url: expected a text"),
            ({"scopes": ["a", "b"]}, "/c/scopes: expected a text"),
            ({"is_disabled": "no"}, "/c/is_disabled: expected true or false"),
            ({"endpoint_params": []}, "/c/endpoint_params: expected an object"),
            ({"endpoint_params": {"a": "x"}}, "/c/endpoint_params/a: expected a list of texts"),
            ({"endpoint_params": {"a": [5]}}, "/c/endpoint_params/a/0: expected a text, found 5"),
        ]
        for members, expected in table:
            with self.subTest(members=members):
                _, problems = self.read({"token_url": "http://idp/token", **members})
                [problem] = problems.fatal
                self.assertTrue(str(problem).startswith(expected), str(problem))

    def test_what_cannot_work(self) -> None:
        """Is a warning, because the original starts; every call fails."""
        table: list[tuple[dict[str, JSON], str]] = [
            ({}, "/c: expected an absolute URL"),
            ({"token_url": "idp/token"}, "/c/token_url: expected an absolute URL"),
            (
                {"token_url": "http://idp/", "endpoint_params": {"scope": ["x"]}},
                "/c/endpoint_params/scope: the scope cannot be set here",
            ),
        ]
        for members, expected in table:
            with self.subTest(members=members):
                _, problems = self.read(members)
                self.assertEqual([], problems.fatal)
                self.assertTrue(str(problems.warnings[0]).startswith(expected))
        self.assertEqual([], self.read({"is_disabled": True})[1].found)
