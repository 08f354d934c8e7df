"""Tests of `gatekeeper.components.qos.ratelimit.strategy`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.components.qos.ratelimit.strategy import client_key
from gatekeeper.testing import client_request

PEER = "198.51.100.9"


class ClientKeyTests(SynchronousTestCase):
    """Who a client is."""

    def test_header(self) -> None:
        """The first value, as it stands; the name is read without case."""
        key = client_key("header", "x-API-key")
        for values, expected in ((["a"], "a"), (["A", "b"], "A"), ([""], ""), ([], "")):
            headers = {"X-Api-Key": values} if values else {}
            self.assertEqual(key(client_request(headers=headers)), expected)

    def test_param(self) -> None:
        """The value of the parameter with exactly this name."""
        params = {"shop": "7"}
        for name, expected in (("shop", "7"), ("Shop", ""), ("", "")):
            self.assertEqual(client_key("param", name)(client_request(params=params)), expected)

    def test_address(self) -> None:
        """The client's address, behind trusted proxies."""
        self.assertEqual(client_key("ip", "")(client_request(peer=PEER)), PEER)

    def test_address_in_a_header(self) -> None:
        """The first of a list, without port; whatever is no address means the client's own."""
        table = [
            ("203.0.113.1", "203.0.113.1"),
            (" 203.0.113.1 , 203.0.113.2", "203.0.113.1"),
            ("203.0.113.1:99", "203.0.113.1"),
            ("bogus", PEER), ("", PEER), (", 203.0.113.2", PEER), ("203.0.113.256", PEER),
            ("2001:db8::1", PEER), ("[2001:db8::1]:80", PEER), ("::1", PEER), ("\xff", PEER),
            ("1", PEER), ("127.1", PEER), ("0127.0.0.1", PEER),
        ]  # fmt: skip
        key = client_key("ip", "x-real")
        for value, expected in table:
            with self.subTest(value):
                given = client_request(headers={"X-Real": [value]}, peer=PEER)
                self.assertEqual(key(given), expected)
        self.assertEqual(key(client_request(peer=PEER)), PEER)
