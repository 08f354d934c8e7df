"""The trial in ``examples/keycloak``: a realm, a backend and a gateway on loopback."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from twisted.web.server import Site

from examples.keycloak import issuer, orders
from gatekeeper import pipeline
from tests.loopback import Gateway, get, start

FILE = Path(issuer.__file__).with_name("krakend.json")

Steps = Generator[Deferred[Any], Any, None]


class KeycloakTests(TestCase):
    """Tokens of the realm open the endpoints that its roles allow."""

    if "auth/validator" not in pipeline.implemented():
        skip = "auth/validator is not part of this build"

    def setUp(self) -> None:
        port, self.url = self.listen()
        self.realm = issuer.Realm(f"{self.url}/realms/shop")
        port.factory = Site(issuer.application(self.realm).resource(), timeout=None)
        port, backend = self.listen()
        port.factory = Site(orders.application().resource(), timeout=None)
        text = FILE.read_text("utf-8").replace("http://127.0.0.1:8180", self.url)
        config = json.loads(text.replace("http://127.0.0.1:8181", backend))
        self.gateway: Gateway = start(self, config)

    def listen(self) -> tuple[Any, str]:
        """Listen on a free port; the site follows when it is known where."""
        port = reactor.listenTCP(0, Site(None), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        return port, f"http://127.0.0.1:{port.getHost().port}"

    def ask(self, path: str, token: str = "") -> Deferred[Any]:
        headers = {"Authorization": f"Bearer {token}", "X-User": "mallory"} if token else {}
        return self.gateway.get(path, headers)

    @inlineCallbacks
    def test_claims(self) -> Steps:
        """The backend learns who asks, in the path and in headers, whatever the client says."""
        got = yield self.ask("/orders", self.realm.token("alice", time.time()))
        told = {"orders_of": "u-alice", "x_user": "alice", "x_roles": "user,admin"}
        self.assertEqual((200, told), (got.status, got.json()))

    @inlineCallbacks
    def test_roles(self) -> Steps:
        """Admins may see all orders, users may not."""
        got = yield self.ask("/admin/orders", self.realm.token("alice", time.time()))
        self.assertEqual((200, {"orders_of": "everybody"}), (got.status, got.json()))
        got = yield self.ask("/admin/orders", self.realm.token("bob", time.time()))
        self.assertEqual((403, b""), (got.status, got.body))

    @inlineCallbacks
    def test_refused(self) -> Steps:
        """No token, an old one, one of another realm and one that was changed."""
        good = self.realm.token("bob", time.time())
        head, claims, signature = good.split(".")
        other = self.realm.token("alice", time.time()).split(".")[1]
        for name, token in {
            "none": "",
            "old": self.realm.token("bob", time.time() - 3600),
            "another realm": issuer.Realm(self.realm.url).token("bob", time.time()),
            "changed": f"{head}.{other}.{signature}",
        }.items():
            with self.subTest(name):
                got = yield self.ask("/orders", token)
                self.assertEqual((401, b""), (got.status, got.body))
        self.assertEqual(good, f"{head}.{claims}.{signature}")

    @inlineCallbacks
    def test_discovery(self) -> Steps:
        """What the realm publishes is what the configuration names."""
        parts = urlsplit(self.url)
        path = "/realms/shop/.well-known/openid-configuration"
        got = yield deferToThread(get, parts.port or 0, path, {}, None, "")
        written = json.loads(FILE.read_text("utf-8").replace("http://127.0.0.1:8180", self.url))
        validator = written["endpoints"][0]["extra_config"]["auth/validator"]
        self.assertEqual(
            (validator["issuer"], validator["jwk_url"]),
            (got.json()["issuer"], got.json()["jwks_uri"]),
        )
