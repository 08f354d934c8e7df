"""
Read where keys come from: the settings that validator and signer have in common.

Reading says whether the settings are well formed.  `KeySource.open` looks at what they name:
files, certificates, secrets.  What the two components do about a failure differs, so both steps
say what is wrong and leave the consequence to them.

Source: KrakenD documentation, "JWT validation" and "JWT signing".
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from attrs import frozen

from gatekeeper.config.reader import Reader
from gatekeeper.errors import ConfigError, GatekeeperError
from gatekeeper.jose.client import Trust
from gatekeeper.jose.download import KeySetDownload
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.key_file import UnusableKeyFile, read_key_file
from gatekeeper.jose.key_sets import KeySets
from gatekeeper.jose.keys import Key
from gatekeeper.tls.files import UnusableFile, read_certificates

__all__ = ["INSECURE", "KEYS", "KeySource", "UnusableSource"]

KEYS = (
    "jwk_url",
    "jwk_local_path",
    "disable_jwk_security",
    "jwk_fingerprints",
    "cipher_suites",
    "jwk_local_ca",
    "secret_url",
    "cypher_key",
)

INSECURE = "JWK client is using an insecure connection to the JWK service"


class UnusableSource(GatekeeperError):
    """
    A key source cannot be used.

    Attributes:
        key: The setting that says so.
    """

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key = key


@frozen
class KeySource:
    """
    Where keys come from.

    Attributes:
        url: Of a key set; "" when there is none.
        path: A file with a key set, which is used instead; "" when there is none.
        insecure: Plain HTTP and files are allowed, certificates are not verified.
        fingerprints: As written.
        local_ca: A PEM file; "" when there is none.
        secret_url, cypher_key: How the file is encrypted; "" when it is not.
    """

    url: str = ""
    path: str = ""
    insecure: bool = False
    fingerprints: Sequence[str] = ()
    ciphers: Sequence[int] = ()
    local_ca: str = ""
    secret_url: str = ""
    cypher_key: bytes = b""

    @classmethod
    def read(cls, json: Reader) -> KeySource:
        """Read the settings."""
        return cls(
            url=json.text("jwk_url", default=""),
            path=json.text("jwk_local_path", default=""),
            insecure=json.boolean("disable_jwk_security", default=False),
            fingerprints=json.texts("jwk_fingerprints", default=()),
            ciphers=_numbers(json),
            local_ca=json.text("jwk_local_ca", default=""),
            secret_url=json.text("secret_url", default=""),
            cypher_key=_octets(json),
        )

    @property
    def is_refused(self) -> bool:
        """Whether it is insecure, and nobody has said that it may be."""
        return not self.insecure and not self.url.startswith("https://")

    def trust(self) -> Trust:
        """
        Say how the key server must prove who it is.

        Raises:
            UnusableSource: A fingerprint or the file of authorities cannot be read.
        """
        if self.local_ca:
            try:
                read_certificates(self.local_ca)
            except UnusableFile as error:
                raise UnusableSource("jwk_local_ca", str(error)) from error
        return Trust(self.insecure, self.local_ca, self.ciphers, tuple(self._pins()))

    def read_keys(self) -> Sequence[Key]:
        """
        Read the file.

        Raises:
            UnusableSource: It cannot be read or decrypted, or is no key set.
        """
        try:
            return read_key_file(self.path, self.secret_url, self.cypher_key)
        except UnusableKeyFile as error:
            raise UnusableSource(error.key, str(error)) from error

    def download(
        self, kind: str, key_sets: KeySets, edges: Edges, types: Sequence[str]
    ) -> KeySetDownload:
        """
        Give the key set behind the URL; nothing is downloaded yet.

        Raises:
            UnusableSource: See `trust`; or no cipher suite is left.
        """
        try:
            return key_sets.download(kind, self.url, self.trust(), edges, types)
        except ConfigError as error:
            raise UnusableSource("cipher_suites", error.problems[0].message) from error

    def _pins(self) -> Sequence[bytes]:
        pins = []
        for number, text in enumerate(self.fingerprints):
            try:
                pins.append(base64.b64decode(text, b"-_", validate=True))
            except ValueError as error:
                reason = f"decoding fingerprint #{number}: expected URL-safe base64 with padding"
                raise UnusableSource("jwk_fingerprints", reason) from error
        return pins


def _numbers(json: Reader) -> Sequence[int]:
    suites = json.items("cipher_suites", default=[])
    for suite in suites:
        if type(suite) not in {int, float} or not 0 <= suite < 65536 or suite != int(suite):
            json.problem("cipher_suites", "expected a list of numbers from 0 to 65535")
            return ()
    return tuple(int(suite) for suite in suites)


def _octets(json: Reader) -> bytes:
    try:
        return base64.b64decode(json.text("cypher_key", default=""), validate=True)
    except ValueError:
        json.problem("cypher_key", "expected base64")
        return b""
