"""Tests of `gatekeeper.jose.algorithms`."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import JWKRegistry
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.algorithms import ALGORITHMS, Verify
from gatekeeper.jose.base64url import decode
from gatekeeper.jose.keys import read_key
from tests.jose.tokens import (
    EC,
    EVERY_PUBLIC_KEY,
    JSON,
    ec_jwk,
    ed_jwk,
    kid_of,
    oct_jwk,
    raw,
    rsa_jwk,
    sign,
    token,
)

SIGNED = b"header.payload"


def public(algorithm: str) -> JSON:
    """Give the key that verifies an algorithm."""
    return next(jwk for jwk in EVERY_PUBLIC_KEY if jwk["kid"] == kid_of(algorithm))


def private(algorithm: str) -> JSON:
    """Give the key that signs with an algorithm."""
    kind = algorithm[:2]
    if kind == "ES":
        return ec_jwk(public(algorithm)["crv"], private=True)
    return {"HS": oct_jwk(), "Ed": ed_jwk(private=True)}.get(kind, rsa_jwk(private=True))


def verifier(algorithm: str, jwk: JSON) -> Verify | None:
    """Prepare a key."""
    return ALGORITHMS[algorithm].verifier(read_key(jwk).material)


class AlgorithmTests(SynchronousTestCase):
    """Thirteen ways to sign."""

    def verify(self, algorithm: str, signature: bytes, signed: bytes = SIGNED) -> bool:
        verify = verifier(algorithm, public(algorithm))
        assert verify is not None
        return verify(signature, signed)

    def test_names(self) -> None:
        """There are these and no others; ``none`` is not among them."""
        names = ["EdDSA", *(kind + size for kind in ("HS", "RS", "ES", "PS") for size in SIZES)]
        self.assertEqual(list(ALGORITHMS), names)

    def test_good_and_bad_signatures(self) -> None:
        """Each verifies its own signature, and none for another text, changed or cut."""
        for name in ALGORITHMS:
            good = sign(name, SIGNED)
            self.assertTrue(self.verify(name, good), name)
            self.assertFalse(self.verify(name, good, SIGNED + b"x"), name)
            self.assertFalse(self.verify(name, good[:-1]), name)
            self.assertFalse(self.verify(name, b"\0" + good), name)
            self.assertFalse(self.verify(name, good[:-1] + bytes([good[-1] ^ 1])), name)
            self.assertFalse(self.verify(name, b""), name)
            self.assertFalse(self.verify(name, bytes(len(good))), name)

    def test_own_signatures(self) -> None:
        """What is signed here is verified here, and by an independent library."""
        for name in ALGORITHMS:
            make = ALGORITHMS[name].signer(read_key(private(name)).material)
            assert make is not None
            self.assertTrue(self.verify(name, make(SIGNED)), name)
            made = token({"a": 1}, name, signature=b"")
            whole = made + token({}, name, signature=make(made[:-1].encode())).rpartition(".")[2]
            key = JWKRegistry.import_key(public(name))
            jws.deserialize_compact(whole, key, algorithms=[name])

    def test_signatures_of_others(self) -> None:
        """What an independent library signs is verified here."""
        for name in ALGORITHMS:
            if name[:2] in {"RS", "PS"}:
                continue  # it wants more members of a private RSA key than the contract
            key = JWKRegistry.import_key(private(name))
            text = jws.serialize_compact({"alg": name}, b"{}", key, algorithms=[name])
            signed, _, signature = text.rpartition(".")
            self.assertTrue(self.verify(name, decode(signature.encode()), signed.encode()), name)

    def test_salts(self) -> None:
        """PSS signatures may have a salt of any length."""
        for salt in (0, 20, 32, 64):
            self.assertTrue(self.verify("PS256", sign("PS256", SIGNED, salt=salt)))

    def test_keys_must_suit(self) -> None:
        """An algorithm takes public keys of its own kind and curve, and nothing else."""
        every = [*EVERY_PUBLIC_KEY, *map(private, ALGORITHMS)]
        for name in ALGORITHMS:
            for jwk in every:
                same = {k: v for k, v in jwk.items() if k != "kid"}
                wanted = {k: v for k, v in public(name).items() if k != "kid"}
                self.assertEqual(verifier(name, jwk) is not None, same == wanted, (name, jwk))
                signs = ALGORITHMS[name].signer(read_key(jwk).material) is not None
                self.assertEqual(signs, same == private(name), (name, jwk))

    def test_short_moduli(self) -> None:
        """RSA keys begin at 1024 bits."""
        key = rsa.generate_private_key(65537, 1024)
        self.assertIsNotNone(verifier("RS256", rsa_jwk(key)))
        numbers = key.public_key().public_numbers()
        tiny = rsa_jwk(key) | {"n": rsa_jwk(key)["n"][:86]}
        self.assertGreater(numbers.n, 0)
        self.assertIsNone(verifier("RS256", tiny))

    def test_zero_signatures(self) -> None:
        """ECDSA signatures with zeros, or numbers of the curve's order, prove nothing."""
        order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
        good = raw(EC["P-256"], SIGNED, hashes.SHA256())
        r, s = good[:32], good[32:]
        for one in (bytes(32), order.to_bytes(32), (order + 1).to_bytes(32), b"\xff" * 32):
            for two in (bytes(32), order.to_bytes(32), s):
                self.assertFalse(self.verify("ES256", one + two))
                self.assertFalse(self.verify("ES256", two + one) and two != s)
            self.assertFalse(self.verify("ES256", r + one))


SIZES = ("256", "384", "512")
