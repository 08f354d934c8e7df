"""Locks that are not understood."""

from __future__ import annotations

from gatekeeper.config.protections import ENTERPRISE, allowed, is_protection
from tests.config.files import ConfigTestCase


class ProtectionTests(ConfigTestCase):
    """Never open because a lock was not understood."""

    def written(self, name: str, where: str) -> dict[str, object]:
        extra: dict[str, object] = {"extra_config": {name: {}}}
        backend = extra if where == "backend" else {}
        endpoint = {
            "endpoint": "/a",
            "backend": [backend],
            **(extra if where == "endpoint" else {}),
        }
        return {"version": 3, "endpoints": [endpoint], **(extra if where == "service" else {})}

    def test_refused(self) -> None:
        """Wherever it stands, a lock that this build does not have stops the start."""
        names = (
            "auth/api-keys", "auth/validator", "auth/validatr", "Auth/Validator", "qos/ratelimit/x",
            "security/policies", "validation/cel", "modifier/lua-proxy", "modifier/martian",
            "governance/quota", "github.com/devopsfaith/krakend-jose/validator",
        )  # fmt: skip
        for name in names:
            for where in ("service", "endpoint", "backend"):
                said = self.messages(self.written(name, where))
                self.assertEqual(len(said), 1)
                self.assertIn("refusing to start without this protection", said[0])

    def test_enterprise(self) -> None:
        """What the Community Edition ignores is refused at every place: nothing is left open."""
        for name in sorted(ENTERPRISE):
            for where in ("service", "endpoint", "backend"):
                with self.subTest(name=name, where=where):
                    (said,) = self.messages(self.written(name, where))
                    self.assertIn("is a feature of KrakenD Enterprise", said)

    def test_implemented(self) -> None:
        """What the build has starts."""
        for name in ("auth/validator", "auth/api-keys"):
            self.load(self.written(name, "endpoint"), implemented={name})
        old = "github.com/devopsfaith/krakend-jose/validator"
        self.load(self.written(old, "endpoint"), implemented={"auth/validator"})

    def test_harmless(self) -> None:
        """Notes, plugins, telemetry, agents and unknown names start.  Case config-namespaces."""
        names = (
            "plugin/http-server", "telemetry/metrics", "x/y", "@comment", "async/amqp",
            "backend/lambda", "modifier/jmespath", "company/auth/x", "workflow",
        )  # fmt: skip
        for name in names:
            self.load(self.written(name, "endpoint"))

    def test_null(self) -> None:
        """A namespace that is null is not there."""
        self.service(extra_config={"auth/basic": None})

    def test_the_way_out(self) -> None:
        """An operator can say which locks are not needed; a warning remains."""
        for listed in (["auth/api-keys"], "auth/api-keys", "x, auth/api-keys"):
            content = self.written("auth/api-keys", "endpoint")
            content["extra_config"] = {"gatekeeper/allow-missing": listed}
            warnings = self.load(content).warnings
            self.assertEqual(len(warnings), 1)
            self.assertIn("does not protect anything here", warnings[0])

    def test_the_way_out_is_narrow(self) -> None:
        """Only what is listed, and only at the service."""
        content = self.written("auth/api-keys", "endpoint")
        for listed in ([], ["auth/basic"], True, {"auth/api-keys": 1}, ["auth/*"], None):
            content["extra_config"] = {"gatekeeper/allow-missing": listed}
            self.assertEqual(len(self.messages(content)), 1)

    def test_by_the_environment(self) -> None:
        """The list can come from the environment."""
        environ = {"KRAKEND_EXTRA_CONFIG.GATEKEEPER/ALLOW-MISSING": "auth/basic,auth/api-keys"}
        self.load(self.written("auth/api-keys", "backend"), environ=environ)

    def test_messages(self) -> None:
        """The message says why, where, and what can be done."""
        table = {
            "auth/api-keys": ("is a feature of KrakenD Enterprise", '"gatekeeper/allow-missing"'),
            "auth/validator": ("is not part of this build", '"gatekeeper/allow-missing"'),
            "auth/validatr": ("is not known", 'the known name is "auth/validator"'),
        }
        for name, (reason, hint) in table.items():
            (problem,) = self.problems(self.written(name, "endpoint"))
            self.assertIn(reason, problem.message)
            self.assertIn(hint, problem.suggestion)
            self.assertEqual(
                problem.pointer, f"/endpoints/0/extra_config/{name.replace('/', '~1')}"
            )

    def test_names(self) -> None:
        """The beginning of a name decides."""
        self.assertTrue(is_protection("SECURITY/x"))
        self.assertFalse(is_protection("backend/http"))
        self.assertEqual(allowed({}), frozenset())
