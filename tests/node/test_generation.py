"""The workers of one configuration."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import ServiceConfig
from gatekeeper.node.generation import BUILT_WITHIN_S, SPARE_S, Generation, Nursery
from gatekeeper.node.link import NotBuilt
from gatekeeper.node.listening import Listening
from gatekeeper.node.picture import PATIENCE_S, Pictures
from gatekeeper.testing import RecordedLog
from gatekeeper.view import NodeView, WorkerView
from tests.node.fakes import FakeBirths, FakeReactor, FakeWorker


class Workers(SynchronousTestCase):
    """Three of them, as a test wants them to be."""

    def setUp(self) -> None:
        self.reactor = FakeReactor()
        self.births = FakeBirths(self.reactor)
        self.log = RecordedLog()
        sockets = [socket.socket() for _ in range(3)]
        nursery = Nursery(self.births, 3, self.reactor, self.log)
        self.generation = Generation(1, ServiceConfig(), Listening(sockets), nursery)
        self.addCleanup(self.generation.listening.close)
        self.addCleanup(self.generation.close)

    @property
    def workers(self) -> list[FakeWorker]:
        return self.births.workers

    def begin(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.generation.begin())

    def serve(self) -> None:
        begun = self.begin()
        for worker in self.workers:
            worker.built()
        self.successResultOf(begun)
        serving = Deferred.fromCoroutine(self.generation.serve())
        self.births.flush()
        self.successResultOf(serving)

    def accepting(self) -> list[list[int]]:
        self.births.flush()
        return [worker.accepts for worker in self.workers]


class BeginTests(Workers):
    """Until everybody could serve, nobody does."""

    def test_all_are_ready(self) -> None:
        """It has begun when the last one is ready; one of them speaks."""
        begun = self.begin()
        for worker in self.workers:
            self.assertNoResult(begun)
            worker.built()
        self.successResultOf(begun)
        self.assertEqual([[], [], []], self.accepting())
        self.assertEqual([True, False, False], [each.order.speaks for each in self.workers])

    def test_one_fails(self) -> None:
        """Its reason is the reason of the whole; the others are ended."""
        begun = self.begin()
        self.workers[0].built()
        self.workers[1].failed("no key")
        self.assertEqual("no key", str(self.failureResultOf(begun, NotBuilt).value))
        ended = self.generation.give_up()
        self.births.flush()
        self.successResultOf(ended)

    def test_one_dies(self) -> None:
        """Without a word: that is a reason, too."""
        begun = self.begin()
        self.workers[2].die()
        self.assertIn("worker 2 ended", str(self.failureResultOf(begun, NotBuilt).value))

    def test_one_takes_for_ever(self) -> None:
        """It is given up after a time."""
        begun = self.begin()
        self.reactor.advance(BUILT_WITHIN_S)
        self.births.flush()
        self.assertIn("not ready within", str(self.failureResultOf(begun, NotBuilt).value))


class ServeTests(Workers):
    """Each accepts from its own socket, and for those who are dead."""

    def test_each_its_own(self) -> None:
        """As many sockets as workers."""
        self.serve()
        self.assertEqual([[0], [1], [2]], self.accepting())
        self.assertTrue(self.generation.is_serving)

    def test_a_death(self) -> None:
        """Another one accepts meanwhile; soon somebody is in its place."""
        self.serve()
        self.workers[1].die()
        self.assertEqual([0, 1], self.accepting()[0])
        self.assertEqual(3, len(self.workers))
        self.reactor.advance(0.25)
        self.workers[3].built()
        self.assertEqual([[0], [1], [2], [1]], self.accepting())
        self.assertEqual(1, self.generation.restarts)
        self.assertIn("worker 1 serves again", self.log.lines[-1][1])

    def test_one_that_cannot_live(self) -> None:
        """It is tried ever more rarely, and the log says why it does not come back."""
        self.serve()
        self.workers[0].die()
        for wait_s in (0.25, 0.5, 1.0):
            before = len(self.workers)
            self.reactor.advance(wait_s - 0.01)
            self.assertEqual(before, len(self.workers))
            self.reactor.advance(0.01)
            self.workers[-1].failed("no memory")
        self.assertIn(("ERROR", "[SERVICE: Node] a worker cannot serve: no memory"), self.log.lines)

    def test_an_old_one(self) -> None:
        """Who had lived for a while is replaced at once."""
        self.serve()
        self.reactor.advance(60)
        self.workers[2].die()
        self.reactor.advance(0)
        self.assertEqual(2, self.workers[3].order.slot)


class EndTests(Workers):
    """Finishing."""

    def test_draining(self) -> None:
        """Everybody is told how; it is over when the last one is gone, and nobody is replaced."""
        self.serve()
        ended = self.generation.drain(5.0, 0.1, is_last=True)
        self.births.flush()
        for worker in self.workers:
            self.assertEqual({"longest_s": 5.0, "idle_s": 0.1, "is_last": True}, worker.drained)
            self.assertNoResult(ended)
            worker.die()
        self.successResultOf(ended)
        self.reactor.advance(60)
        self.assertEqual(3, len(self.workers))

    def test_one_that_does_not_end(self) -> None:
        """It is given up some time after it should have ended."""
        self.serve()
        ended = self.generation.drain(5.0, 0.1, is_last=False)
        self.reactor.advance(5.0 + SPARE_S)
        self.births.flush()
        self.successResultOf(ended)

    def test_no_limit(self) -> None:
        """Without `max_shutdown_wait_time` it takes as long as it takes."""
        self.serve()
        ended = self.generation.drain(0.0, 0.1, is_last=False)
        self.reactor.advance(3600)
        self.births.flush()
        self.assertNoResult(ended)


class PictureTests(Workers):
    """What operators see of them."""

    def look(self) -> Any:
        pictures = Pictures(self.reactor)
        looking = pictures.take(lambda: [self.generation], NodeView)
        self.births.flush()
        return looking

    def test_sums(self) -> None:
        """Every worker is asked; what they say is summed up."""
        self.serve()
        picture = self.successResultOf(self.look())
        self.assertEqual((9, 3), (picture.counts.connections, picture.counts.in_flight))
        worker: WorkerView = picture.workers[1]
        self.assertEqual((1, "serving", 3), (worker.slot, worker.state, worker.connections))
        self.assertEqual({"c": 1}, worker.board[0].facts)

    def test_long_descriptions(self) -> None:
        """They come in pieces."""
        self.serve()
        facts = ", ".join(f'["k", "p", {{"n": {n}}}]' for n in range(9000))
        self.workers[0].description = f'{{"board": [{facts}]}}'
        picture = self.successResultOf(self.look())
        self.assertEqual(9000, len(picture.workers[0].board))

    def test_a_busy_worker(self) -> None:
        """One that does not answer in time is shown without what it would have said."""
        self.serve()
        pictures = Pictures(self.reactor)
        looking = pictures.take(lambda: [self.generation], NodeView)
        self.reactor.advance(PATIENCE_S)
        picture = self.successResultOf(looking)
        self.assertEqual([None] * 3, [worker.connections for worker in picture.workers])

    def test_nothing_is_lost(self) -> None:
        """What workers of an ended configuration had counted stays in the sum."""
        pictures = Pictures(self.reactor)
        pictures.keep({("GET", "/old"): {"2xx": 5}})
        picture = self.successResultOf(pictures.take(list, NodeView))
        self.assertEqual({"2xx": 5}, picture.counts.answers["GET", "/old"])

    def test_renewal(self) -> None:
        """A worker that cannot use renewed certificates says why."""
        self.serve()
        self.workers[0].why = "no key"
        renewed = Deferred.fromCoroutine(self.generation.links[0].renew())
        self.births.flush()
        self.assertEqual("no key", self.successResultOf(renewed))
