"""
Read certificates and keys, and say clearly what is wrong with them.

A pair that cannot be used is the operator's mistake, so everything here raises
`UnusableFile` with a text that names the file; the caller knows whether that stops the
start or is only worth a warning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from gatekeeper.config.model import KeyPair
from gatekeeper.errors import GatekeeperError

__all__ = ["Key", "Pair", "UnusableFile", "expiry_warning", "read_certificates", "read_pair"]

Key = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
)


class UnusableFile(GatekeeperError):
    """A certificate or key cannot be read, or does not fit."""


@frozen
class Pair:
    """
    A certificate that we can prove to own.

    Attributes:
        chain: The certificate itself, then its intermediates.
        key: Its private key.
    """

    chain: Sequence[x509.Certificate]
    key: Key


def read_pair(pair: KeyPair) -> Pair:
    """
    Read a chain and its key.

    Raises:
        UnusableFile: One is missing or not PEM, or they do not belong together.
    """
    if not pair.certificate:
        raise UnusableFile("public key not defined")
    if not pair.private_key:
        raise UnusableFile("private key not defined")
    chain = read_certificates(pair.certificate)
    key = _read_key(pair.private_key)
    if _spki(chain[0].public_key()) != _spki(key.public_key()):
        raise UnusableFile(f"{pair.private_key} is not the key of {pair.certificate}")
    return Pair(chain, key)


def read_certificates(path: str) -> list[x509.Certificate]:
    """
    Read one or more certificates from a PEM file.

    Raises:
        UnusableFile: There is none.
    """
    try:
        return x509.load_pem_x509_certificates(_read(path))
    except ValueError as error:
        raise UnusableFile(f"{path} holds no certificate in PEM form") from error


def expiry_warning(path: str, certificate: x509.Certificate, now: datetime) -> str:
    """Tell that a certificate is not valid now, or nothing."""
    if now > certificate.not_valid_after_utc:
        return f"{path}: the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if now < certificate.not_valid_before_utc:
        return f"{path}: the certificate is not valid before {certificate.not_valid_before_utc}"
    return ""


def utc_now() -> datetime:
    """Give the time that certificates are compared with."""
    return datetime.now(UTC)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else error
        raise UnusableFile(f"open {path}: {reason}") from error


def _read_key(path: str) -> Key:
    data = _read(path)
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except TypeError as error:
        raise UnusableFile(f"{path} is encrypted; a key without passphrase is needed") from error
    except Exception as error:
        raise UnusableFile(f"{path} holds no private key in PEM form") from error
    if not isinstance(key, Key):
        raise UnusableFile(f"{path} holds a kind of key that TLS cannot use")
    return key


def _spki(key: object) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public: bytes = key.public_bytes(serialization.Encoding.DER, form)  # type: ignore[attr-defined]  # every kind has it
    return public
