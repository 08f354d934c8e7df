"""Tests of `gatekeeper.jose.rings` and `gatekeeper.jose.download`."""

from __future__ import annotations

from itertools import count

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import ResponseFailed

from gatekeeper.jose.download import KeysUnavailable
from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.keys import Key, read_key
from gatekeeper.jose.rings import FileKeys, NoSuchKey, RemoteKeys
from gatekeeper.jose.token import InvalidToken
from gatekeeper.testing import RecordedLog, run
from tests.jose.fakes import KeyServer, edges
from tests.jose.tokens import oct_jwk

KID = STRATEGIES["kid"]
A, B = oct_jwk(b"a" * 32, kid="a"), oct_jwk(b"b" * 32, kid="b")


class RingTestCase(SynchronousTestCase):
    """A ring of keys, a key server and a clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.edges = edges(self.clock)
        self.server = KeyServer(A)
        self.source = self.server.source(self.edges)
        self.numbers = count()

    def ring(
        self, keep_s: float = 0.0, cooldown_s: float = 0.0, shared_s: float | None = None
    ) -> RemoteKeys:
        return RemoteKeys(
            self.source,
            KID,
            self.edges,
            f"/endpoints/{next(self.numbers)}",
            keep_s=keep_s,
            cooldown_s=cooldown_s,
            shared_s=shared_s,
        )

    def look_up(self, ring: RemoteKeys, identifier: str = "a") -> Deferred[Key]:
        async def lookup() -> Key:
            return ring.kept(identifier) or await ring.find(identifier)

        return run(lookup())

    def found(self, ring: RemoteKeys, identifier: str = "a") -> Key:
        return self.successResultOf(self.look_up(ring, identifier))

    def refused(self, ring: RemoteKeys, identifier: str = "a") -> None:
        self.failureResultOf(self.look_up(ring, identifier), InvalidToken)


class FileKeysTests(SynchronousTestCase):
    """Keys from a file."""

    def test_last_one_counts(self) -> None:
        """Of two keys with the same name the last one is found; others are not."""
        first, last = read_key(oct_jwk(b"first", kid="k")), read_key(oct_jwk(b"last", kid="k"))
        ring = FileKeys([first, last], KID)
        self.assertIs(ring.kept("k"), last)
        self.assertIs(self.successResultOf(run(ring.find("k"))), last)
        self.assertIsNone(ring.kept("x"))
        self.failureResultOf(run(ring.find("x")), NoSuchKey)


class WithoutCacheTests(RingTestCase):
    """``cache`` is off."""

    def test_each_lookup_downloads(self) -> None:
        """And gives the same key while the server says the same."""
        ring = self.ring()
        self.assertIs(self.found(ring), self.found(ring))
        self.assertEqual(self.server.asked, 2)

    def test_key_that_is_gone(self) -> None:
        """A key that the set lacks now is not used, though it was there before."""
        ring = self.ring()
        self.found(ring)
        self.server.rotate(B)
        self.refused(ring)

    def test_flood_of_unknown_names(self) -> None:
        """Ten thousand made-up names cause five downloads, good tokens still get theirs."""
        ring = self.ring()
        self.found(ring)
        for number in range(10_000):
            self.refused(ring, f"made-up-{number}")
        self.assertEqual(self.server.asked, 1 + 5)
        self.found(ring)
        self.assertEqual(self.server.asked, 7)


class CacheTests(RingTestCase):
    """``cache`` is on."""

    def test_one_download(self) -> None:
        """Keys are kept for as long as configured, and no longer."""
        ring = self.ring(keep_s=900)
        for _ in range(100):
            self.found(ring)
        self.clock.advance(800)
        self.found(ring)
        self.assertEqual(self.server.asked, 1)
        self.clock.advance(101)
        self.found(ring)
        self.assertEqual(self.server.asked, 2)

    def test_refreshed_in_the_background(self) -> None:
        """Shortly before they are too old they are fetched; nobody waits for that."""
        ring = self.ring(keep_s=900)
        self.found(ring)
        self.clock.advance(850)
        self.server.hangs = True
        for _ in range(10):
            self.found(ring)
        self.assertEqual(self.server.asked, 2)
        self.server.answer()
        self.clock.advance(800)
        self.found(ring)
        self.assertEqual(self.server.asked, 2)

    def test_no_stale_keys(self) -> None:
        """A server that is down changes nothing at first; too old keys are not used."""
        ring = self.ring(keep_s=900)
        self.found(ring)
        self.server.error = ConnectionError("refused")
        self.clock.advance(890)
        for _ in range(100):
            self.found(ring)
        self.assertLessEqual(self.server.asked, 1 + 5)
        self.clock.advance(11)
        self.refused(ring)
        self.server.error = None
        self.found(ring)

    def test_down_at_the_start(self) -> None:
        """Nothing is believed until the server is there; then everything works."""
        ring = self.ring(keep_s=900)
        self.server.error = ConnectionError("refused")
        ring.prefetch()
        for _ in range(100):
            self.refused(ring)
        self.assertEqual(self.server.asked, 1 + 5)
        self.server.error = None
        self.clock.advance(1)
        self.found(ring)

    def test_prefetch(self) -> None:
        """The first request finds the keys here already."""
        ring = self.ring(keep_s=900)
        ring.prefetch()
        self.assertIsNotNone(ring.kept("a"))
        self.assertEqual(self.server.asked, 1)

    def test_prefetch_joins(self) -> None:
        """When a request came first, there is nothing to prefetch."""
        self.server.hangs = True
        ring = self.ring(keep_s=900)
        waiting = self.look_up(ring)
        ring.prefetch()
        self.assertEqual(self.server.asked, 1)
        self.server.answer()
        self.successResultOf(waiting)

    def test_rotation(self) -> None:
        """A new key is fetched when a token names it; the old one lives on for its time."""
        ring = self.ring(keep_s=900)
        self.found(ring, "a")
        self.server.rotate(B)
        self.clock.advance(600)
        self.found(ring, "b")
        self.found(ring, "a")
        self.assertEqual(self.server.asked, 2)
        self.clock.advance(301)
        self.found(ring, "b")
        self.refused(ring, "a")

    def test_unknown_name_each_time(self) -> None:
        """Up to five unknown names are looked up at once: case ``key-cache``."""
        ring = self.ring(keep_s=900)
        self.found(ring)
        for _ in range(3):
            self.refused(ring, "x")
        self.assertEqual(self.server.asked, 4)

    def test_flood_of_unknown_names(self) -> None:
        """Later there is one download a minute, and a new key is found by it."""
        ring = self.ring(keep_s=90_000)
        self.found(ring)
        for second in range(600):
            for number in range(20):
                self.refused(ring, f"{second}-{number}")
            self.clock.advance(1)
        self.assertLessEqual(self.server.asked, 1 + 5 + 10)
        self.server.rotate(B)
        self.clock.advance(60)
        self.found(ring, "b")

    def test_cooldown(self) -> None:
        """With a cool-down there is one download for all unknown names together."""
        ring = self.ring(keep_s=900, cooldown_s=60)
        self.found(ring)
        for number in range(10_000):
            self.refused(ring, f"made-up-{number}")
        self.assertEqual(self.server.asked, 2)
        self.found(ring)
        self.clock.advance(60)
        for number in range(10_000):
            self.refused(ring, f"made-up-{number}")
        self.assertEqual(self.server.asked, 3)

    def test_memory(self) -> None:
        """Names that do not exist are not remembered; old keys go."""
        ring = self.ring(keep_s=900)
        for number in range(10_000):
            self.refused(ring, f"made-up-{number}")
        self.assertEqual(list(self.source.node.cache("/endpoints/0", KID)), ["a"])
        self.server.rotate(B)
        self.clock.advance(2000)
        self.found(ring, "b")
        self.assertEqual(list(self.source.node.cache("/endpoints/0", KID)), ["b"])
        self.assertEqual(len(self.source.node.record.bodies), 1)


class SharedCacheTests(RingTestCase):
    """``shared_cache_duration`` is set."""

    def test_second_endpoint(self) -> None:
        """It takes what the first has downloaded, for a life of its own."""
        first, second = self.ring(900, shared_s=600), self.ring(900, shared_s=600)
        self.found(first)
        self.clock.advance(500)
        self.found(second)
        self.clock.advance(700)
        self.found(second)
        self.assertEqual(self.server.asked, 1)

    def test_too_old(self) -> None:
        """Shared keys have an age of their own."""
        first, second = self.ring(900, shared_s=600), self.ring(900, shared_s=600)
        self.found(first)
        self.clock.advance(601)
        self.found(second)
        self.assertEqual(self.server.asked, 2)

    def test_own_caches_without_it(self) -> None:
        """Otherwise each endpoint has keys of its own."""
        self.found(self.ring(900))
        self.found(self.ring(900))
        self.assertEqual(self.server.asked, 2)

    def test_only_with_cache(self) -> None:
        """Endpoints that keep nothing do not take part."""
        self.found(self.ring(900, shared_s=600))
        self.found(self.ring(shared_s=600))
        self.assertEqual(self.server.asked, 2)


class DownloadTests(RingTestCase):
    """One at a time."""

    def test_all_wait_for_one(self) -> None:
        """However many ask, of however many endpoints, the server is asked once."""
        self.server.hangs = True
        rings = [self.ring(900), self.ring()]
        waiting = [self.look_up(rings[number % 2]) for number in range(1000)]
        self.assertEqual(self.server.asked, 1)
        self.server.answer()
        for one in waiting:
            self.successResultOf(one)
        self.assertEqual(self.server.asked, 1)

    def test_who_leaves(self) -> None:
        """A client that leaves takes nothing from the others, nor from the next."""
        self.server.hangs = True
        ring = self.ring(900)
        first, second = self.look_up(ring), self.look_up(ring)
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.server.answer()
        self.successResultOf(second)
        self.assertIsNotNone(ring.kept("a"))

    def test_who_leaves_is_counted(self) -> None:
        """Asking for unknown names and leaving does not get around the ration."""
        self.server.hangs = True
        ring = self.ring(900)
        for number in range(100):
            self.look_up(ring, f"made-up-{number}").addErrback(lambda _: None).cancel()
            self.server.answer()
        self.assertEqual(self.server.asked, 5)

    def test_leaving_while_others_are_told(self) -> None:
        """Cancelling in the very moment of the answer is a cancellation."""
        self.server.hangs = True
        ring = self.ring(900)
        first, second = self.look_up(ring), self.look_up(ring)
        first.addCallback(lambda _: second.cancel())
        self.server.answer()
        self.failureResultOf(second, CancelledError)

    def test_time_limit(self) -> None:
        """After thirty seconds the download is given up, and a later one may succeed."""
        self.server.hangs = True
        ring = self.ring(900)
        waiting = self.look_up(ring)
        self.clock.advance(29)
        self.assertNoResult(waiting)
        self.clock.advance(1)
        self.failureResultOf(waiting, KeysUnavailable)
        self.assertIn("30 seconds", str(self.source.facts()["last_error"]))
        self.server.hangs = False
        self.found(ring)

    def test_what_is_no_key_set(self) -> None:
        """Other types, empty sets, rubbish: case ``key-sets``."""
        for content_type, body in (
            ("text/html", self.server.body),
            ("", self.server.body),
            ("application/json", b""),
            ("application/json", b"{"),
            ("application/json", b"[]"),
            ("application/json", b"{}"),
            ("application/json", b'{"keys":null}'),
            ("application/json", b'{"keys":[]}'),
            ("application/json", b'{"keys":5}'),
            ("application/json", b'{"keys":[{"kty":"OKP","crv":"X25519","x":"AA"}]}'),
        ):
            self.server.content_type, self.server.body = content_type, body
            self.refused(self.ring(900))
            self.clock.advance(60)

    def test_content_types(self) -> None:
        """Parameters do not matter; a second type where it is accepted."""
        source = self.server.source(self.edges, ("application/json", "application/jwk-set+json"))
        ring = RemoteKeys(source, KID, self.edges, "/endpoints/0")
        for kind in ("application/json;charset=utf-8", "application/jwk-set+json; charset=utf-8"):
            self.server.content_type = kind
            self.found(ring)

    def test_facts(self) -> None:
        """The board shows age, number of keys and the last error, without the password."""
        self.assertEqual(self.source.url, "https://***@id.example/keys")
        self.found(self.ring(900))
        self.clock.advance(5)
        facts = {"keys": 1, "age_s": 5.0, "downloads": 1, "last_error": ""}
        self.assertEqual(self.source.facts(), facts)
        self.server.error = ConnectionError("dial http://user:pw@id.example: refused")
        self.refused(self.ring())
        facts |= {"downloads": 2, "last_error": "dial http://***@id.example: refused"}
        self.assertEqual(self.source.facts(), facts)

    def test_log(self) -> None:
        """A line when it begins to fail, one when it works again, one for a weak key."""
        assert isinstance(self.edges.log, RecordedLog)
        self.server.rotate(oct_jwk(b"abc", kid="a"))
        ring = self.ring()
        for error in (None, ConnectionError("refused"), ConnectionError("refused"), None):
            self.server.error = error
            run(ring.find("a")).addErrback(lambda _: None)
        place = "[SERVICE: JOSE] Key set https://***@id.example/keys:"
        self.assertEqual(
            self.edges.log.lines,
            [
                ("WARNING", f'{place} the key "a" is weak: its secret has 3 bytes, 32 are usual'),
                ("WARNING", f"{place} refused"),
                ("INFO", f"{place} available again"),
            ],
        )

    def test_odd_errors(self) -> None:
        """An exception without text is called by its name, a wrapped one by its cause."""
        wrapped = ResponseFailed([Failure(ConnectionError("unexpected EOF"))])
        for error, text in (
            (ZeroDivisionError(), "ZeroDivisionError"),
            (wrapped, "unexpected EOF"),
        ):
            self.server.error = error
            self.refused(self.ring())
            self.assertEqual(self.source.facts()["last_error"], text)

    def test_same_bytes_are_the_same_keys(self) -> None:
        """A set that has not changed is not read again."""
        ring = self.ring()
        one = self.found(ring)
        self.assertIs(self.found(ring), one)
        self.server.rotate(A, B)
        self.assertIsNot(self.found(ring), one)
