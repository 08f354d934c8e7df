"""Hosts."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.hosts import InvalidHost, sanitise, sanitised
from gatekeeper.errors import Problems

GOOD = {
    "a.com": "http://a.com",
    "https://a.com:8080/": "https://a.com:8080",
    " http://a.com ": "http://a.com",
    "http://a.com//": "http://a.com",
    "http://127.0.0.1:80": "http://127.0.0.1:80",
    "my_service": "http://my_service",
}

BAD = (
    "http://a.com/path", "http://u:p@a.com", "http://[::1]:80", "HTTP://a.com", "a.com:8", "",
    "http://a.com?x=1", "ftp://a.com", "a b", "a.com:1234567",
)  # fmt: skip


class HostTests(SynchronousTestCase):
    """Scheme, name, port."""

    def test_good(self) -> None:
        """What is not matched is dropped, the scheme is http by default."""
        for host, clean in GOOD.items():
            self.assertEqual(sanitise(host), clean)

    def test_bad(self) -> None:
        """More or less than one host is an error."""
        for host in BAD:
            self.assertRaises(InvalidHost, sanitise, host)

    def test_text(self) -> None:
        """The message is KrakenD's, without passwords."""
        error = self.assertRaises(InvalidHost, sanitise, "http://a.com/path")
        self.assertEqual(str(error), "host http://a.com/path not valid: invalid host")
        error = self.assertRaises(InvalidHost, sanitise, "http://ann:pw@a.com/x")
        self.assertEqual(str(error), "host http://***@a.com/x not valid: invalid host")

    def test_lists(self) -> None:
        """Each bad host is reported at its place, with what it may mean."""
        problems = Problems()
        clean = sanitised(["a.com", "https://b.com/v1", "http://[::1]"], "/host", problems)
        self.assertEqual(clean, ("http://a.com",))
        self.assertEqual([problem.pointer for problem in problems.found], ["/host/1", "/host/2"])
        self.assertIn('write "https://b.com"', problems.found[0].suggestion)

    def test_a_short_port(self) -> None:
        """A port of one digit is explained, because elsewhere it is fine."""
        problems = Problems()
        sanitised(["http://a.com:9"], "/host", problems)
        self.assertEqual(
            "a port has two digits or more, as in KrakenD", problems.found[0].suggestion
        )

    def test_dropped_characters(self) -> None:
        """A host that is read as another one than it seems to be is worth a warning."""
        problems = Problems()
        hosts = ["[::1]", "ü.com", "a.com/", " https://b.com ", "c.com:80"]
        self.assertEqual(sanitised(hosts, "/host", problems)[:2], ("http://1", "http://.com"))
        self.assertEqual([problem.pointer for problem in problems.warnings], ["/host/0", "/host/1"])
        self.assertEqual(problems.fatal, [])
