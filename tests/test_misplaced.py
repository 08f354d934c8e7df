"""Tests of `gatekeeper.misplaced`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Backend, Endpoint, ServiceConfig, Settings
from gatekeeper.errors import Problem, Problems
from gatekeeper.misplaced import warn_misplaced


def written(*names: str) -> dict[str, Settings]:
    """Write components, with a pointer that is their name."""
    return {name: Settings({}, f"/{name}") for name in names}


def warned(root: str = "", endpoint: str = "", backend: str = "") -> list[Problem]:
    """Give what is said about components at the three kinds of place."""
    problems = Problems()
    backends = [Backend("/", extra_config=written(*backend.split()))]
    one = Endpoint("/a", "/a", backends, extra_config=written(*endpoint.split()))
    service = ServiceConfig(endpoints=[one], extra_config=written(*root.split()))
    warn_misplaced(service, problems)
    return problems.found


class MisplacedTests(SynchronousTestCase):
    """Components that are written where they do nothing."""

    def test_at_home(self) -> None:
        """Where a component does something nothing is said."""
        found = warned(
            root="auth/validator auth/revoker security/cors security/http security/bot-detector",
            endpoint="auth/validator auth/signer qos/ratelimit/router validation/cel",
            backend="qos/ratelimit/proxy qos/http-cache validation/cel auth/client-credentials",
        )
        self.assertEqual(found, [])

    def test_elsewhere(self) -> None:
        """Anywhere else a warning says where it belongs."""
        table = (
            ({"root": "qos/ratelimit/router"}, "an endpoint"),
            ({"endpoint": "qos/ratelimit/proxy"}, "a backend"),
            ({"endpoint": "auth/revoker"}, "the root of the file"),
            ({"backend": "auth/validator"}, "an endpoint or the root of the file"),
        )
        for where, home in table:
            with self.subTest(where):
                (problem,) = warned(**where)
                self.assertFalse(problem.fatal)
                self.assertIn("has no meaning here and is ignored", problem.message)
                self.assertEqual(problem.suggestion, f"it belongs to {home}")

    def test_what_is_no_component(self) -> None:
        """What the gateway itself reads, notes and what is switched off are not looked at."""
        self.assertEqual(warned(endpoint="router telemetry/logging note"), [])
        problems = Problems()
        service = ServiceConfig(extra_config={"auth/signer": Settings(None, "/auth~1signer")})
        warn_misplaced(service, problems)
        self.assertEqual(problems.found, [])

    def test_many_times(self) -> None:
        """The same mistake on every endpoint is one line, at the first."""
        problems = Problems()
        endpoints = [
            Endpoint(
                f"/{n}", f"/{n}", (), extra_config={"auth/revoker": Settings({}, f"/endpoints/{n}")}
            )
            for n in range(3)
        ]
        warn_misplaced(ServiceConfig(endpoints=endpoints), problems)
        (problem,) = problems.found
        self.assertEqual(problem.pointer, "/endpoints/0")
        self.assertIn("so it is 2 times below", problem.message)
