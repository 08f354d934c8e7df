"""Tests of `gatekeeper.jose.settings` and `gatekeeper.jose.key_sets`."""

from __future__ import annotations

import base64
from pathlib import Path

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.jose.client import Trust
from gatekeeper.jose.key_sets import KeySets
from gatekeeper.jose.settings import KeySource, UnusableSource
from tests.jose.fakes import edges
from tests.jose.tokens import JSON, key_set, oct_jwk
from tests.tls.wires import AUTHORITY

URL = "https://id.example/keys"
TYPES = ("application/json",)


class KeySourceTests(SynchronousTestCase):
    """Where keys come from."""

    def read(self, **settings: JSON) -> tuple[KeySource, list[str]]:
        problems = Problems()
        source = KeySource.read(Reader(settings, "/x", problems, any_case=True))
        return source, [problem.pointer for problem in problems.fatal]

    def test_all(self) -> None:
        """Every setting, and none."""
        source, problems = self.read(
            jwk_url=URL,
            jwk_local_path="keys.json",
            disable_jwk_security=True,
            jwk_fingerprints=["AAAA"],
            cipher_suites=[49199, 49195.0],
            jwk_local_ca="ca.pem",
            secret_url="base64key://",
            cypher_key="AAAA",
        )
        self.assertEqual(problems, [])
        self.assertEqual(
            source,
            KeySource(
                url=URL,
                path="keys.json",
                insecure=True,
                fingerprints=("AAAA",),
                ciphers=(49199, 49195),
                local_ca="ca.pem",
                secret_url="base64key://",
                cypher_key=b"\0\0\0",
            ),
        )
        self.assertEqual(self.read(), (KeySource(), []))

    def test_wrong_types(self) -> None:
        """Each is reported at its place."""
        wrong: tuple[tuple[str, JSON], ...] = (
            ("jwk_url", 5),
            ("disable_jwk_security", "yes"),
            ("jwk_fingerprints", "AAAA"),
            ("jwk_fingerprints", [5]),
            ("cipher_suites", 49199),
            ("cipher_suites", ["49199"]),
            ("cipher_suites", [1.5]),
            ("cipher_suites", [-1]),
            ("cipher_suites", [65536]),
            ("cipher_suites", [True]),
            ("cypher_key", "!!"),
            ("cypher_key", "A_-A"),
            ("cypher_key", 5),
        )
        for key, value in wrong:
            _, problems = self.read(**{key: value})
            self.assertEqual([place.split("/")[2] for place in problems], [key], value)

    def test_insecure(self) -> None:
        """Plain HTTP and files alone need permission."""
        for url, path, insecure, refused in (
            (URL, "", False, False),
            ("http://id.example", "", False, True),
            ("http://id.example", "", True, False),
            ("HTTPS://id.example", "", False, True),
            ("", "keys.json", False, True),
            ("", "keys.json", True, False),
            (URL, "keys.json", False, False),
            ("", "", False, True),
        ):
            source = KeySource(url, path, insecure)
            self.assertEqual(source.is_refused, refused, source)

    def unusable(self, source: KeySource) -> str:
        error = self.assertRaises(UnusableSource, source.trust)
        return error.key

    def test_trust(self) -> None:
        """Fingerprints and authorities are looked at before anything else."""
        pin = base64.urlsafe_b64encode(bytes(range(32))).decode()
        source = KeySource(URL, fingerprints=[pin], ciphers=(49199,))
        self.assertEqual(source.trust(), Trust(False, "", (49199,), (bytes(range(32)),)))
        for wrong in ("!!", pin[:-1], pin.replace("_", "/") + "x"):
            bad = evolve(source, fingerprints=[pin, wrong])
            self.assertEqual(self.unusable(bad), "jwk_fingerprints")
        self.assertEqual(self.unusable(evolve(source, local_ca="absent.pem")), "jwk_local_ca")
        path = self.mktemp()
        Path(path).write_bytes(b"no certificate")
        self.assertEqual(self.unusable(evolve(source, local_ca=path)), "jwk_local_ca")
        Path(path).write_bytes(AUTHORITY.certificate)
        self.assertEqual(evolve(source, local_ca=path).trust().local_ca, path)

    def test_file(self) -> None:
        """What is wrong with a file is said with the setting that names it."""
        path = self.mktemp()
        source = KeySource(path=path)
        error = self.assertRaises(UnusableSource, source.read_keys)
        self.assertEqual(error.key, "jwk_local_path")
        Path(path).write_bytes(key_set(oct_jwk(kid="a")))
        self.assertEqual([key.kid for key in source.read_keys()], ["a"])


class KeySetsTests(SynchronousTestCase):
    """What endpoints share."""

    def setUp(self) -> None:
        self.edges = edges(Clock())
        self.key_sets = KeySets()

    def test_same_source(self) -> None:
        """The same URL, trust and types are one key set; anything else is another."""
        first = KeySource(URL).download("auth/validator", self.key_sets, self.edges, TYPES)
        again = KeySource(URL).download("auth/signer", self.key_sets, self.edges, TYPES)
        self.assertIs(first, again)
        for other in (KeySource(URL + "2"), KeySource(URL, insecure=True)):
            self.assertIsNot(other.download("x", self.key_sets, self.edges, TYPES), first)
        self.assertIsNot(KeySource(URL).download("x", self.key_sets, self.edges, ()), first)

    def test_board(self) -> None:
        """Each key set has one line."""
        for kind in ("auth/validator", "auth/signer"):
            KeySource(URL).download(kind, self.key_sets, self.edges, TYPES)
        [notice] = self.edges.board.read()
        self.assertEqual((notice.kind, notice.place), ("auth/validator", URL))
        self.assertEqual(notice.facts["keys"], 0)

    def test_ciphers(self) -> None:
        """A choice that leaves nothing is refused."""
        source = KeySource(URL, ciphers=(0x000A,))
        error = self.assertRaises(
            UnusableSource, source.download, "x", self.key_sets, self.edges, TYPES
        )
        self.assertEqual(error.key, "cipher_suites")
