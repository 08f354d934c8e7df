"""Rings of keys in two workers of one node."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.download import KeySetDownload, KeysUnavailable
from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.keys import Key
from gatekeeper.jose.rings import RemoteKeys
from gatekeeper.jose.token import InvalidToken
from gatekeeper.nodewide.interface import NodeState
from gatekeeper.nodewide.local import LocalState
from gatekeeper.nodewide.shared import SharedState
from gatekeeper.testing import RecordedLog, run
from tests.jose.fakes import KeyServer, edges
from tests.jose.tokens import oct_jwk

KID = STRATEGIES["kid"]
A, B = oct_jwk(b"a" * 32, kid="a"), oct_jwk(b"b" * 32, kid="b")


class TwoWorkersTests(SynchronousTestCase):
    """Whatever one has learnt counts for both."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_700_000_000)
        self.server = KeyServer(A)
        self.node = self.make_node()
        self.log = RecordedLog()
        self.sources = [self.worker(), self.worker()]

    def make_node(self) -> NodeState:
        return LocalState(self.now_ns)

    def now_ns(self) -> int:
        return int(self.clock.seconds() * 1e9)

    def worker(self) -> KeySetDownload:
        self.edges = evolve(edges(self.clock), node=self.node, log=self.log)
        return self.server.source(self.edges)

    def rings(
        self,
        name: str = "/endpoints/0",
        keep_s: float = 900.0,
        cooldown_s: float = 0.0,
        shared_s: float | None = None,
    ) -> list[RemoteKeys]:
        """Make one endpoint's ring in both workers."""
        return [
            RemoteKeys(
                source,
                KID,
                self.edges,
                name,
                keep_s=keep_s,
                cooldown_s=cooldown_s,
                shared_s=shared_s,
            )
            for source in self.sources
        ]

    def look_up(self, ring: RemoteKeys, identifier: str = "a") -> Deferred[Key]:
        async def lookup() -> Key:
            return ring.kept(identifier) or await ring.find(identifier)

        return run(lookup())

    def found(self, ring: RemoteKeys, identifier: str = "a") -> Key:
        return self.successResultOf(self.look_up(ring, identifier))

    def refused(self, ring: RemoteKeys, identifier: str = "a") -> None:
        self.failureResultOf(self.look_up(ring, identifier), InvalidToken)

    def test_one_download(self) -> None:
        """One's keys are the other's, with the same age."""
        first, second = self.rings()
        self.found(first)
        self.clock.advance(800)
        self.found(second)
        self.assertEqual(1, self.server.asked)
        self.clock.advance(101)
        self.found(second)
        self.found(first)
        self.assertEqual(2, self.server.asked)

    def test_one_at_a_time(self) -> None:
        """While one downloads, the other waits; both have the keys then."""
        self.server.hangs = True
        first, second = self.rings()
        waiting = [self.look_up(ring) for ring in (first, second, second)]
        self.clock.pump([0.02] * 50)
        self.server.answer()
        self.clock.advance(0.02)
        for one in waiting:
            self.successResultOf(one)
        self.assertEqual(1, self.server.asked)
        self.assertIsNotNone(second.kept("a"))

    def test_one_failure(self) -> None:
        """It is everybody's, and is logged once."""
        self.server.hangs, self.server.error = True, ConnectionError("refused")
        waiting = [self.look_up(ring) for ring in self.rings()]
        self.server.answer()
        self.clock.advance(0.02)
        for one in waiting:
            self.assertEqual("refused", str(self.failureResultOf(one, KeysUnavailable).value))
        self.assertEqual((1, 1), (self.server.asked, len(self.log.lines)))

    def test_without_cache(self) -> None:
        """Each lookup downloads, in whichever worker."""
        first, second = self.rings(keep_s=0)
        for ring in (first, second, first):
            self.found(ring)
        self.assertEqual(3, self.server.asked)

    def test_prefetch(self) -> None:
        """Is done once, also when a worker is replaced later."""
        first, second = self.rings()
        first.prefetch()
        second.prefetch()
        self.assertIsNotNone(second.kept("a"))
        self.sources = [self.worker()]
        [heir] = self.rings()
        heir.prefetch()
        self.assertIsNotNone(heir.kept("a"))
        self.assertEqual(1, self.server.asked)

    def test_rotation(self) -> None:
        """A key that one finds both have; the old one lives on for its time in both."""
        first, second = self.rings()
        self.found(first, "a")
        self.server.rotate(B)
        self.clock.advance(600)
        self.found(second, "b")
        for ring in (first, second):
            self.found(ring, "a")
            self.found(ring, "b")
        self.assertEqual(2, self.server.asked)
        self.clock.advance(301)
        for ring in (first, second):
            self.found(ring, "b")
        self.refused(second, "a")

    def test_the_same_key(self) -> None:
        """In each worker a key stays the same object, so that verified tokens stay known."""
        first, second = self.rings()
        keys = self.found(first), self.found(second)
        self.refused(first, "x")
        self.refused(second, "y")
        self.assertEqual(3, self.server.asked)
        self.assertIs(keys[0], self.found(first))
        self.assertIs(keys[1], self.found(second))

    def test_refreshed_once(self) -> None:
        """Keys in use that are nearly too old are fetched by one worker."""
        first, second = self.rings()
        self.found(first)
        self.found(second)
        self.clock.advance(850)
        self.server.hangs = True
        for ring in (first, second) * 5:
            self.found(ring)
        self.assertEqual(2, self.server.asked)
        self.server.answer()
        self.clock.advance(0.02)
        self.clock.advance(800)
        self.found(second)
        self.assertEqual(2, self.server.asked)

    def test_flood_of_unknown_names(self) -> None:
        """All together cause five downloads."""
        first, second = self.rings()
        self.found(first)
        for number in range(1000):
            self.refused((first, second)[number % 2], f"made-up-{number}")
        self.assertEqual(1 + 5, self.server.asked)

    def test_cooldown(self) -> None:
        """One download for all unknown names, of all workers."""
        first, second = self.rings(cooldown_s=60)
        self.found(first)
        for number in range(100):
            self.refused((first, second)[number % 2], f"made-up-{number}")
        self.assertEqual(2, self.server.asked)
        self.clock.advance(60)
        self.refused(second, "x")
        self.refused(first, "x")
        self.assertEqual(3, self.server.asked)

    def test_server_that_is_down(self) -> None:
        """Failing downloads are rationed for all."""
        first, second = self.rings()
        self.server.error = ConnectionError("refused")
        for number in range(100):
            self.refused((first, second)[number % 2])
        self.assertEqual(5, self.server.asked)

    def test_shared_cache(self) -> None:
        """What another endpoint has downloaded begins a life of its own, once for the node."""
        first, _ = self.rings("/endpoints/0", shared_s=600)
        third, fourth = self.rings("/endpoints/1", shared_s=600)
        self.found(first)
        self.clock.advance(500)
        self.found(third)
        self.clock.advance(700)
        self.found(fourth)
        self.assertEqual(1, self.server.asked)

    def test_own_caches(self) -> None:
        """Without it each endpoint has keys of its own, but not each worker."""
        for name in ("/endpoints/0", "/endpoints/1"):
            for ring in self.rings(name):
                self.found(ring)
        self.assertEqual(2, self.server.asked)

    def test_two_endpoints_at_once(self) -> None:
        """Whoever waited for another endpoint's download keeps its keys, too."""
        self.server.hangs = True
        first, _ = self.rings("/endpoints/0")
        third, fourth = self.rings("/endpoints/1")
        waiting = [self.look_up(first), self.look_up(fourth)]
        self.server.answer()
        self.clock.advance(0.02)
        for one in waiting:
            self.successResultOf(one)
        self.assertIsNotNone(third.kept("a"))

    def test_a_worker_that_hangs(self) -> None:
        """The others fail for a while, with a reason; then one of them downloads."""
        self.assertTrue(self.sources[0].node.document.try_lease(31))  # and nothing comes of it
        _, second = self.rings()
        waiting = self.look_up(second)
        self.clock.pump([0.5] * 60)
        error = self.failureResultOf(waiting, KeysUnavailable).value
        self.assertEqual("no answer within 30 seconds", str(error))
        waiting = self.look_up(second)
        self.clock.pump([0.5] * 3)
        self.successResultOf(waiting)

    def test_facts(self) -> None:
        """Both show the same."""
        first, _ = self.rings()
        self.found(first)
        self.clock.advance(5)
        facts = {"keys": 1, "age_s": 5.0, "downloads": 1, "last_error": ""}
        self.assertEqual([facts, facts], [source.facts() for source in self.sources])

    def test_a_mistake_of_ours(self) -> None:
        """Whatever goes wrong, who waits is refused and the next download is tried."""

        def broken(*_: object) -> bool:
            raise ZeroDivisionError("s")

        first, _ = self.rings()
        self.patch(self.sources[0].node, "change", broken)
        self.refused(first)
        self.assertFalse(self.sources[0].is_running)


class SharedMemoryTests(TwoWorkersTests):
    """The same with memory that processes share."""

    def make_node(self) -> NodeState:
        state = SharedState.create(self.now_ns)
        self.addCleanup(state.close)
        return state
