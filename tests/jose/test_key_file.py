"""Tests of `gatekeeper.jose.key_file`."""

from __future__ import annotations

import base64
import os
import sys
from hashlib import md5
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.secret import SecretBox
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.key_file import UnusableKeyFile, read_key_file
from tests.jose.tokens import SECRET, key_set, oct_jwk

BOX_KEY = b"box key of thirty-two bytes, yes"
PLAIN_KEY = b"plain key"
BASE64KEY = "base64key://" + base64.urlsafe_b64encode(BOX_KEY).decode()
CYPHER_KEY = bytes(SecretBox(BOX_KEY).encrypt(PLAIN_KEY))


def encrypted(content: bytes, plain_key: bytes = PLAIN_KEY) -> bytes:
    """Encrypt a file as the documentation says."""
    nonce = os.urandom(12)
    return nonce + AESGCM(md5(plain_key).hexdigest().encode()).encrypt(nonce, content, None)


class KeyFileTests(SynchronousTestCase):
    """Key sets in files."""

    def setUp(self) -> None:
        self.path = self.mktemp()

    def write(self, content: bytes) -> None:
        Path(self.path).write_bytes(content)

    def refused(self, secret_url: str = "", cypher_key: bytes = CYPHER_KEY) -> tuple[str, str]:
        error = self.assertRaises(UnusableKeyFile, read_key_file, self.path, secret_url, cypher_key)
        return error.key, str(error)

    def test_plain(self) -> None:
        """A key set as it is."""
        self.write(key_set(oct_jwk(kid="a")))
        self.assertEqual([key.material for key in read_key_file(self.path)], [SECRET])

    def test_encrypted(self) -> None:
        """The cypher key opens the plain key, the plain key opens the file."""
        self.write(encrypted(key_set(oct_jwk())))
        [key] = read_key_file(self.path, BASE64KEY, CYPHER_KEY)
        self.assertEqual(key.material, SECRET)

    def test_unreadable(self) -> None:
        """Missing files, rubbish, keys that cannot be read: with the name of the file."""
        self.assertEqual(self.refused()[0], "jwk_local_path")
        for content in (b"", b"{", b"[]", b'{"keys":[{}]}'):
            self.write(content)
            key, text = self.refused()
            self.assertEqual(key, "jwk_local_path")
            self.assertIn(self.path, text)
        self.path = "a\0b"
        self.assertEqual(self.refused()[0], "jwk_local_path")

    def test_wrong_secrets(self) -> None:
        """Each mistake names the setting that is to blame."""
        self.write(encrypted(key_set(oct_jwk())))
        other = "base64key://" + base64.urlsafe_b64encode(bytes(32)).decode()
        for secret_url, cypher_key, key in (
            (other, CYPHER_KEY, "cypher_key"),
            (BASE64KEY, b"", "cypher_key"),
            (BASE64KEY, b"short", "cypher_key"),
            (BASE64KEY, bytes(SecretBox(BOX_KEY).encrypt(b"other")), "cypher_key"),
            ("base64key://", CYPHER_KEY, "secret_url"),
            ("base64key://!!", CYPHER_KEY, "secret_url"),
            ("base64key://AAAA", CYPHER_KEY, "secret_url"),
            ("awskms://alias/x", CYPHER_KEY, "secret_url"),
            ("nonsense", CYPHER_KEY, "secret_url"),
        ):
            found, text = self.refused(secret_url, cypher_key)
            self.assertEqual(found, key, secret_url)
            self.assertNotIn("box key", text)
        for content in (b"", b"too short", encrypted(b"{}")[:-1]):
            self.write(content)
            self.assertEqual(self.refused(BASE64KEY)[0], "cypher_key")

    def test_missing_library(self) -> None:
        """The message names what to install."""
        self.write(encrypted(key_set(oct_jwk())))
        self.addCleanup(sys.modules.__setitem__, "nacl.secret", sys.modules["nacl.secret"])
        sys.modules["nacl.secret"] = None  # type: ignore[assignment]  # as if it were not there
        key, text = self.refused(BASE64KEY)
        self.assertEqual(key, "secret_url")
        self.assertIn("gatekeeper-gateway[nacl]", text)
