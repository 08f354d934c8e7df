"""Tests of `gatekeeper.backend.proxies`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.proxies import DIRECT, route
from gatekeeper.errors import ConfigError, TransportError
from gatekeeper.wire.client import Origin


class RouteTests(SynchronousTestCase):
    """Which way to a backend."""

    def uses_proxy(self, host: str, no_proxy: str = "", port: int = 80) -> bool:
        way = route({"http_proxy": "proxy:3128", "NO_PROXY": no_proxy})
        return way.find(Origin("http", host, port)) is not None

    def test_without_variables(self) -> None:
        """Without variables everything is reached directly."""
        self.assertEqual(route({}), DIRECT)
        self.assertIsNone(DIRECT.find(Origin("https", "h", 443)))

    def test_proxy(self) -> None:
        """A proxy is named as a URL, or by name and port; capitals win."""
        for value in ("http://p:3128", "p:3128", "http://p:3128/"):
            way = route({"HTTP_PROXY": value, "http_proxy": "other:1"})
            self.assertEqual(way.find(Origin("http", "h", 80)), Origin("http", "p", 3128))

    def test_excluded(self) -> None:
        """``NO_PROXY`` names hosts, domains, networks and ports; the machine itself never."""
        table = [
            ("h", "", 80, True),
            ("localhost", "", 80, False),
            ("127.0.0.9", "", 80, False),
            ("::1", "", 80, False),
            ("h", "*", 80, False),
            ("a.shop.example", "shop.example", 80, False),
            ("shop.example", "x, Shop.Example ", 80, False),
            ("workshop.example", "shop.example", 80, True),
            ("shop.example", ".shop.example", 80, True),
            ("a.shop.example", "*.shop.example", 80, False),
            ("10.1.2.3", "10.0.0.0/8", 80, False),
            ("11.1.2.3", "10.0.0.0/8,nonsense/x", 80, True),
            ("h", "10.0.0.0/8", 80, True),
            ("10.1.2.3", "10.1.2.3", 80, False),
            ("h", "h:81", 80, True),
            ("h", "h:81", 81, False),
        ]
        for host, no_proxy, port, used in table:
            with self.subTest(host, no_proxy=no_proxy):
                self.assertEqual(self.uses_proxy(host, no_proxy, port), used)

    def test_no_tunnel(self) -> None:
        """What would need a tunnel is refused, not sent around the proxy."""
        way = route({"HTTPS_PROXY": "http://p:3128"})
        self.assertRaises(TransportError, way.find, Origin("https", "h", 443))
        self.assertIsNone(way.find(Origin("http", "h", 80)))

    def test_cgi(self) -> None:
        """Inside CGI the variable comes from a client's ``Proxy`` header: not used."""
        self.assertEqual(route({"HTTP_PROXY": "evil:1", "REQUEST_METHOD": "GET"}), DIRECT)

    def test_unusable(self) -> None:
        """A value that is no proxy refuses to start, without telling a password."""
        for value in ("http://%zz", "https://p:1", "http://u:secret@p:1", "socks5://p:1"):
            error = self.assertRaises(ConfigError, route, {"HTTP_PROXY": value})
            self.assertNotIn("secret", str(error))
