"""An endpoint behind a validator, for tests."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement, Runtime
from gatekeeper.components.auth.validator import component
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import Problems, Refused
from gatekeeper.gate import Gate, wrapper
from gatekeeper.message import ClientRequest, Headers, Reply
from gatekeeper.proxy import Handler
from gatekeeper.testing import FakeBackend, RecordedLog, client_request, run, runtime
from tests.jose.tokens import EVERY_PUBLIC_KEY, JSON, NOW, key_set

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

    def gate(self, value: JSON = None, **settings: JSON) -> Gate:
        """Build a validator; without a value the settings are added to good ones."""
        good = {"alg": "HS256", "jwk_url": URL, "disable_jwk_security": True, "cache": True}
        written = Settings(good | settings if value is None else value, POINTER)
        placement = Placement(self.service, self.endpoint, problems=self.problems)
        assert component.gate is not None
        gate = component.gate(component.settings(written), placement, self.runtime)
        assert gate is not None
        return gate

    def handler(self, value: JSON = None, **settings: JSON) -> Handler:
        """Put it in front of something that answers."""

        async def inner(client: ClientRequest) -> Reply:
            self.passed.append(client)
            return Reply(200)

        return wrapper(self.gate(value, **settings))(inner)

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
