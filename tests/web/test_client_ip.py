"""Tests of `gatekeeper.web.client_ip`."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Settings
from gatekeeper.web.client_ip import client_ip
from gatekeeper.web.options import RouterOptions

PEER = "127.0.0.1"


class ClientIPTests(SynchronousTestCase):
    """Who asked."""

    def found(self, peer: str = PEER, router: dict[str, Any] | None = None, **headers: str) -> str:
        options = RouterOptions.read(Settings(router or {}, "/router"), self.fail)
        lines = {name.replace("_", "-"): [value] for name, value in headers.items()}
        return client_ip(options)(lines, peer)

    def test_everybody_is_trusted(self) -> None:
        """By default the leftmost address counts, as in KrakenD."""
        for value, expected in (
            ("9.9.9.9", "9.9.9.9"),
            ("9.9.9.9, 10.0.0.1", "9.9.9.9"),
            (" 2001:db8::1 ", "2001:db8::1"),
            ("1.1.1.1, bad", PEER),
            ("9.9.9.9:80", PEER),
            ("", PEER),
            ("fe80::1%eth0", PEER),
        ):
            with self.subTest(value):
                self.assertEqual(self.found(X_Forwarded_For=value), expected)
        self.assertEqual(self.found(), PEER)

    def test_trusted_proxies(self) -> None:
        """The first address from the right that is no trusted proxy counts."""
        hops = "9.9.9.9, 10.0.0.1"
        for proxies, peer, expected in (
            (["127.0.0.1"], PEER, "10.0.0.1"),
            (["127.0.0.1", "10.0.0.0/8"], PEER, "9.9.9.9"),
            (["10.0.0.0/8"], PEER, PEER),
            (["127.0.0.1"], "::ffff:127.0.0.1", "10.0.0.1"),
            (["127.0.0.1", "bad"], PEER, PEER),
            (["127.0.0.1"], "not an address", "not an address"),
            (["::1"], "::1", "10.0.0.1"),
        ):
            with self.subTest(proxies=proxies, peer=peer):
                router = {"trusted_proxies": proxies}
                self.assertEqual(self.found(peer, router, X_Forwarded_For=hops), expected)

    def test_names(self) -> None:
        """Headers are tried in order; one that is no address makes room for the next."""
        self.assertEqual(self.found(X_Forwarded_For="bad", X_Real_Ip="7.7.7.7"), "7.7.7.7")
        router = {"remote_ip_headers": ["cf-connecting-ip"]}
        self.assertEqual(self.found(PEER, router, Cf_Connecting_Ip="8.8.8.8"), "8.8.8.8")
        self.assertEqual(self.found(PEER, router, X_Forwarded_For="9.9.9.9"), PEER)

    def test_nobody_is_believed(self) -> None:
        """With ``forwarded_by_client_ip: false`` the peer counts."""
        router = {"forwarded_by_client_ip": False}
        self.assertEqual(self.found(PEER, router, X_Forwarded_For="9.9.9.9"), PEER)

    def test_app_engine(self) -> None:
        """The platform's own header wins where that is wanted."""
        router = {"app_engine": True}
        self.assertEqual(
            self.found(PEER, router, X_Appengine_Remote_Addr="5.5.5.5", X_Forwarded_For="9.9.9.9"),
            "5.5.5.5",
        )
        self.assertEqual(self.found(PEER, router, X_Forwarded_For="9.9.9.9"), "9.9.9.9")
        self.assertEqual(self.found(X_Appengine_Remote_Addr="5.5.5.5"), PEER)
