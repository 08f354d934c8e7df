"""Tests of `gatekeeper.jose.token` and `gatekeeper.jose.identify`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose import token as tokens
from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.keys import Key
from gatekeeper.jose.token import Header, InvalidToken, parse
from tests.jose.tokens import JSON, SECRET, b64, ec_jwk, oct_jwk, rsa_jwk, token


class ParseTests(SynchronousTestCase):
    """Taking tokens apart."""

    def refused(self, text: str) -> str:
        return str(self.assertRaises(InvalidToken, parse, text))

    def test_parts(self) -> None:
        """Header, payload, signature, and what was signed."""
        text = token({"a": 1}, header={"x5t": "t", "x5t#S256": "u"}, signature=b"sig")
        found = parse(text)
        self.assertEqual(found.header, Header("HS256", "hs", "t", "u"))
        self.assertEqual((found.payload, found.signature), (b'{"a":1}', b"sig"))
        self.assertEqual(found.signed.decode(), text.rpartition(".")[0])

    def test_headers_with_little(self) -> None:
        """A key's name may be missing or null; a thumbprint that is no text is none."""
        found = parse(token(header='{"alg":"HS256","kid":null,"x5t":5}')).header
        self.assertEqual(found, Header("HS256", "", None, None))
        self.assertEqual(parse(token(header="{}")).header.algorithm, "")

    def test_form(self) -> None:
        """Three parts, base64url, a JSON object as header, not too long."""
        good = token()
        head, payload, signature = good.split(".")
        for text in (
            "",
            ".",
            "..",
            "a.b",
            f"{good}.",
            f".{good}",
            f"{head}..{payload}.{signature}",
            f"{head}.{payload}.{signature}é",
            f"{head}.{payload}!.{signature}",
            "." * 100_000,
            "a" * 70_000,
            f"{head}.{'A' * 70_000}.{signature}",
            '{"payload":"","protected":"","signature":""}',
            f"{b64('[]')}.{payload}.{signature}",
            f"{b64('5')}.{payload}.{signature}",
        ):
            self.refused(text)

    def test_padding_is_tolerated(self) -> None:
        """As in the original, where it stands at the end of a part."""
        head, payload, signature = token({"a": 12}).split(".")
        self.assertEqual(parse(f"{head}=.{payload}=.{signature}==").payload, b'{"a":12}')

    def test_extensions(self) -> None:
        """Critical extensions but ``b64``, and payloads that are not encoded, are refused."""
        for header in (
            {"crit": ["exp"], "exp": 1},
            {"crit": ["b64", "x"]},
            {"crit": []},
            {"crit": "b64"},
            {"crit": None},
            {"crit": [["b64"]]},
            {"crit": {"b64": True}},
            {"b64": False},
            {"b64": False, "crit": ["b64"]},
            {"b64": "true"},
            {"b64": 1},
            {"b64": None},
        ):
            self.refused(token(header=header))
        parse(token(header={"b64": True, "crit": ["b64"]}))

    def test_embedded_keys(self) -> None:
        """A key in the header must be a public one, and is not used."""
        jwks: list[JSON] = [oct_jwk(), rsa_jwk(private=True), ec_jwk(crv="P-999"), {}, 5, "x"]
        for jwk in jwks:
            self.refused(token(header={"jwk": jwk}))
        parse(token(header={"jwk": rsa_jwk()}))
        parse(token(header={"jwk": None}))

    def test_types(self) -> None:
        """Names are texts."""
        for header in ({"alg": 5}, {"alg": ["HS256"]}, {"kid": 5}, {"kid": {}}):
            self.refused(token(header=header))

    def test_remembered_headers_are_bounded(self) -> None:
        """Ten thousand different headers do not stay."""
        for number in range(1000):
            parse(token(header={"kid": str(number)}, signature=b""))
        self.assertLessEqual(len(tokens._headers), 256)
        parse(token(header={"kid": "x" * 2000}, signature=b""))
        self.assertLess(max(map(len, tokens._headers)), 1025)


class StrategyTests(SynchronousTestCase):
    """Which key a token means."""

    key = Key("k", SECRET, b"\xff" * 20, b"\xfe" * 32)
    bare = Key("k", SECRET)

    def test_identifiers(self) -> None:
        """By name, by thumbprint, by both; case ``key-identification``."""
        x5t, x5t_s256 = b64(b"\xff" * 20), b64(b"\xfe" * 32)
        header, bare = Header("HS256", "k", x5t, x5t_s256), Header("HS256", "k", None, None)
        for name, wanted, without in (
            ("kid", "k", "k"),
            ("x5t", x5t, "k"),
            ("x5t#S256", x5t_s256, "k"),
            ("kid_x5t", "k" + x5t, "kk"),
        ):
            strategy = STRATEGIES[name]
            self.assertEqual(strategy.of_token(header), wanted)
            self.assertEqual(strategy.of_key(self.key), wanted)
            self.assertEqual(strategy.of_token(bare), without)
            self.assertEqual(strategy.of_key(self.bare), "k" if name.startswith("kid") else "")
