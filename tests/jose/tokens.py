"""
Keys and tokens for tests, made with `cryptography` alone, so that what is tested does not also
write what it reads.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

NOW = 1_700_000_000.0
SECRET = b"0123456789abcdef0123456789abcdef"
RSA = rsa.generate_private_key(65537, 2048)
EC = {
    "P-256": ec.generate_private_key(ec.SECP256R1()),
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "P-521": ec.generate_private_key(ec.SECP521R1()),
}
ED = ed25519.Ed25519PrivateKey.generate()

_DIGESTS: Mapping[str, hashes.HashAlgorithm] = {
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}

JSON = Any


def b64(data: bytes | str) -> str:
    """Write base64url."""
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value: int) -> str:
    """Write a number of a key."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def oct_jwk(secret: bytes = SECRET, **more: JSON) -> dict[str, JSON]:
    """Write a shared secret."""
    return {"kty": "oct", "k": b64(secret), **more}


def rsa_jwk(
    key: rsa.RSAPrivateKey = RSA, *, private: bool = False, **more: JSON
) -> dict[str, JSON]:
    """Write an RSA key."""
    numbers = key.private_numbers()
    public = numbers.public_numbers
    jwk: dict[str, JSON] = {"kty": "RSA", "n": number(public.n), "e": number(public.e)}
    if private:
        jwk |= {"d": number(numbers.d), "p": number(numbers.p), "q": number(numbers.q)}
    return jwk | more


def ec_jwk(curve: str = "P-256", *, private: bool = False, **more: JSON) -> dict[str, JSON]:
    """Write a key on a curve."""
    key = EC[curve]
    size = (key.key_size + 7) // 8
    numbers = key.private_numbers()
    x, y = numbers.public_numbers.x, numbers.public_numbers.y
    jwk = {"kty": "EC", "crv": curve, "x": b64(x.to_bytes(size)), "y": b64(y.to_bytes(size))}
    if private:
        jwk["d"] = b64(numbers.private_value.to_bytes(size))
    return jwk | more


def ed_jwk(*, private: bool = False, **more: JSON) -> dict[str, JSON]:
    """Write an Ed25519 key."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": b64(ED.public_key().public_bytes_raw())}
    if private:
        jwk["d"] = b64(ED.private_bytes_raw())
    return jwk | more


def key_set(*keys: JSON) -> bytes:
    """Write a key set."""
    return json.dumps({"keys": list(keys)}).encode()


EVERY_PUBLIC_KEY = (
    oct_jwk(kid="hs"),
    rsa_jwk(kid="rs"),
    ec_jwk("P-256", kid="es256"),
    ec_jwk("P-384", kid="es384"),
    ec_jwk("P-521", kid="es512"),
    ed_jwk(kid="ed"),
)


def kid_of(algorithm: str) -> str:
    """Name the key of `EVERY_PUBLIC_KEY` that suits an algorithm."""
    kind = algorithm[:2]
    return {"ES": algorithm.lower(), "Ed": "ed", "HS": "hs"}.get(kind, "rs")


def sign(algorithm: str, signed: bytes, *, secret: bytes = SECRET, salt: int = -1) -> bytes:
    """Sign with the test's own key for an algorithm."""
    kind, size = algorithm[:2], algorithm[2:]
    if kind == "Ed":
        return ED.sign(signed)
    digest = _DIGESTS[size]
    if kind == "HS":
        return hmac.digest(secret, signed, f"sha{size}")
    if kind == "RS":
        return RSA.sign(signed, padding.PKCS1v15(), digest)
    if kind == "PS":
        length = digest.digest_size if salt < 0 else salt
        return RSA.sign(signed, padding.PSS(padding.MGF1(digest), length), digest)
    return raw(EC[_CURVES[algorithm]], signed, digest)


def raw(key: ec.EllipticCurvePrivateKey, signed: bytes, digest: hashes.HashAlgorithm) -> bytes:
    """Sign on a curve: two numbers in a row."""
    size = (key.key_size + 7) // 8
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    return r.to_bytes(size) + s.to_bytes(size)


def compact(value: JSON) -> str:
    """Write JSON as issuers do."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def token(
    claims: JSON = None,
    algorithm: str = "HS256",
    header: JSON = None,
    *,
    secret: bytes = SECRET,
    signature: bytes | None = None,
) -> str:
    """
    Make a token.

    Args:
        claims: An object, or the text of a payload.
        header: Further members, or the text of the whole header.
        signature: Instead of a true one.
    """
    usual = {"alg": algorithm, "kid": kid_of(algorithm), "typ": "JWT"}
    head = header if isinstance(header, str) else compact(usual | (header or {}))
    signed = f"{b64(head)}.{b64(compact({} if claims is None else claims))}"
    made = sign(algorithm, signed.encode(), secret=secret) if signature is None else signature
    return f"{signed}.{b64(made)}"
