"""Tests of `gatekeeper.jose.signing`."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.algorithms import ALGORITHMS
from gatekeeper.jose.key_set import read_key_set
from gatekeeper.jose.signing import UnsuitableKey, signing_key
from gatekeeper.jose.token import parse
from gatekeeper.message import Number
from tests.jose.tokens import b64, ec_jwk, ed_jwk, key_set, oct_jwk, rsa_jwk

KEYS = read_key_set(
    key_set(
        oct_jwk(b"not this one, the last one counts", kid="hs"),
        oct_jwk(kid="hs"),
        rsa_jwk(private=True, kid="rs"),
        rsa_jwk(kid="public"),
        *(ec_jwk(curve, private=True, kid=curve) for curve in ("P-256", "P-384", "P-521")),
        ed_jwk(private=True, kid="ed"),
    )
)
KIDS = {"HS": "hs", "RS": "rs", "PS": "rs", "Ed": "ed"}
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class SigningTests(SynchronousTestCase):
    """Tokens of our own: case ``signer``."""

    def test_every_algorithm(self) -> None:
        """What is signed can be verified with the same key."""
        for name, algorithm in ALGORITHMS.items():
            kid = CURVES.get(name) or KIDS[name[:2]]
            made = parse(signing_key(KEYS, kid, name, "JWT").token({"a": 1}, False))
            material = next(key.material for key in reversed(KEYS) if key.kid == kid)
            if not isinstance(material, bytes):
                material = material.public_key()  # type: ignore[union-attr]
            verify = algorithm.verifier(material)
            assert verify is not None
            self.assertTrue(verify(made.signature, made.signed), name)

    def test_compact(self) -> None:
        """Names are sorted, numbers are as they came, what HTML knows is escaped."""
        key = signing_key(KEYS, "hs", "HS256", "at+jwt")
        made = key.token({"sub": "<a>", "exp": Number("1.50"), "aud": ["x"]}, False)
        found = parse(made)
        self.assertEqual(found.payload, b'{"aud":["x"],"exp":1.50,"sub":"\\u003ca\\u003e"}')
        head = b'{"alg":"HS256","kid":"hs","typ":"at+jwt"}'
        self.assertEqual(made.split(".")[0], b64(head))

    def test_full(self) -> None:
        """The JSON form has the same three parts."""
        key = signing_key(KEYS, "hs", "HS256", "JWT")
        parts = json.loads(key.token({"a": 1}, True))
        self.assertEqual(list(parts), ["payload", "protected", "signature"])
        whole = f"{parts['protected']}.{parts['payload']}.{parts['signature']}"
        self.assertEqual(whole, key.token({"a": 1}, False))

    def test_unsuitable(self) -> None:
        """Unknown keys and algorithms, public keys, keys of another kind."""
        for kid, algorithm in (
            ("nope", "HS256"),
            ("hs", "HS1024"),
            ("hs", "none"),
            ("hs", ""),
            ("hs", "RS256"),
            ("public", "RS256"),
            ("rs", "HS256"),
            ("P-256", "ES384"),
            ("ed", "ES256"),
        ):
            self.assertRaises(UnsuitableKey, signing_key, KEYS, kid, algorithm, "JWT")
