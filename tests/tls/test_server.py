"""Who we are to clients, and whom we let in, proved by handshakes."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import TLS, ClientTLS, KeyPair
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.tls.authority import Authority, Issued
from gatekeeper.tls.server import server_context
from tests.tls.wires import AUTHORITY, Folder, Meeting

ANYBODY = ClientTLS(allow_insecure_connections=True)


def shown(meeting: Meeting) -> str:
    """Give the common name of the certificate that the client saw."""
    assert meeting.client is not None, meeting.error
    transport: Any = meeting.client.transport
    certificate = transport.getHandle().get_peer_certificate(as_cryptography=True)
    return str(certificate.subject.rfc4514_string())


class NameTests(SynchronousTestCase):
    """Several pairs on one port."""

    def setUp(self) -> None:
        folder = Folder(self.mktemp())
        names = [["default.example"], ["shop.example", "www.shop.example"], ["*.apps.example"]]
        self.tls = TLS(keys=[folder.pair(str(i), AUTHORITY.server(n)) for i, n in enumerate(names)])

    def test_the_name_chooses(self) -> None:
        """Exactly, by a wildcard for one label, or the first pair."""
        table = {
            "shop.example": "CN=shop.example",
            "WWW.shop.example": "CN=shop.example",
            "a.apps.example": "CN=*.apps.example",
            "a.b.apps.example": "CN=default.example",
            "apps.example": "CN=default.example",
            "unknown": "CN=default.example",
            "127.0.0.1": "CN=default.example",
        }
        for asked, expected in table.items():
            with self.subTest(asked=asked):
                self.assertEqual(expected, shown(Meeting(self.tls, ANYBODY, asked)))

    def test_a_certificate_without_alternative_names(self) -> None:
        """Its common name counts for choosing."""
        folder = Folder(self.mktemp())
        old = folder.pair("old", AUTHORITY.client("old.example"))
        tls = evolve(self.tls, keys=[*self.tls.keys, old])
        self.assertEqual("CN=old.example", shown(Meeting(tls, ANYBODY, "old.example")))

    def test_the_chosen_pair_has_the_same_rules(self) -> None:
        """Also the second context asks for certificates and agrees on the protocol."""
        folder = Folder(self.mktemp())
        tls = evolve(self.tls, enable_mtls=True, client_cas=[folder.ca()])
        mine = folder.pair("client", AUTHORITY.client("shop-app"))
        self.assertEqual(b"", Meeting(tls, ANYBODY, "shop.example").say(b"hi"))
        allowed = evolve(ANYBODY, client_certs=[mine])
        self.assertEqual(b"hi", Meeting(tls, allowed, "shop.example").say(b"hi"))


class VersionTests(SynchronousTestCase):
    """The traps of `min_version` and `max_version`, as in the conformance case tls-server."""

    def test_versions(self) -> None:
        """Clients of one version meet configured ranges."""
        keys = [Folder(self.mktemp()).pair("server", AUTHORITY.server(["shop.example"]))]
        table = [
            (TLS(keys), "TLS12", False),
            (TLS(keys), "TLS13", True),
            (TLS(keys, "TLS12"), "TLS12", True),
            (TLS(keys, "TLS12"), "TLS13", True),
            (TLS(keys, max_version="TLS12"), "TLS12", False),
            (TLS(keys, max_version="TLS12"), "TLS13", False),
            (TLS(keys, "TLS1.2"), "TLS12", False),
            (TLS(keys, "TLS1.2"), "TLS13", True),
        ]
        for tls, version, works in table:
            with self.subTest(tls=tls, version=version):
                client = evolve(ANYBODY, min_version=version, max_version=version)
                self.assertEqual(works, Meeting(tls, client).error is None)

    def test_only_suites_of_tls_13(self) -> None:
        """They cannot be chosen: what is left is TLS 1.3 as a whole."""
        keys = [Folder(self.mktemp()).pair("server", AUTHORITY.server(["shop.example"]))]
        problems = Problems()
        server_context(TLS(keys, "TLS12", ciphers=[4865]), problems)
        self.assertEqual(["/tls/cipher_suites"], [p.pointer for p in problems.warnings])


class ALPNTests(SynchronousTestCase):
    """Which protocol is spoken on top."""

    def agreed(self, offered: list[bytes], protocols: tuple[bytes, ...]) -> bytes | None:
        keys = [Folder(self.mktemp()).pair("server", AUTHORITY.server(["shop.example"]))]
        server = server_context(TLS(keys), protocols=protocols)
        return negotiate(SSL.Connection(server.default, None), offered)

    def test_the_server_chooses(self) -> None:
        """Our order counts, not the client's."""
        both = (b"h2", b"http/1.1")
        self.assertEqual(b"h2", self.agreed([b"http/1.1", b"h2"], both))
        self.assertEqual(b"http/1.1", self.agreed([b"http/1.1"], both))
        self.assertEqual(b"http/1.1", self.agreed([b"h2", b"http/1.1"], (b"http/1.1",)))
        self.assertEqual(b"", self.agreed([], both))

    def test_nothing_in_common(self) -> None:
        """The handshake ends: another protocol must not reach an HTTP parser."""
        self.assertIsNone(self.agreed([b"ftp"], (b"http/1.1",)))


def negotiate(server: SSL.Connection, offered: list[bytes]) -> bytes | None:
    """Shake hands in memory and give the protocol, or None when it fails."""
    client = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
    if offered:
        client.set_alpn_protos(offered)
    client.set_connect_state()
    server.set_accept_state()
    try:
        for _ in range(4):
            for mine, other in ((client, server), (server, client)):
                try:
                    mine.do_handshake()
                except SSL.WantReadError:
                    pass
                try:
                    other.bio_write(mine.bio_read(65536))
                except SSL.WantReadError:
                    pass
    except SSL.Error:
        return None
    return client.get_alpn_proto_negotiated()


class CertificateTests(SynchronousTestCase):
    """`enable_mtls`: nobody is let in without a certificate that we trust."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.tls = TLS(
            keys=[self.folder.pair("server", AUTHORITY.server(["shop.example"]))],
            enable_mtls=True,
            client_cas=[self.folder.ca()],
            disable_system_ca_pool=True,
        )

    def heard(self, tls: TLS, mine: KeyPair | None, **settings: str) -> bytes:
        client = evolve(ANYBODY, client_certs=[mine] if mine else [], **settings)
        meeting = Meeting(tls, client)
        return b"" if meeting.client is None else meeting.say(b"hi")

    def test_who_gets_in(self) -> None:
        """A certificate of our authority; none, a stranger's or an old one does not."""
        stranger = Authority("Stranger")
        table = [
            ("ours", AUTHORITY.client("app"), b"hi"),
            ("stranger", stranger.client("app"), b""),
            ("old", AUTHORITY.client("app", days=-1), b""),
            ("server's", AUTHORITY.server(["app"]), b""),
        ]
        for name, issued, expected in table:
            for version in ("TLS12", "TLS13"):
                with self.subTest(name=name, version=version):
                    tls = evolve(self.tls, min_version=version, max_version=version)
                    mine = self.folder.pair(name, issued)
                    self.assertEqual(expected, self.heard(tls, mine, min_version="TLS12"))
        self.assertEqual(b"", self.heard(self.tls, None))

    def test_without_the_authority(self) -> None:
        """Nobody is trusted when no authority is left (conformance case tls-server)."""
        mine = self.folder.pair("mine", AUTHORITY.client("app"))
        self.assertEqual(b"", self.heard(evolve(self.tls, client_cas=[]), mine))

    def test_the_system_pool(self) -> None:
        """Without `disable_system_ca_pool` the system's authorities count, ours still does."""
        mine = self.folder.pair("mine", AUTHORITY.client("app"))
        tls = evolve(self.tls, disable_system_ca_pool=False)
        self.assertEqual(b"hi", self.heard(tls, mine))

    def test_our_own_certificate_as_authority(self) -> None:
        """A listed pair counts as one, the intermediates in its file do not."""
        itself = Authority("Self-signed")
        tls = evolve(self.tls, keys=[self.folder.pair("self", itself.issued)], client_cas=[])
        mine = self.folder.pair("mine", itself.client("app"))
        self.assertEqual(b"", self.heard(tls, mine))
        self.assertEqual(b"hi", self.heard(evolve(tls, client_cas=[tls.keys[0].certificate]), mine))

    def test_our_intermediates_vouch_for_nobody(self) -> None:
        """A public authority that signed for us may have signed for anybody."""
        issued = AUTHORITY.server(["shop.example"])
        chain = issued.certificate + AUTHORITY.certificate
        pair = self.folder.pair("chain", Issued(chain, issued.key))
        tls = evolve(self.tls, keys=[pair], client_cas=[pair.certificate])
        mine = self.folder.pair("mine", AUTHORITY.client("app"))
        self.assertEqual(b"", self.heard(tls, mine))

    def test_an_unreadable_authority(self) -> None:
        """It is ignored with a warning: it only lets fewer in."""
        problems = Problems()
        server_context(evolve(self.tls, client_cas=["/none.pem"]), problems)
        self.assertEqual(
            ["/tls/ca_certs/0: ignored: open /none.pem: no such file or directory"],
            [str(problem) for problem in problems.warnings],
        )


class FileTests(SynchronousTestCase):
    """What stops the start, and what it says."""

    def setUp(self) -> None:
        self.folder = Folder(self.mktemp())
        self.good = self.folder.pair("good", AUTHORITY.server(["shop.example"]))

    def said(self, *keys: KeyPair) -> str:
        with self.assertRaises(ConfigError) as raised:
            server_context(TLS(keys=keys))
        return str(raised.exception)

    def test_unusable_pairs(self) -> None:
        """Each mistake is named with its place and file."""
        other = self.folder.pair("other", AUTHORITY.server(["shop.example"]))
        nonsense = self.folder.write("nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n")
        certificate, key = self.good.certificate, self.good.private_key
        table = [
            (("", ""), "public key not defined"),
            ((certificate, ""), "private key not defined"),
            (("/none.pem", key), "open /none.pem: no such file or directory"),
            (("/", key), "open /: is a directory"),
            ((certificate, "/none.key"), "open /none.key: no such file or directory"),
            ((nonsense, key), f"{nonsense} holds no certificate in PEM form"),
            ((certificate, nonsense), f"{nonsense} holds no private key in PEM form"),
            ((certificate, certificate), f"{certificate} holds no private key in PEM form"),
            ((key, key), f"{key} holds no certificate in PEM form"),
            (
                (certificate, other.private_key),
                f"{other.private_key} is not the key of {certificate}",
            ),
        ]
        for pair, text in table:
            with self.subTest(text=text):
                self.assertEqual(f"/tls/keys/0: {text}", self.said(KeyPair(*pair)))

    def test_no_pair(self) -> None:
        """An empty block is no TLS at all, which is not what was meant."""
        self.assertEqual("/tls/keys: public key not defined", self.said())

    def test_all_mistakes_at_once(self) -> None:
        """Nobody likes to find them one by one."""
        text = self.said(KeyPair("/a", "/b"), self.good, KeyPair("/c", "/d"))
        self.assertEqual(2, len(text.splitlines()))

    def test_an_expired_certificate(self) -> None:
        """It is a warning: whoever wants to serve with it may."""
        problems = Problems()
        old = self.folder.pair("old", AUTHORITY.server(["shop.example"], days=-1))
        server_context(TLS(keys=[old]), problems)
        [warning] = problems.warnings
        self.assertIn("the certificate expired on", warning.message)

    def test_an_encrypted_key(self) -> None:
        """There is nobody to ask for a passphrase."""
        from cryptography.hazmat.primitives import serialization

        key = serialization.load_pem_private_key(
            self.folder.path.joinpath("good.key").read_bytes(), None
        )
        path = self.folder.write(
            "secret.key",
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"x"),
            ),
        )
        self.assertIn("is encrypted", self.said(KeyPair(self.good.certificate, path)))
