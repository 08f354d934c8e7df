"""From a path to a configuration."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from gatekeeper.config.load import load, locate
from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError, Problem
from tests.config.files import ConfigTestCase

MANY = {
    "version": 3,
    "timeout": "3",
    "cache_ttl": "",
    "read_timeout": "3 s",
    "idle_timeout": "1d",
    "write_timeout": {"s": 3},
    "max_header_bytes": "large",
    "extra_config": "router",
    "endpoints": [
        {
            "endpoint": "/orders",
            "timeout": "soon",
            "concurrent_calls": "many",
            "input_headers": [{"name": "X-Tenant"}],
            "method": ["GET", "POST"],
            "backend": [
                {"url_pattern": "/a", "is_collection": "yes", "mapping": "id"},
                "http://shop.example",
            ],
        }
    ],
}

PATHS = (
    "timeout", "cache_ttl", "read_timeout", "idle_timeout", "write_timeout", "max_header_bytes",
    "extra_config", "endpoints[0].timeout", "endpoints[0].concurrent_calls",
    "endpoints[0].input_headers[0]", "endpoints[0].method",
    "endpoints[0].backend[0].is_collection", "endpoints[0].backend[0].mapping",
    "endpoints[0].backend[1]",
)  # fmt: skip


SAME_JSON = """{"version": 3, "host": ["a.b"], "endpoints": [
  {"endpoint": "/{id}", "backend": [{"url_pattern": "/{id}", "mapping": {"a": "b"}}]}
]}"""

SAME_YAML = """\
version: 3
host: [a.b]
endpoints:
  - endpoint: /{id}
    backend:
      - url_pattern: /{id}
        mapping: {a: b}
"""

SAME_TOML = """\
version = 3
host = ["a.b"]
[[endpoints]]
endpoint = "/{id}"
[[endpoints.backend]]
url_pattern = "/{id}"
[endpoints.backend.mapping]
a = "b"
"""


class VersionTests(ConfigTestCase):
    """Which files are read."""

    def test_good(self) -> None:
        """2 and 3, weakly typed; fractions are cut off."""
        for version, read in ((3, 3), ("3", 3), (3.0, 3), (3.7, 3), (2, 2), ("0x2", 2)):
            self.assertEqual(self.load({"version": version}).version, read)
        self.assertEqual(self.load({"VERSION": 3}).version, 3)

    def test_bad(self) -> None:
        """Any other version stops everything else.  Case refuse-syntax."""
        table: list[tuple[dict[str, Any], str]] = [
            ({}, "unsupported version: 0 (want: 3)"),
            ({"version": 4, "listen_ip": "nope"}, "unsupported version: 4 (want: 3)"),
            ({"version": True}, "unsupported version: 1 (want: 3)"),
            ({"version": None}, "unsupported version: 0 (want: 3)"),
            ({"version": "three"}, 'expected a whole number, found "three"'),
        ]
        for content, message in table:
            self.assertEqual([p.message for p in self.problems(content)], [message])


class ProblemTests(ConfigTestCase):
    """Everything that is wrong, at once."""

    def test_all_together(self) -> None:
        """Each value that does not fit is named with its place, and nothing twice."""
        error = self.assertRaises(ConfigError, self.load, MANY)
        shown = render(error.problems)
        for path in PATHS:
            name = " (endpoint /orders)" if path.startswith("endpoints") else ""
            self.assertIn(f": {path}{name}: expected", shown)
        self.assertEqual(len(error.problems), len(PATHS))

    def test_a_key_twice(self) -> None:
        """A lock that a later key of the same name takes away is worth a warning."""
        file = Path(self.mktemp() + ".json")
        file.write_text(
            '{"version": 3, "endpoints": [{"endpoint": "/a", "backend": [{"host": "http://b"}],\n'
            ' "extra_config": {"auth/validator": {}},\n "extra_config": {}}]}'
        )
        [warning] = load(str(file), {}).warnings
        self.assertIn("written more than once", warning)
        self.assertIn("(endpoint /a)", warning)

    def test_order(self) -> None:
        """Problems come in the order of the file, with line and column."""
        text = json.dumps(MANY, indent=1)
        problems = self.problems(text)
        places = [(problem.line, problem.column) for problem in problems]
        self.assertEqual(places, sorted(places))
        self.assertEqual(problems[0].text, ' "timeout": "3",')
        self.assertEqual((problems[0].line, problems[0].column), (3, 13))

    def test_warnings_beside_errors(self) -> None:
        """A misspelled key is shown where it explains the error."""
        endpoint = {"endpoint": "/a", "backends": [{}]}
        error = self.assertRaises(ConfigError, self.load, {"version": 3, "endpoints": [endpoint]})
        self.assertEqual([problem.fatal for problem in error.problems], [True, False])
        self.assertIn('did you mean "backend"?', render(error.problems))

    def test_formats(self) -> None:
        """The same mistake is found in every format."""
        for name, text, line, column in (
            ("k.json", '{"version": 3,\n "timeout": "3"}', 2, 13),
            ("k.yaml", 'version: 3\ntimeout: "3"\n', 2, 10),
            ("k.toml", 'version = 3\ntimeout = "3"\n', 2, 11),
        ):
            (problem,) = self.problems(text, name)
            self.assertEqual((problem.line, problem.column), (line, column))
            self.assertEqual(problem.suggestion, '"3s"')


class FormatTests(ConfigTestCase):
    """JSON, YAML and TOML mean the same."""

    def test_the_same(self) -> None:
        """One file in three spellings gives one configuration."""
        written = {"k.json": SAME_JSON, "k.yaml": SAME_YAML, "k.toml": SAME_TOML}
        endpoints = [self.load(text, name).endpoints for name, text in written.items()]
        self.assertEqual(endpoints[0], endpoints[1])
        self.assertEqual(endpoints[0], endpoints[2])

    def test_integers(self) -> None:
        """JSON has doubles only; YAML and TOML keep their integers."""
        for name, text, kind in (
            ("k.json", '{"version": 3, "extra_config": {"x/y": 12345678901234567}}', float),
            ("k.yaml", "version: 3\nextra_config: {x/y: 12345678901234567}", int),
            ("k.toml", 'version = 3\n[extra_config]\n"x/y" = 12345678901234567', int),
        ):
            value = self.load(text, name).extra_config["x/y"].value
            self.assertIs(type(value), kind)


class LocateTests(ConfigTestCase):
    """Problems that are found later."""

    def test_places(self) -> None:
        """They get the place that their pointer has in the file."""
        path = self.write('{"version": 3,\n "endpoints": [\n  {"endpoint": "/a"}]}')
        later = Problem("handlers are already registered", "/endpoints/0/endpoint")
        (located,) = locate(path, [later], {})
        self.assertEqual((located.file, located.line, located.column), (path, 3, 16))

    def test_a_file_that_is_gone(self) -> None:
        """Without the file they stay as they are, but know its name."""
        (located,) = locate("/nowhere.json", [Problem("x", "/a")], {})
        self.assertEqual((located.file, located.line, located.message), ("/nowhere.json", 0, "x"))


class SizeTests(ConfigTestCase):
    """Large files."""

    def test_ten_thousand_endpoints(self) -> None:
        """They load within seconds on a slow machine, places included when all are wrong."""
        endpoints = [
            {"endpoint": f"/r{n}/{{id}}", "timeout": "2s", "backend": [{"url_pattern": "/{id}"}]}
            for n in range(10_000)
        ]
        path = self.write({"version": 3, "endpoints": endpoints})
        began = time.process_time()
        self.assertEqual(len(load(path, {}).endpoints), 10_000)
        self.assertLess(time.process_time() - began, 5)
        for endpoint in endpoints:
            endpoint["timeout"] = "2 sec"
        began = time.process_time()
        self.assertEqual(len(self.problems({"version": 3, "endpoints": endpoints})), 10_000)
        self.assertLess(time.process_time() - began, 10)
