"""Tests of `gatekeeper.backend.balance`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.balance import Host, address, balance, host, in_turns
from gatekeeper.errors import NoHosts, UnusableRequest
from gatekeeper.message import Decoded, Request, Response
from gatekeeper.testing import request, run
from gatekeeper.wire.client import Origin


class HostTests(SynchronousTestCase):
    """Preparing what stands in the configuration."""

    def test_clean(self) -> None:
        """A usual host is taken apart once."""
        self.assertEqual(
            host("http://a.example:8080/v2/"),
            Host(
                "http://a.example:8080/v2/",
                "http://a.example:8080",
                "/v2/",
                Origin("http", "a.example", 8080),
            ),
        )

    def test_odd(self) -> None:
        """Anything else is looked at with each request."""
        for text in ("a.example", "http://u:p@h", "http://h?x=1", "http://h:99999", "ftp://h", ""):
            with self.subTest(text):
                self.assertEqual(host(text), Host(text))


class TurnTests(SynchronousTestCase):
    """Taking turns."""

    def test_turns(self) -> None:
        """From a random start each host has its turn."""
        hosts = [host(f"http://h{number}") for number in range(3)]
        pick = in_turns(lambda: hosts, 1)
        self.assertEqual([pick().text[-1] for _ in range(5)], ["2", "0", "1", "2", "0"])

    def test_changing_list(self) -> None:
        """The list may change between calls."""
        hosts = [host("http://a")] * 5
        pick = in_turns(lambda: hosts, 3)
        pick()
        del hosts[1:]
        self.assertEqual(pick().text, "http://a")

    def test_none(self) -> None:
        """Without hosts a request fails, as the original says it."""
        error = self.assertRaises(NoHosts, in_turns(lambda: (), 0))
        self.assertEqual(str(error), "no hosts available")


class AddressTests(SynchronousTestCase):
    """The whole URL."""

    def test_addresses(self) -> None:
        """Host, path and query are put together."""
        table = [
            ("http://h", "/x", {}, "http://h/x"),
            ("http://h/base/", "/x", {}, "http://h/base//x"),
            ("http://h", "/c d?z=1", {"a": ["1"]}, "http://h/c%20d?z=1&a=1"),
            ("http://h", "/e?", {"a": ["1"]}, "http://h/e?a=1"),
            ("http://h?q=1", "/x", {}, "http://h/?q=1/x"),
            ("HTTP://h", "/x", {}, "http://h/x"),
            ("http://u:p@h", "/x", {"a": ["1"]}, "http://u:p@h/x?a=1"),
        ]
        for text, path, query, expected in table:
            with self.subTest(text):
                self.assertEqual(address(host(text), request(path, query=query)), expected)

    def test_unusable(self) -> None:
        """A path that no URL can have is the request's fault, not a crash."""
        self.assertRaises(UnusableRequest, address, host("http://h"), request("/%zz"))

    def test_balance(self) -> None:
        """The request goes on with its URL."""
        seen: list[Request] = []

        async def inner(built: Request) -> Response:
            seen.append(built)
            return Decoded({})

        proxy = balance(lambda: host("http://h"))(inner)
        self.successResultOf(run(proxy(request("/x"))))
        self.assertEqual(seen[0].url, "http://h/x")
