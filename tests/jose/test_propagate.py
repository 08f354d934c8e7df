"""Tests of `gatekeeper.jose.propagate` and `gatekeeper.jose.claim_text`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.claim_text import claim_text, claim_texts, required_claims, url_value
from gatekeeper.jose.propagate import Propagation, propagation, propagation_of_version_2
from gatekeeper.message import Headers
from tests.jose.tokens import JSON

TEXTS: tuple[tuple[JSON, str], ...] = (
    ("a b", "a b"),
    ("", ""),
    (5, "5"),
    (5.0000001, "5"),
    (-0.0, "0"),
    (1.25, "1.250000"),
    (-1.5, "-1.500000"),
    (1e18, "1000000000000000000"),
    (2**53 + 1, "9007199254740992"),
    (1e300, "-9223372036854775808"),
    (["a", 1, 1.5, True, None, {"k": 1, "a": [1, "b"]}], "a,1,1.5,true,<nil>,map[a:[1 b] k:1]"),
    ([1000000, 0.00001], "1e+06,1e-05"),
    ([[1, 2], []], "[1 2],[]"),
    ([], ""),
    (True, "true"),
    (None, "null"),
    ({"b": 1, "a": "<&>", "c": 1e21}, '{"a":"\\u003c\\u0026\\u003e","b":1,"c":1e+21}'),
)
"""Case ``propagate-claims``."""


class ClaimTextTests(SynchronousTestCase):
    """Claims as text."""

    def test_texts(self) -> None:
        """As the original writes them."""
        for value, text in TEXTS:
            self.assertEqual(claim_text(value), text)

    def test_lists_apart(self) -> None:
        """Elements one by one."""
        self.assertEqual(claim_texts(["a", 1.5, None]), ["a", "1.5", "<nil>"])
        self.assertEqual(claim_texts([]), [])
        self.assertEqual(claim_texts("a,b"), ["a,b"])

    def test_urls(self) -> None:
        """A value cannot begin a query or a fragment, nor break the request line."""
        self.assertEqual(url_value("a/b,c é?x=1#y\r\n\0\x7f"), "a/b,c é%3Fx=1%23y%0D%0A%00%7F")

    def test_required(self) -> None:
        """Names as they stand in patterns, each once."""
        patterns = ["/u/{{.JWT.sub}}/{{.Id}}/{{.JWT.http://e.com/x}}", "/{{.JWT.sub}}", "/"]
        self.assertEqual(required_claims(patterns), ("sub", "http://e.com/x"))


class PropagationTests(SynchronousTestCase):
    """Claims in headers."""

    def setUp(self) -> None:
        self.claims: JSON = {"sub": "ann", "list": ["a", 1], "none": [], "n": 5}
        self.claims["realm"] = {"role": "r"}
        self.headers: Headers = {"X-User": ["spoof", "two"], "Other": ["o"]}

    def carried(self, *entries: tuple[str, str], keeps_lists: bool = False) -> Headers:
        propagate = propagation([Propagation(*entry) for entry in entries], keeps_lists)
        assert propagate is not None
        return propagate(self.claims, self.headers)

    def test_replaced(self) -> None:
        """The client's own value goes, whether there is a claim or not."""
        self.assertEqual(self.carried(("sub", "x-user"))["X-User"], ["ann"])
        for missing in ("nope", "realm.nope", "sub.x", "realm.role.x"):
            self.assertEqual(self.carried((missing, "X-User"))["X-User"], [""])
        self.assertEqual(self.headers["X-User"], ["spoof", "two"])
        self.assertEqual(self.carried(("sub", "X-User"))["Other"], ["o"])

    def test_nested(self) -> None:
        """A dot leads inside, but not in names that begin with http."""
        self.assertEqual(self.carried(("realm.role", "X-Role"))["X-Role"], ["r"])
        self.claims = {"http://e.com/x": "y", "a": {"b": "z"}}
        carried = self.carried(("http://e.com/x", "X"), ("a.b", "Y"))
        self.assertEqual((carried["X"], carried["Y"]), (["y"], ["z"]))

    def test_lists(self) -> None:
        """Joined, or a line for each element; an empty one leaves no header."""
        entries = (("list", "X-List"), ("none", "X-User"), ("nope", "X-Nope"))
        joined = self.carried(*entries)
        self.assertEqual((joined["X-List"], joined["X-User"]), (["a,1"], [""]))
        apart = self.carried(*entries, keeps_lists=True)
        self.assertEqual((apart["X-List"], apart["X-Nope"]), (["a", "1"], [""]))
        self.assertNotIn("X-User", apart)

    def test_bytes(self) -> None:
        """Values are bytes of UTF-8."""
        self.claims = {"sub": "é€"}
        value = self.carried(("sub", "X-User"))["X-User"][0]
        self.assertEqual(value.encode("latin-1").decode(), "é€")

    def test_nothing_to_do(self) -> None:
        """Then there is no function to call."""
        self.assertIsNone(propagation([], False))
        self.assertIsNone(propagation_of_version_2([]))

    def test_version_2(self) -> None:
        """KrakenD 1.x adds texts to what the client sent, and knows nothing else."""
        entries = [("sub", "X-User"), ("n", "X-N"), ("realm.role", "X-R"), ("nope", "Other")]
        propagate = propagation_of_version_2([Propagation(*entry) for entry in entries])
        assert propagate is not None
        carried = propagate(self.claims, self.headers)
        self.assertEqual(carried, {"X-User": ["spoof", "two", "ann"], "Other": ["o"]})
