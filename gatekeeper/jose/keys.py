"""
Read one JSON Web Key.

The rules are those of the contract and stricter than a general library's: coordinates have
their exact size, a point lies on its curve, a private key belongs to the public one beside
it, and a certificate shows the same key.  ``use``, ``alg`` and ``key_ops`` are ignored.

Source: RFC 7517, RFC 7518 section 6, RFC 8037; KrakenD's behaviour, conformance cases
``key-sets`` and ``algorithms``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from hashlib import sha1, sha256
from typing import Any, TypeAlias

from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from gatekeeper.errors import GatekeeperError
from gatekeeper.jose.base64url import decode_leniently
from gatekeeper.message import JSON

__all__ = ["Key", "Material", "UnusableKey", "read_key"]

Public: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
Private: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
Material: TypeAlias = bytes | Public | Private
"""A shared secret, or one half of a pair."""

_CURVES: Mapping[str, ec.EllipticCurve] = {
    "P-256": ec.SECP256R1(),
    "P-384": ec.SECP384R1(),
    "P-521": ec.SECP521R1(),
}
_WEAK_SECRET_BYTES = 32
_WEAK_RSA_BITS = 2048


class UnusableKey(GatekeeperError):
    """A key cannot be read, or contradicts itself."""


@frozen(eq=False)
class Key:
    """
    One key of a set.  Two readings of the same key are two keys.

    Attributes:
        kid: Its name, or "".
        x5t, x5t_s256: The thumbprints of its certificate; empty when it has none.
        prepared: What algorithms have made of it, by their name.
    """

    kid: str
    material: Material
    x5t: bytes = b""
    x5t_s256: bytes = b""
    prepared: dict[str, Any] = field(factory=dict, repr=False)

    @property
    def is_private(self) -> bool:
        """Whether it is the secret half of a pair."""
        return isinstance(self.material, Private)

    @property
    def weakness(self) -> str:
        """Tell why it should be replaced, or nothing."""
        if isinstance(self.material, bytes) and len(self.material) < _WEAK_SECRET_BYTES:
            return f"its secret has {len(self.material)} bytes, {_WEAK_SECRET_BYTES} are usual"
        if isinstance(self.material, RSAPublicKey | RSAPrivateKey):
            bits = self.material.key_size
            if bits < _WEAK_RSA_BITS:
                return f"it has {bits} bits, {_WEAK_RSA_BITS} are usual"
        return ""


def read_key(json: JSON) -> Key:
    """
    Read a key.

    Raises:
        UnusableKey: With the reason; never with a part of the key.
    """
    if not isinstance(json, dict):
        raise UnusableKey("a key is no object")
    members = _Members(json)
    kty = members.text("kty")
    reader = _KINDS.get(kty)
    if reader is None:
        raise UnusableKey(f"unknown key type {kty[:20]!r}")
    try:
        material = reader(members)
    except ValueError as error:
        raise UnusableKey(f"an invalid {kty} key") from error
    x5t, x5t_s256 = members.thumbprint("x5t", 20), members.thumbprint("x5t#S256", 32)
    chain = members.chain()
    if chain:
        _check_certificate(chain[0], material, x5t, x5t_s256)
    return Key(members.text("kid"), material, x5t, x5t_s256)


class _Members:
    """The members of a key, by what they hold."""

    def __init__(self, json: Mapping[str, JSON]) -> None:
        self._json = json

    def has(self, name: str) -> bool:
        return self._json.get(name) is not None

    def text(self, name: str) -> str:
        value = self._json.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise UnusableKey(f'"{name}" of a key is no text')
        return value

    def octets(self, name: str) -> bytes:
        text = self.text(name)
        if not text:
            raise UnusableKey(f'a key without "{name}"')
        try:
            return decode_leniently(text)
        except ValueError as error:
            raise UnusableKey(f'"{name}" of a key is not base64url') from error

    def number(self, name: str) -> int:
        return int.from_bytes(self.octets(name), "big")

    def sized(self, name: str, size: int) -> bytes:
        octets = self.octets(name)
        if len(octets) != size:
            raise UnusableKey(f'"{name}" of a key has {len(octets)} bytes, expected {size}')
        return octets

    def thumbprint(self, name: str, size: int) -> bytes:
        """Read a digest; some issuers encode its hexadecimal text instead of its bytes."""
        if not self.text(name):
            return b""
        octets = self.octets(name)
        try:
            found = bytes.fromhex(octets.decode("ascii")) if len(octets) == 2 * size else octets
        except ValueError as error:
            raise UnusableKey(f'"{name}" of a key is no thumbprint') from error
        if len(found) != size:
            raise UnusableKey(f'"{name}" of a key is no thumbprint')
        return found

    def chain(self) -> list[x509.Certificate]:
        value = self._json.get("x5c") or []
        try:
            return [
                x509.load_der_x509_certificate(base64.b64decode(item, validate=True))
                for item in value
            ]
        except (TypeError, ValueError) as error:
            raise UnusableKey('"x5c" of a key is no chain of certificates') from error


def _rsa(members: _Members) -> Material:
    public = rsa.RSAPublicNumbers(members.number("e"), members.number("n"))
    if not members.has("d"):
        return public.public_key()
    d, p, q = members.number("d"), members.number("p"), members.number("q")
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()


def _ec(members: _Members) -> Material:
    curve = _CURVES.get(members.text("crv"))
    if curve is None:
        raise UnusableKey(f"unsupported elliptic curve {members.text('crv')[:20]!r}")
    size = (curve.key_size + 7) // 8
    x, y = (int.from_bytes(members.sized(name, size), "big") for name in "xy")
    public = ec.EllipticCurvePublicNumbers(x, y, curve)
    if not members.has("d"):
        return public.public_key()
    d = int.from_bytes(members.sized("d", size), "big")
    private = ec.derive_private_key(d, curve)
    if private.public_key().public_numbers() != public:
        raise ValueError("the halves do not belong together")
    return private


def _okp(members: _Members) -> Material:
    if members.text("crv") != "Ed25519":
        raise UnusableKey(f"unknown curve {members.text('crv')[:20]!r}")
    public = Ed25519PublicKey.from_public_bytes(members.sized("x", 32))
    if not members.has("d"):
        return public
    private = Ed25519PrivateKey.from_private_bytes(members.sized("d", 32))
    if _spki(private.public_key()) != _spki(public):
        raise ValueError("the halves do not belong together")
    return private


def _oct(members: _Members) -> Material:
    if members.has("x5c"):
        raise UnusableKey("a shared secret with a certificate")
    return members.octets("k")


_KINDS: Mapping[str, Callable[[_Members], Material]] = {
    "RSA": _rsa,
    "EC": _ec,
    "OKP": _okp,
    "oct": _oct,
}


def _check_certificate(
    leaf: x509.Certificate, material: Material, x5t: bytes, x5t_s256: bytes
) -> None:
    assert not isinstance(material, bytes)  # `_oct` has refused that
    public = material.public_key() if isinstance(material, Private) else material
    if _spki(leaf.public_key()) != _spki(public):
        raise UnusableKey('a key and its "x5c" do not match')
    der = leaf.public_bytes(serialization.Encoding.DER)
    if x5t and x5t != sha1(der, usedforsecurity=False).digest():
        raise UnusableKey('"x5t" of a key does not match its "x5c"')
    if x5t_s256 and x5t_s256 != sha256(der).digest():
        raise UnusableKey('"x5t#S256" of a key does not match its "x5c"')


def _spki(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public: bytes = key.public_bytes(serialization.Encoding.DER, form)
    return public
