"""Tests of `gatekeeper.web.read` and `gatekeeper.web.query`: what is let through."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import PRODUCT
from gatekeeper.message import Headers
from gatekeeper.testing import client_request
from gatekeeper.web.query import keep_query, parse_query
from gatekeeper.web.read import keep_headers, read_request
from tests.web.fakes import endpoint

SENT: Headers = {
    "Accept": ["a", "b"],
    "Authorization": ["secret"],
    "Content-Type": ["text/plain"],
    "User-Agent": ["curl"],
    "X-Forwarded-For": ["6.6.6.6"],
    "X-Forwarded-Host": ["evil.example"],
}
OWN = {"X-Forwarded-For": ["192.0.2.1"], "X-Forwarded-Host": ["shop.example"]}
AGENT = [PRODUCT]


class HeaderTests(SynchronousTestCase):
    """Headers of the client."""

    def kept(self, *allowed: str, sent: Headers = SENT) -> dict[str, list[str]]:
        found = keep_headers(allowed)(sent, "shop.example", "192.0.2.1")
        return {name: list(values) for name, values in found.items()}

    def test_nothing(self) -> None:
        """Without a list only the type of the body passes, beside what the gateway says."""
        self.assertEqual(self.kept(), {"Content-Type": ["text/plain"], "User-Agent": AGENT, **OWN})
        self.assertEqual(self.kept(sent={}), {"User-Agent": AGENT, **OWN})

    def test_list(self) -> None:
        """Listed headers pass with all their values, and nothing else does."""
        self.assertEqual(
            self.kept("Accept", "X-Missing", "Host"),
            {"Accept": ["a", "b"], "User-Agent": AGENT, **OWN},
        )

    def test_everything(self) -> None:
        """With ``*`` all pass, but never what the gateway itself has to say."""
        found = self.kept("*")
        self.assertEqual(found["Authorization"], ["secret"])
        self.assertEqual({name: found[name] for name in OWN}, OWN)
        self.assertEqual((found["User-Agent"], found["X-Forwarded-Via"]), (["curl"], AGENT))

    def test_own_headers_cannot_be_nominated(self) -> None:
        """A client's ``Connection`` would let the next proxy remove what we say: it stays here."""
        hop = {"Connection": ["X-Forwarded-For, close"], "X-Hop": ["1"]}
        for allowed in (("*",), ("Connection", "X-Hop")):
            found = self.kept(*allowed, sent=hop)
            self.assertNotIn("Connection", found)
            self.assertEqual((found["X-Hop"], found["X-Forwarded-For"]), (["1"], ["192.0.2.1"]))

    def test_forwarded_by_list(self) -> None:
        """Naming our own headers does not let the client's pass."""
        found = self.kept("X-Forwarded-For", "X-Forwarded-Host")
        self.assertEqual({name: found[name] for name in OWN}, OWN)


class QueryTests(SynchronousTestCase):
    """The query of the client."""

    def test_parse(self) -> None:
        """Pairs are read as Go does; what is not understood is not passed on."""
        table: list[tuple[str, dict[str, list[str]]]] = [
            ("", {}),
            ("a=1&b=2&a=3", {"a": ["1", "3"], "b": ["2"]}),
            ("a", {"a": [""]}),
            ("a=&=b", {"a": [""], "": ["b"]}),
            ("a=b+c%20d", {"a": ["b c d"]}),
            ("a%3d=1", {"a=": ["1"]}),
            ("&&a=1&", {"a": ["1"]}),
            ("a=1;b=2&c=3", {"c": ["3"]}),
            ("a=%zz&b=%4&c=3", {"c": ["3"]}),
            ("a=%ff", {"a": ["\udcff"]}),
            ("a=%0d%0aX:1", {"a": ["\r\nX:1"]}),
            ("a=\xc3\xa9", {"a": ["\xe9"]}),
        ]
        for raw, expected in table:
            with self.subTest(raw):
                self.assertEqual(parse_query(raw), expected)

    def test_keep(self) -> None:
        """Only listed names pass; a list of none lets nothing be looked at."""
        self.assertIsNone(keep_query(()))
        keep = keep_query(("a",))
        assert keep is not None
        self.assertEqual(keep("a=1&b=2&A=3"), {"a": ["1"]})
        everything = keep_query(("x", "*"))
        assert everything is not None
        self.assertEqual(everything("b=2"), {"b": ["2"]})


class RequestTests(SynchronousTestCase):
    """Both together."""

    def test_read(self) -> None:
        """Parameters have a capital, the rest is what the lists let through."""
        read = read_request(endpoint(input_query_strings=("a",), input_headers=("X-A",)))
        client = client_request(
            "/order/5?a=1&b=2", "POST", headers={"X-A": ["1"]}, body=b"x", params={"id": "5"}
        )
        made = read(client)
        self.assertEqual((made.method, made.path, made.body), ("POST", "/order/5", b"x"))
        self.assertEqual((made.params, made.query), ({"Id": "5"}, {"a": ["1"]}))
        self.assertEqual(made.headers["X-A"], ["1"])
