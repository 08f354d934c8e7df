"""Keys and namespaces that nobody knows."""

from __future__ import annotations

from typing import Any

from gatekeeper.config.unknown import MAX_WARNINGS
from tests.config.files import ConfigTestCase

OLD_RATE_LIMIT = "github.com/devopsfaith/krakend-ratelimit/juju/proxy"


class KeyTests(ConfigTestCase):
    """Never an error, sometimes a warning."""

    def test_suggestions(self) -> None:
        """A key that is nearly right, of the other version, or misplaced, gets a hint."""
        table: list[tuple[str, str, str]] = [
            (
                "service",
                "timout",
                'timout: unknown key "timout" is ignored; did you mean "timeout"?',
            ),
            ("service", "endpoint", 'did you mean "endpoints"?'),
            ("service", "hosts", 'did you mean "host"?'),
            ("endpoint", "header_to_pass", 'did you mean "input_headers"?'),
            ("endpoint", "Headers_To_Pass", 'did you mean "input_headers"?'),
            ("endpoint", "querystring_params", 'did you mean "input_query_strings"?'),
            ("endpoint", "input-headers", 'did you mean "input_headers"?'),
            ("endpoint", "url_pattern", "hint: it is a key of a backend"),
            ("endpoint", "auth/validator", 'did you mean "extra_config": {"auth/validator": ...}?'),
            ("backend", "whitelist", 'did you mean "allow"?'),
            ("backend", "backlist", 'did you mean "deny"?'),
            ("backend", "cache_ttl", "hint: it is a key of an endpoint"),
        ]
        for level, key, text in table:
            (warning,) = self.warnings(level, {key: 1})
            self.assertIn(text, warning)

    def test_silence(self) -> None:
        """Notes and keys that resemble nothing are left alone.  Case config-keys."""
        for level in ("service", "endpoint", "backend"):
            keys = {"@timeout": 1, "$host": 1, "_method": 1, "#name": 1, "foo": 1, "max_rate": 1}
            self.assertEqual(self.warnings(level, keys), ())

    def test_places(self) -> None:
        """A warning points at the key."""
        (warning,) = self.load('{"version": 3,\n "timout": "2s"}').warnings
        self.assertIn("krakend.json:2:2: timout: ", warning)

    def test_bounds(self) -> None:
        """The same mistake ten thousand times is not ten thousand lines."""
        endpoints = [{"timout": 1, "backend": [{}]} for _ in range(10_000)]
        self.assertEqual(len(self.service(endpoints=endpoints).warnings), MAX_WARNINGS)

    def warnings(self, level: str, keys: dict[str, Any]) -> Any:
        backend = keys if level == "backend" else {"url_pattern": "/"}
        endpoint = {"endpoint": "/a", "backend": [backend], **(keys if level == "endpoint" else {})}
        return self.service(endpoints=[endpoint], **(keys if level == "service" else {})).warnings


class NamespaceTests(ConfigTestCase):
    """One line for each name."""

    def test_messages(self) -> None:
        """Each kind of unknown namespace says what it is."""
        table = {
            "telemetry/metrics": "is not part of this build and is ignored",
            "plugin/http-server": "Go plugins cannot be loaded",
            "modifier/jmespath": "is a feature of KrakenD Enterprise and is ignored",
            "company/own": 'unknown namespace "company/own" is ignored',
            "telemetry/metricss": 'did you mean "telemetry/metrics"?',
            OLD_RATE_LIMIT: 'did you mean "qos/ratelimit/proxy"?',
        }
        for name, text in table.items():
            (warning,) = self.service(extra_config={name: {}}).warnings
            self.assertIn(text, warning)

    def test_once(self) -> None:
        """A name that stands everywhere is one line."""
        endpoint = {"extra_config": {"company/own": 1}, "backend": [{}]}
        self.assertEqual(len(self.service(endpoints=[endpoint] * 20).warnings), 1)

    def test_silence(self) -> None:
        """The core's names, our own, notes, and what the build has."""
        extra = {
            "router": {},
            "proxy": {},
            "gatekeeper/x": 1,
            "@comment": 1,
            "telemetry/metrics": {},
        }
        content = {"version": 3, "extra_config": extra}
        self.assertEqual(self.load(content, implemented=("telemetry/metrics",)).warnings, ())
