"""
A tiny issuer of tokens, with the paths and claims of a Keycloak realm.

For trials: it has two users without passwords, and its key lives as long as the process.
"""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from klein import Klein

__all__ = ["USERS", "Realm", "application"]

USERS: Mapping[str, Sequence[str]] = {"alice": ["user", "admin"], "bob": ["user"]}
"""Who there is, and their roles in the realm."""

LIFETIME_S = 300


class Realm:
    """
    Who signs.

    Args:
        url: Where clients find the realm; its name for them, too.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._id = uuid4().hex

    def token(self, user: str, now: float) -> str:
        """Sign a token for a user (RFC 7515, RS256)."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self._id}
        claims = {
            "iss": self.url,
            "aud": "shop-api",
            "sub": f"u-{user}",
            "preferred_username": user,
            "jti": uuid4().hex,
            "iat": int(now),
            "exp": int(now) + LIFETIME_S,
            "realm_access": {"roles": list(USERS[user])},
        }
        signed = f"{_packed(header)}.{_packed(claims)}"
        signature = self._key.sign(signed.encode("ascii"), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_base64(signature)}"

    def keys(self) -> dict[str, Any]:
        """Give the public key as a JWK set (RFC 7517)."""
        public = self._key.public_key().public_numbers()
        key = {
            "kid": self._id,
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "n": _base64(public.n.to_bytes((public.n.bit_length() + 7) // 8, "big")),
            "e": _base64(public.e.to_bytes(3, "big")),
        }
        return {"keys": [key]}

    def discovery(self) -> dict[str, Any]:
        """Tell where everything is (OpenID Connect Discovery 1.0)."""
        protocol = f"{self.url}/protocol/openid-connect"
        return {
            "issuer": self.url,
            "token_endpoint": f"{protocol}/token",
            "jwks_uri": f"{protocol}/certs",
            "id_token_signing_alg_values_supported": ["RS256"],
            "grant_types_supported": ["password"],
        }


def application(realm: Realm) -> Klein:
    """Make the realm's web site."""
    app: Any = Klein()
    base = "/realms/shop"

    @app.route(f"{base}/.well-known/openid-configuration")
    def discovery(request: Any) -> bytes:
        return _answer(request, realm.discovery())

    @app.route(f"{base}/protocol/openid-connect/certs")
    def certs(request: Any) -> bytes:
        return _answer(request, realm.keys())

    @app.route(f"{base}/protocol/openid-connect/token", methods=["POST"])
    def token(request: Any) -> bytes:
        [user] = request.args.get(b"username", [b""])
        name = user.decode("utf-8", "replace")
        if name not in USERS:
            request.setResponseCode(401)
            return _answer(request, {"error": "invalid_grant"})
        made = realm.token(name, time.time())
        answer = {"access_token": made, "token_type": "Bearer", "expires_in": LIFETIME_S}
        return _answer(request, answer)

    application: Klein = app
    return application


def _answer(request: Any, value: Any) -> bytes:
    request.setHeader(b"Content-Type", b"application/json")
    return json.dumps(value).encode("utf-8")


def _packed(value: Any) -> str:
    return _base64(json.dumps(value).encode("utf-8"))


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
