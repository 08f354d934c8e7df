"""
Read a key set from a file, which may be encrypted.

An encrypted file is AES-256-GCM: twelve bytes of nonce, then the text and its tag.  Its key is
derived from a plain key, which is itself kept encrypted in the configuration
(``cypher_key``) and is decrypted by whoever ``secret_url`` names.  ``base64key`` is the one
that needs no network: a NaCl secret box.

Source: KrakenD documentation, "JWT validation", section "Encrypted key files".
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from hashlib import md5
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gatekeeper.errors import GatekeeperError
from gatekeeper.jose.key_set import UnusableKeySet, read_key_set
from gatekeeper.jose.keys import Key

__all__ = ["UnusableKeyFile", "read_key_file"]

_NONCE = 12


class UnusableKeyFile(GatekeeperError):
    """
    A key file cannot be used.

    Attributes:
        key: The setting that is to blame.
    """

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


def read_key_file(path: str, secret_url: str = "", cypher_key: bytes = b"") -> Sequence[Key]:
    """
    Read a file.

    Raises:
        UnusableKeyFile: With the reason; never with a part of a key.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UnusableKeyFile("jwk_local_path", f"open {path}: {reason}") from error
    if secret_url:
        content = _decrypted(content, _plain_key(secret_url, cypher_key))
    try:
        return read_key_set(content)
    except UnusableKeySet as error:
        raise UnusableKeyFile("jwk_local_path", f"{path}: {error}") from error


def _decrypted(content: bytes, plain_key: bytes) -> bytes:
    key = md5(plain_key, usedforsecurity=False).hexdigest().encode("ascii")
    try:
        return AESGCM(key).decrypt(content[:_NONCE], content[_NONCE:], None)
    except (InvalidTag, ValueError) as error:
        raise UnusableKeyFile("cypher_key", "the key file cannot be decrypted with it") from error


def _plain_key(secret_url: str, cypher_key: bytes) -> bytes:
    scheme, _, secret = secret_url.partition("://")
    if scheme != "base64key":
        reason = f"unsupported scheme {urlsplit(secret_url).scheme[:20]!r}, expected base64key"
        raise UnusableKeyFile("secret_url", reason)
    try:
        from nacl.exceptions import CryptoError
        from nacl.secret import SecretBox
    except ImportError as error:
        reason = "base64key needs a library: install gatekeeper-gateway[nacl]"
        raise UnusableKeyFile("secret_url", reason) from error
    try:
        box = SecretBox(base64.b64decode(secret, b"-_", validate=True))
    except ValueError as error:
        reason = "expected 32 bytes in URL-safe base64 after base64key://"
        raise UnusableKeyFile("secret_url", reason) from error
    try:
        return bytes(box.decrypt(cypher_key))
    except (CryptoError, ValueError) as error:
        raise UnusableKeyFile("cypher_key", "secret_url does not decrypt it") from error
