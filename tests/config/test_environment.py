"""Variables of the environment."""

from __future__ import annotations

from gatekeeper.config.environment import override, variable_of
from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError
from tests.config.files import ConfigTestCase


class OverrideTests(ConfigTestCase):
    """On top of the tree."""

    def test_table(self) -> None:
        """Keys are lower case, dots enter objects, other names mean nothing."""
        tree = {"port": 1, "tls": {"a": 1}, "name": "x"}
        table = [
            ({"KRAKEND_PORT": "9"}, {**tree, "port": "9"}),
            ({"KRAKEND_NEW": ""}, {**tree, "new": ""}),
            ({"KRAKEND_TLS.MIN_VERSION": "T"}, {**tree, "tls": {"a": 1, "min_version": "T"}}),
            ({"KRAKEND_NAME.X": "1"}, {**tree, "name": {"x": "1"}}),
            ({"KRAKEND_TLS": "t"}, {**tree, "tls": "t"}),
            ({"krakend_PORT": "9", "PORT": "9", "KRAKENDPORT": "9"}, tree),
        ]
        for environ, expected in table:
            self.assertEqual(override(tree, environ), expected)
        self.assertEqual(tree, {"port": 1, "tls": {"a": 1}, "name": "x"})

    def test_names(self) -> None:
        """What a variable set, and all below it, is known to come from it."""
        environ = {"OTHER": "x", "KRAKEND_TLS.MIN_VERSION": "T", "KRAKEND_HOST": "x y"}
        table = {
            "/tls/min_version": "KRAKEND_TLS.MIN_VERSION", "/host/0": "KRAKEND_HOST",
            "/tls": "", "/hosts": "", "": "",
        }  # fmt: skip
        for pointer, name in table.items():
            self.assertEqual(variable_of(pointer, environ), name)


class LoadTests(ConfigTestCase):
    """All the way."""

    def test_applied(self) -> None:
        """Variables win over the file, whether or not it has the key.  Case env-overrides."""
        service = self.load(
            {"version": 3, "port": 1, "endpoints": {"backend": {"url_pattern": "/"}}},
            environ={
                "KRAKEND_PORT": "9000",
                "KRAKEND_TIMEOUT": "200ms",
                "KRAKEND_HOST": "http://b.com",
                "KRAKEND_DEBUG_ENDPOINT": "1",
                "KRAKEND_OUTPUT_ENCODING": "xml",
                "KRAKEND_EXTRA_CONFIG.ROUTER.HEALTH_PATH": "/status",
                "KRAKEND_FOO": "x",
            },
        )
        endpoint = service.endpoints[0]
        self.assertEqual(service.server.port, 9000)
        self.assertEqual((endpoint.timeout_s, endpoint.output_encoding), (0.2, "xml"))
        self.assertEqual(endpoint.backends[0].hosts, ("http://b.com",))
        self.assertTrue(service.debug_endpoint)
        self.assertEqual(service.extra_config["router"].value, {"health_path": "/status"})
        self.assertEqual(service.warnings, ())

    def test_an_empty_port(self) -> None:
        """An empty text is 0, which is the default."""
        self.assertEqual(self.load({"version": 3}, environ={"KRAKEND_PORT": ""}).server.port, 8080)

    def test_mistakes_name_the_variable(self) -> None:
        """A bad variable is named, because there is no line to show.  Case refuse-types."""
        table = {
            "KRAKEND_PORT": ("tcp://10.0.0.1:8080", "port: expected a whole number"),
            "KRAKEND_TIMEOUT": ("soon", "timeout: expected a duration"),
            "KRAKEND_EXTRA_CONFIG": ("x", "extra_config: expected an object"),
            "KRAKEND_VERSION": ("1", "unsupported version: 1 (want: 3)"),
        }
        for name, (value, text) in table.items():
            error = self.assertRaises(ConfigError, self.load, {"version": 3}, environ={name: value})
            shown = render(error.problems)
            self.assertTrue(shown.startswith(f"environment variable {name}: "), shown)
            self.assertIn(text, shown)
