"""Tests of `gatekeeper.jose.keys`."""

from __future__ import annotations

import base64
from hashlib import sha1, sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.keys import UnusableKey, read_key
from gatekeeper.tls.authority import Authority
from tests.jose.tokens import (
    EC,
    EVERY_PUBLIC_KEY,
    JSON,
    RSA,
    SECRET,
    b64,
    ec_jwk,
    ed_jwk,
    number,
    oct_jwk,
    rsa_jwk,
)


class KeyTests(SynchronousTestCase):
    """Reading one key."""

    def refused(self, jwk: JSON) -> str:
        return str(self.assertRaises(UnusableKey, read_key, jwk))

    def test_every_kind(self) -> None:
        """Secrets, and both halves of pairs."""
        self.assertEqual(read_key(oct_jwk(kid="a")).material, SECRET)
        self.assertEqual(read_key(oct_jwk(kid="a")).kid, "a")
        for jwk in EVERY_PUBLIC_KEY:
            self.assertFalse(read_key(jwk).is_private)
        for jwk in (rsa_jwk(private=True), ed_jwk(private=True)):
            self.assertTrue(read_key(jwk).is_private)
        for curve in EC:
            self.assertTrue(read_key(ec_jwk(curve, private=True)).is_private)

    def test_what_is_tolerated(self) -> None:
        """Padding, null members, and members that say what a key is for."""
        self.assertEqual(read_key({"kty": "oct", "k": "YWJj", "kid": None}).material, b"abc")
        self.assertEqual(read_key({"kty": "oct", "k": "YWI="}).material, b"ab")
        read_key(oct_jwk(use="enc", alg="A128KW", key_ops=["wrapKey"]))

    def test_what_is_no_key(self) -> None:
        """Unknown kinds and curves, missing or mistyped members, other alphabets."""
        for jwk in (
            None,
            [],
            {},
            {"kty": "foo"},
            {"kty": 5},
            {"kty": "oct"},
            {"kty": "oct", "k": ""},
            {"kty": "oct", "k": 5},
            {"kty": "oct", "k": "ab+/"},
            oct_jwk(kid=5),
            {"kty": "RSA", "n": number(RSA.public_key().public_numbers().n)},
            rsa_jwk(e="AQ"),
            rsa_jwk(private=True, q="AQ"),
            {k: v for k, v in rsa_jwk(private=True).items() if k != "p"},
            {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))},
            {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(31))},
            ed_jwk(d=b64(bytes(32))),
            ec_jwk(crv="secp256k1"),
            ec_jwk(crv="P-384"),
            ec_jwk(x=b64(bytes(32))),
            ec_jwk(x=b64(b"\0" + EC["P-256"].public_key().public_numbers().x.to_bytes(32))),
            ec_jwk(d=b64(bytes(31) + b"\2")),
            ec_jwk(d=b64(bytes(32))),
        ):
            self.refused(jwk)

    def test_messages_hold_no_key(self) -> None:
        """Nothing secret is in a message."""
        secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"
        for jwk in ({"kty": "oct", "k": secret + "!"}, {"kty": secret * 5}, ed_jwk(d=secret)):
            self.assertNotIn(secret, self.refused(jwk))

    def test_weak_keys_are_said_to_be(self) -> None:
        """Short secrets and short moduli work, and are worth a warning."""
        self.assertIn("3 bytes", read_key(oct_jwk(b"abc")).weakness)
        short = rsa.generate_private_key(65537, 1024)
        self.assertIn("1024 bits", read_key(rsa_jwk(short)).weakness)
        for jwk in (oct_jwk(), rsa_jwk(), ec_jwk(), ed_jwk()):
            self.assertEqual(read_key(jwk).weakness, "")


class CertificateTests(SynchronousTestCase):
    """Keys that show a certificate."""

    issued = Authority().server(["shop.example"])
    certificate = x509.load_pem_x509_certificates(issued.certificate)[0]
    der = certificate.public_bytes(Encoding.DER)
    x5c = base64.b64encode(der).decode()

    def jwk(self, **more: JSON) -> JSON:
        key = self.certificate.public_key()
        numbers = key.public_numbers()  # type: ignore[union-attr]
        if isinstance(numbers, rsa.RSAPublicNumbers):
            mine: JSON = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        else:
            x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)
            mine = {"kty": "EC", "crv": "P-256", "x": b64(x), "y": b64(y)}
        return mine | more

    def test_thumbprints(self) -> None:
        """They are bytes, or the hexadecimal text of bytes, and belong to the certificate."""
        one, two = sha1(self.der).digest(), sha256(self.der).digest()
        for x5t, x5t_s256 in ((one, two), (one.hex(), two.hex().upper())):
            jwk = self.jwk(**{"x5c": [self.x5c], "x5t": b64(x5t), "x5t#S256": b64(x5t_s256)})
            key = read_key(jwk)
            self.assertEqual((key.x5t, key.x5t_s256), (one, two))
        self.assertEqual(read_key(oct_jwk(x5t=b64(one))).x5t, one)

    def test_what_does_not_match(self) -> None:
        """Another key, another thumbprint, a thumbprint of another size, no certificate."""
        for jwk in (
            ed_jwk(x5c=[self.x5c]),
            oct_jwk(x5c=[self.x5c]),
            self.jwk(x5c=["AAAA"]),
            self.jwk(x5c=[5]),
            self.jwk(x5c="text"),
            self.jwk(x5c=[self.x5c], x5t=b64(bytes(20))),
            self.jwk(**{"x5c": [self.x5c], "x5t#S256": b64(bytes(32))}),
            oct_jwk(x5t=b64(bytes(19))),
            oct_jwk(x5t=b64("z" * 40)),
            oct_jwk(x5t=5),
        ):
            self.assertRaises(UnusableKey, read_key, jwk)
