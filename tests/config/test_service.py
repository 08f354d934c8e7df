"""The keys of the service."""

from __future__ import annotations

from typing import Any

from gatekeeper.config.load import load
from gatekeeper.config.model import HTTPClient, Server, ServiceConfig
from gatekeeper.errors import ConfigError
from tests.config.files import ConfigTestCase


class ServiceTests(ConfigTestCase):
    """What a file becomes."""

    def test_defaults(self) -> None:
        """A file with a version only is complete."""
        service = self.service()
        self.assertEqual(service, ServiceConfig(file=service.file))

    def test_server(self) -> None:
        """Everything about how clients reach us."""
        server = self.service(
            port="9000", listen_ip="::1", use_h2c=True, read_timeout="1s", write_timeout="2s",
            idle_timeout="3s", read_header_timeout="4s", max_header_bytes=5,
            max_shutdown_wait_time="6s",
        ).server  # fmt: skip
        self.assertEqual(server, Server(9000, "::1", None, True, 1.0, 4.0, 2.0, 3.0, 5, 6.0))

    def test_client(self) -> None:
        """Everything about how we reach backends; zeros are defaults."""
        self.assertEqual(
            self.service(
                disable_keep_alives=True, disable_compression=1, max_idle_connections=5,
                max_idle_connections_per_host=0, idle_connection_timeout="1s",
                response_header_timeout="2s", expect_continue_timeout="3s", dialer_timeout="4s",
                dialer_fallback_delay="0s", dialer_keep_alive="5s", dns_cache_ttl="999ms",
            ).client,
            HTTPClient(
                disable_keep_alives=True, disable_compression=True, max_idle_connections=5,
                idle_connection_timeout_s=1.0, response_header_timeout_s=2.0,
                expect_continue_timeout_s=3.0, dialer_timeout_s=4.0, dialer_keep_alive_s=5.0,
            ),
        )  # fmt: skip
        self.assertEqual(self.service(dns_cache_ttl="1s").client.dns_cache_ttl_s, 1.0)

    def test_h2c(self) -> None:
        """The router's old option switches h2c on, if it is a real boolean."""
        for value, expected in ((True, True), ("true", False), (None, False)):
            service = self.service(extra_config={"router": {"use_h2c": value}})
            self.assertEqual(service.server.use_h2c, expected)
        self.assertFalse(self.service(extra_config={"router": "x"}).server.use_h2c)

    def test_flags(self) -> None:
        """The rest."""
        service = self.service(name=5, echo_endpoint="1", debug_endpoint=True, disable_rest=True)
        self.assertEqual(service.name, "5")
        self.assertTrue(service.echo_endpoint and service.debug_endpoint and service.disable_rest)

    def test_placeholders_anywhere(self) -> None:
        """disable_rest lets placeholders stand inside of segments."""
        endpoint = {"endpoint": "/u-{v}", "backend": [{"url_pattern": "/u/{v}"}]}
        service = self.service(disable_rest=True, endpoints=[endpoint])
        self.assertEqual(service.endpoints[0].path, "/u-:v")

    def test_addresses(self) -> None:
        """listen_ip is an address, port is a port."""
        table: list[tuple[dict[str, Any], str]] = [
            ({"listen_ip": "localhost"}, "/listen_ip: invalid ip address localhost"),
            ({"listen_ip": "fe80::1%eth0"}, "/listen_ip: invalid ip address fe80::1%eth0"),
            ({"port": 70000}, "/port: expected a port from 1 to 65535, found 70000"),
            ({"port": -1}, "/port: expected a port from 1 to 65535, found -1"),
        ]
        for keys, message in table:
            self.assertEqual(self.messages({"version": 3, **keys}), [message])

    def test_overrides(self) -> None:
        """The command line wins over the file."""
        path = self.write({"version": 3, "port": 70000})
        service = load(path, {"KRAKEND_PORT": "80000"}, port=9000, debug=True)
        self.assertEqual(service.server.port, 9000)
        self.assertTrue(service.debug_endpoint)

    def test_a_wrong_option(self) -> None:
        """It is blamed itself, not the line of the file that it overrides."""
        path = self.write({"version": 3, "port": 80})
        error = self.assertRaises(ConfigError, load, path, {}, port=99999)
        message = "--port: expected a port from 1 to 65535, found 99999"
        self.assertEqual([(0, message)], [(found.line, found.message) for found in error.problems])

    def test_what_this_build_does_not_do(self) -> None:
        """Agents and Go plugins are ignored with a warning."""
        service = self.service(async_agent=[{"name": "x"}], plugin={"folder": "."})
        said = "\n".join(service.warnings)
        self.assertIn('"async_agent" is ignored: this build has no async agents', said)
        self.assertIn('"plugin" is ignored: Go plugins cannot be loaded', said)
