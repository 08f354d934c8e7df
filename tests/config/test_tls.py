"""TLS on both sides."""

from __future__ import annotations

from typing import Any

from gatekeeper.config.model import TLS, ClientTLS, KeyPair
from tests.config.files import ConfigTestCase

PAIR = {"public_key": "cert.pem", "private_key": "key.pem"}


class ServerTests(ConfigTestCase):
    """The block tls."""

    def tls(self, **block: Any) -> TLS:
        tls = self.service(tls=block).server.tls
        assert tls is not None
        return tls

    def test_defaults(self) -> None:
        """TLS 1.3 only, and the certificates of keys may sign clients'."""
        self.assertEqual(
            self.tls(keys=[PAIR]),
            TLS(keys=(KeyPair("cert.pem", "key.pem"),), client_cas=("cert.pem",)),
        )

    def test_none(self) -> None:
        """Without the block, with null, or disabled, there is no TLS."""
        for keys in ({}, {"tls": None}, {"tls": {"disabled": True}}, {"tls": {"disabled": "1"}}):
            self.assertIsNone(self.service(**keys).server.tls)

    def test_disabled_but_wrong(self) -> None:
        """What is switched off is not used, and still has to have the right types."""
        for wrong in ({"keys": True}, {"cipher_suites": ["x"]}, {"curve_preferences": "x"}):
            messages = self.messages({"version": 3, "tls": {"disabled": True, **wrong}})
            self.assertEqual(len(messages), 1, messages)

    def test_pairs(self) -> None:
        """The legacy pair comes last and is not trusted; one object is a list of one."""
        tls = self.tls(keys={"public_key": "a", "private_key": "b"}, ca_certs="ca.pem", **PAIR)
        self.assertEqual(tls.keys, (KeyPair("a", "b"), KeyPair("cert.pem", "key.pem")))
        self.assertEqual(tls.client_cas, ("ca.pem", "a"))
        self.assertEqual(self.tls(**PAIR).client_cas, ())

    def test_missing(self) -> None:
        """Half a pair, or none, is refused.  Case refuse-listener."""
        table: list[tuple[dict[str, Any], str]] = [
            ({}, "public key not defined"),
            ({"keys": []}, "public key not defined"),
            ({"keys": [{"public_key": "a"}]}, "private key not defined"),
            ({"keys": [PAIR, {"private_key": "a"}]}, "public key not defined"),
            ({"public_key": "a"}, "private key not defined"),
            ({"private_key": "a"}, "public key not defined"),
        ]
        for block, message in table:
            self.assertEqual(self.messages({"version": 3, "tls": block}), [f"/tls: {message}"])

    def test_versions(self) -> None:
        """Unknown versions are TLS 1.3, with a warning; SSL3.0 is as old as it gets."""
        table = {"TLS12": "TLS12", "TLS1.2": "TLS13", "": "TLS13", "SSL3.0": "TLS10", "x": "TLS13"}
        for written, version in table.items():
            self.assertEqual(self.tls(keys=[PAIR], min_version=written).min_version, version)
        service = self.service(tls={"keys": [PAIR], "min_version": "TLS1.2"})
        self.assertIn('did you mean "TLS12"?', service.warnings[0])

    def test_nothing_left(self) -> None:
        """A maximum of 1.2 alone leaves no version: a warning says so.  Case tls-server."""
        service = self.service(tls={"keys": [PAIR], "max_version": "TLS12"})
        self.assertIn("no TLS version is left", service.warnings[0])

    def test_numbers(self) -> None:
        """Curves and ciphers are whole numbers, or problems."""
        tls = self.tls(keys=[PAIR], curve_preferences=[23, "24"], cipher_suites=49199)
        self.assertEqual((tls.curves, tls.ciphers), ((23, 24), (49199,)))
        said = self.messages({"version": 3, "tls": {"keys": [PAIR], "cipher_suites": [None, "x"]}})
        self.assertEqual(len(said), 2)
        self.assertIn("/tls/cipher_suites/0: expected a whole number, found null", said)

    def test_types(self) -> None:
        """Keys that are no objects are problems."""
        said = self.messages({"version": 3, "tls": {"keys": ["a"]}})
        self.assertIn("/tls/keys/0: expected an object with two file names", said[0])


class ClientTests(ConfigTestCase):
    """The block client_tls."""

    def test_absent(self) -> None:
        """Without the block TLS 1.2 is enough."""
        keys: dict[str, Any]
        for keys in ({}, {"client_tls": None}, {"allow_insecure_connections": False}):
            client = self.service(**keys).client.tls
            self.assertEqual(client, ClientTLS())
            self.assertEqual(client.min_version, "TLS12")

    def test_the_trap(self) -> None:
        """Any block raises the minimum to TLS 1.3; kept for compatibility, case tls-backend."""
        block: dict[str, Any]
        for block in (
            {"client_tls": {}},
            {"allow_insecure_connections": True},
            {"client_tls": {"allow_insecure_connections": True}},
        ):
            self.assertEqual(self.service(**block).client.tls.min_version, "TLS13")
        kept = self.service(client_tls={"min_version": "TLS12"}).client.tls.min_version
        self.assertEqual(kept, "TLS12")

    def test_insecure(self) -> None:
        """The flag of the service and that of the block are one."""
        for keys in (
            {"allow_insecure_connections": True},
            {"client_tls": {"allow_insecure_connections": "true"}},
            {"client_tls": {"ca_certs": ["a"]}, "allow_insecure_connections": True},
        ):
            self.assertTrue(self.service(**keys).client.tls.allow_insecure_connections)

    def test_values(self) -> None:
        """All the rest."""
        block = {
            "ca_certs": ["ca.pem"],
            "disable_system_ca_pool": True,
            "max_version": "TLS12",
            "client_certs": [{"certificate": "c", "private_key": "k"}],
            "curve_preferences": [25],
        }
        self.assertEqual(
            self.service(client_tls=block).client.tls,
            ClientTLS(
                ca_certs=("ca.pem",),
                disable_system_ca_pool=True,
                min_version="TLS13",
                max_version="TLS12",
                curves=(25,),
                client_certs=(KeyPair("c", "k"),),
            ),
        )
