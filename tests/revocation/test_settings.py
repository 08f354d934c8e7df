"""Tests of `gatekeeper.revocation.settings`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import JSON
from gatekeeper.revocation.settings import Revocation, listen_address

GOOD = {
    "N": 1000,
    "P": 1e-6,
    "hash_name": "optimal",
    "TTL": 600,
    "port": 1234,
    "token_keys": ["jti", "sub"],
}


def read(**changes: JSON) -> tuple[Revocation, Problems]:
    """Read good settings with some changes; None leaves a key out."""
    problems = Problems()
    return Revocation.read(Reader({**GOOD, **changes}, "/r", problems)), problems


class SettingsTests(SynchronousTestCase):
    """What the revoker can be told, and what stops the start."""

    def test_good(self) -> None:
        """Everything is read; headers and keys of the enterprise edition are of no use."""
        settings, problems = read(headers=["X"], revoke_server_ping_url="http://r/")
        self.assertEqual(Revocation(1000, 1e-6, "optimal", 600, 1234, ("jti", "sub")), settings)
        self.assertEqual([], problems.fatal)
        self.assertIn("KrakenD Enterprise", str(problems.warnings[0]))

    def test_letter_case(self) -> None:
        """Keys match in any, as in the original."""
        members = {key.swapcase(): value for key, value in GOOD.items()}
        problems = Problems()
        settings = Revocation.read(Reader(members, "/r", problems))
        self.assertEqual((600, "optimal"), (settings.ttl_s, settings.hash_name))
        self.assertEqual([], problems.found)

    def test_mistakes(self) -> None:
        """Each of them would let revoked tokens pass, so each is refused with its place."""
        table: list[tuple[dict[str, JSON], str]] = [
            ({"hash_name": "sha256"}, '/r/hash_name: expected one of "optimal", "default"'),
            ({"hash_name": None}, '/r: expected a text as "hash_name", found nothing'),
            ({"TTL": 0}, "/r/TTL: expected 1 or more, found 0"),
            ({"TTL": 1.5}, "/r/TTL: expected a whole number, found 1.5"),
            ({"TTL": 1 << 40}, "/r/TTL: expected 315360000 or less"),
            ({"N": 0}, "/r/N: expected 1 or more, found 0"),
            ({"N": -5}, "/r/N: expected 1 or more, found -5"),
            ({"N": "1000"}, '/r/N: expected a whole number, found "1000"'),
            ({"N": 10**13}, "/r/N: three filters would take"),
            ({"P": 0}, "/r/P: expected a number between 0 and 1, found 0.0"),
            ({"P": 1}, "/r/P: expected a number between 0 and 1, found 1.0"),
            ({"P": None}, '/r: expected a number as "P", found nothing'),
            ({"port": 70000}, "/r/port: expected 65535 or less"),
            ({"port": "1234"}, '/r/port: expected a whole number, found "1234"'),
            ({"token_keys": []}, "/r/token_keys: expected at least one claim"),
            ({"token_keys": ["a", 5]}, "/r/token_keys/1: expected a text, found 5"),
            ({"token_keys": None}, '/r: expected a list of texts as "token_keys", found nothing'),
            ({"headers": "X"}, "/r/headers: expected a list of texts"),
        ]
        for changes, expected in table:
            with self.subTest(changes=changes):
                _, problems = read(**changes)
                self.assertTrue(any(str(one).startswith(expected) for one in problems.fatal))

    def test_memory(self) -> None:
        """What the documentation suggests, ten million elements, is fine."""
        settings, problems = read(N=10_000_000, P=1e-7)
        self.assertEqual([], problems.found)
        self.assertEqual(335477044, settings.bits)


class ListenTests(SynchronousTestCase):
    """Where the RPC server listens."""

    def address(self, value: JSON) -> tuple[str, Problems]:
        problems = Problems()
        config = {"gatekeeper/revoker": Settings(value, "/l")}
        return listen_address(ServiceConfig(extra_config=config), problems), problems

    def test_loopback(self) -> None:
        """Unless something else is written."""
        self.assertEqual("127.0.0.1", listen_address(ServiceConfig(), Problems()))
        for value, expected in [({}, "127.0.0.1"), ({"listen": "::1"}, "::1")]:
            address, problems = self.address(value)
            self.assertEqual((expected, []), (address, problems.found))

    def test_everybody(self) -> None:
        """It is possible, with a warning: there is no authentication."""
        address, problems = self.address({"listen": "0.0.0.0"})
        self.assertEqual(("0.0.0.0", []), (address, problems.fatal))
        self.assertIn("can revoke any token", str(problems.warnings[0]))

    def test_mistakes(self) -> None:
        """A name or a port in it stops the start."""
        for value in ({"listen": "gateway"}, {"listen": "10.0.0.5:1234"}, {"listen": 5}, "x"):
            with self.subTest(value=value):
                self.assertNotEqual([], self.address(value)[1].fatal)
