"""
The thirteen signature algorithms: how to verify, and how to sign, with a key that suits.

What can be decided once for a key is decided once: `Algorithm.verifier` gives a function that
does nothing but the arithmetic.  It calls OpenSSL directly, through `cryptography`
(docs/decisions/0025-own-key-rules.md).

A verifier answers True or False and nothing else; there is no third way out of it.

Source: RFC 7518, section 3; RFC 8037; conformance case ``algorithms``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import TypeAlias

from attrs import frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from gatekeeper.jose.keys import Material

__all__ = ["ALGORITHMS", "Algorithm", "Sign", "Verify"]

Verify: TypeAlias = Callable[[bytes, bytes], bool]
"""Takes a signature and what was signed."""

Sign: TypeAlias = Callable[[bytes], bytes]

_Padding: TypeAlias = Callable[[hashes.HashAlgorithm, bool], padding.AsymmetricPadding]

_LEAST_RSA_BITS = 1024


@frozen
class Algorithm:
    """
    One way to sign.

    Attributes:
        name: As a token's header says it.
        verifier: Makes the function that verifies with a key; None when the key does not
            suit, such as a private key, or one for another algorithm.
        signer: The same for signing.
    """

    name: str
    verifier: Callable[[Material], Verify | None]
    signer: Callable[[Material], Sign | None]


def _hmac(name: str, digest: str) -> Algorithm:
    def verifier(material: Material) -> Verify | None:
        if not isinstance(material, bytes):
            return None

        def verify(signature: bytes, signed: bytes) -> bool:
            return hmac.compare_digest(signature, hmac.digest(material, signed, digest))

        return verify

    def signer(material: Material) -> Sign | None:
        if not isinstance(material, bytes):
            return None
        return lambda signed: hmac.digest(material, signed, digest)

    return Algorithm(name, verifier, signer)


def _rsa(name: str, padded: _Padding, digest: hashes.HashAlgorithm) -> Algorithm:
    def verifier(material: Material) -> Verify | None:
        if not isinstance(material, RSAPublicKey) or material.key_size < _LEAST_RSA_BITS:
            return None
        pad = padded(digest, False)

        def verify(signature: bytes, signed: bytes) -> bool:
            try:
                material.verify(signature, signed, pad, digest)
            except (InvalidSignature, ValueError):
                return False
            return True

        return verify

    def signer(material: Material) -> Sign | None:
        if not isinstance(material, RSAPrivateKey) or material.key_size < _LEAST_RSA_BITS:
            return None
        pad = padded(digest, True)
        return lambda signed: material.sign(signed, pad, digest)

    return Algorithm(name, verifier, signer)


def _pkcs1(_: hashes.HashAlgorithm, __: bool) -> padding.AsymmetricPadding:
    return padding.PKCS1v15()


def _pss(digest: hashes.HashAlgorithm, signs: bool) -> padding.AsymmetricPadding:
    """Sign with a salt as long as the digest, as RFC 7518 says; accept any length."""
    salt = padding.PSS.DIGEST_LENGTH if signs else padding.PSS.AUTO
    return padding.PSS(padding.MGF1(digest), salt)


def _ecdsa(name: str, curve: ec.EllipticCurve, digest: hashes.HashAlgorithm) -> Algorithm:
    """Keys must be of the algorithm's own curve; a signature is two numbers of its size."""
    half = (curve.key_size + 7) // 8
    scheme = ec.ECDSA(digest)

    def verifier(material: Material) -> Verify | None:
        if not isinstance(material, EllipticCurvePublicKey) or material.curve.name != curve.name:
            return None

        def verify(signature: bytes, signed: bytes) -> bool:
            if len(signature) != 2 * half:
                return False
            r = int.from_bytes(signature[:half], "big")
            s = int.from_bytes(signature[half:], "big")
            try:
                material.verify(encode_dss_signature(r, s), signed, scheme)
            except (InvalidSignature, ValueError):
                return False
            return True

        return verify

    def signer(material: Material) -> Sign | None:
        if not isinstance(material, EllipticCurvePrivateKey) or material.curve.name != curve.name:
            return None

        def sign(signed: bytes) -> bytes:
            r, s = decode_dss_signature(material.sign(signed, scheme))
            return r.to_bytes(half, "big") + s.to_bytes(half, "big")

        return sign

    return Algorithm(name, verifier, signer)


def _ed25519_verifier(material: Material) -> Verify | None:
    if not isinstance(material, Ed25519PublicKey):
        return None

    def verify(signature: bytes, signed: bytes) -> bool:
        try:
            material.verify(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    return verify


def _ed25519_signer(material: Material) -> Sign | None:
    return material.sign if isinstance(material, Ed25519PrivateKey) else None


_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()

ALGORITHMS: Mapping[str, Algorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("EdDSA", _ed25519_verifier, _ed25519_signer),
        _hmac("HS256", "sha256"),
        _hmac("HS384", "sha384"),
        _hmac("HS512", "sha512"),
        _rsa("RS256", _pkcs1, _SHA256),
        _rsa("RS384", _pkcs1, _SHA384),
        _rsa("RS512", _pkcs1, _SHA512),
        _ecdsa("ES256", ec.SECP256R1(), _SHA256),
        _ecdsa("ES384", ec.SECP384R1(), _SHA384),
        _ecdsa("ES512", ec.SECP521R1(), _SHA512),
        _rsa("PS256", _pss, _SHA256),
        _rsa("PS384", _pss, _SHA384),
        _rsa("PS512", _pss, _SHA512),
    )
}
"""By name.  ``none`` is not among them, in no spelling."""
