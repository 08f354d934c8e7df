"""A certificate for the TLS scenarios, and a signed token with its key set."""

from __future__ import annotations

import base64
import datetime
import json
import time
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

__all__ = ["Secrets", "make_secrets"]


@frozen
class Secrets:
    """
    Made anew for each run.

    Attributes:
        token: Signed with RS256, valid for a day.
        keys: A file with the JWK set for it.
    """

    certificate: Path
    key: Path
    keys: Path
    token: str


def make_secrets(folder: Path) -> Secrets:
    """Make everything in a folder."""
    certificate, key, keys = folder / "tls.pem", folder / "tls.key", folder / "keys.json"
    _certificate(certificate, key)
    return Secrets(certificate, key, keys, _token(keys))


def _certificate(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _token(keys: Path) -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = private.public_key().public_numbers()
    jwk = {
        "kty": "RSA",
        "kid": "one",
        "use": "sig",
        "alg": "RS256",
        "n": _packed(numbers.n.to_bytes(256, "big")),
        "e": _packed(numbers.e.to_bytes(3, "big")),
    }
    keys.write_text(json.dumps({"keys": [jwk]}))
    head = {"alg": "RS256", "kid": "one", "typ": "JWT"}
    claims = {"sub": "c-1047", "iss": "https://shop.example", "exp": int(time.time()) + 86_400}
    signed = ".".join(_packed(json.dumps(part).encode()) for part in (head, claims))
    signature = private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_packed(signature)}"


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
