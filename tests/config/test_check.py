"""The dump."""

from __future__ import annotations

from gatekeeper.config.check import dump
from tests.config.files import ConfigTestCase

OLD = "github_com/luraproject/lura/router/gin"


class DumpTests(ConfigTestCase):
    """How a file was understood."""

    def test_level_1(self) -> None:
        """Routes, backends, and the names of components as they are written."""
        service = self.service(
            name="shop",
            host="http://u.example",
            extra_config={OLD: {"return_error_msg": True}},
            endpoints=[{"endpoint": "/a/{id}", "backend": [{"url_pattern": "/{id}"}]}],
        )
        self.assertEqual(
            dump(service, 1, "  ").split("\n"),
            [
                "Global settings",
                "  Name: shop",
                "  Version: 3",
                "  Address: *",
                "  Port: 8080",
                '  Hosts: ["http://u.example"]',
                "  1 component configuration(s):",
                f"  - {OLD}",
                "1 API endpoint(s):",
                "  - GET /a/{id}",
                "    Timeout: 2s",
                "    Connecting to 1 backend(s):",
                "      [+] GET /{{.Id}}",
                "        Timeout: 2s",
                '        Hosts: ["http://u.example"]',
                "0 async agent(s):",
            ],
        )

    def test_level_2(self) -> None:
        """Lists, encodings and settings, without secrets."""
        backend = {
            "allow": ["id"],
            "host": "http://u:pw@h",
            "disable_host_sanitize": True,
            "mapping": {"a": "b"},
        }
        service = self.service(
            extra_config={"x/y": {"password": "pw", "port": 5}},
            endpoints=[{"backend": [backend]}],
        )
        shown = dump(service, 2)
        for text in ('- x/y: {"password": "***", "port": 5}', 'Allow: ["id"]', '"a": "b"', "***@h"):
            self.assertIn(text, shown)
        self.assertNotIn("pw", shown)

    def test_level_3(self) -> None:
        """Every number of transport and TLS."""
        pair = {"public_key": "c", "private_key": "k"}
        shown = dump(self.service(tls={"keys": [pair]}, dialer_timeout="5s"), 3)
        for text in (
            "dialer_timeout: 5s",
            "min_version: TLS13",
            "max_header_bytes: 0",
            "port: 8080",
        ):
            self.assertIn(text, shown)
