"""Several processes that share state, and some that are killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.shared import SharedState
from tests.nodewide.worker import CAPACITY, KEYS, Shared


class Worker:
    """A process that does what it is told."""

    def __init__(self, fd: int, module: str = "tests.nodewide.worker") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, str(fd)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[fd],
            text=True,
        )

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


class ProcessTests(SynchronousTestCase):
    """Exact, whoever asks, and whoever dies."""

    def setUp(self) -> None:
        self.shared = Shared(SharedState.create)
        self.addCleanup(self.shared.state.close)
        self.shared.clock[0] = 1
        self.workers = [Worker(self.shared.state.fileno()) for _ in range(4)]
        for worker in self.workers:
            self.addCleanup(worker.kill)
        self.assertEqual([worker.answer() for worker in self.workers], ["ready"] * 4)

    def all(self, command: str, workers: Sequence[Worker] | None = None) -> list[str]:
        """Let workers do something at the same time."""
        told = self.workers if workers is None else workers
        for worker in told:
            worker.tell(command)
        return [worker.answer() for worker in told]

    def sum(self, command: str, workers: Sequence[Worker] | None = None) -> int:
        return sum(map(int, self.all(command, workers)))

    def test_one_bucket(self) -> None:
        """All together get what one bucket gives, at the beginning and after each refill."""
        self.assertEqual(self.sum("bucket 2000"), CAPACITY)
        self.shared.clock[0] += 300 * 1000
        self.assertEqual(self.sum("bucket 2000"), 300)
        self.shared.clock[0] += 5000 * 1000
        self.assertEqual(self.sum("bucket 2000"), CAPACITY + 1)

    def test_keys(self) -> None:
        """The same for each key."""
        self.assertEqual(self.sum(f"keys {CAPACITY * KEYS}"), CAPACITY * KEYS)
        self.shared.clock[0] += 300 * 1000
        self.assertEqual(self.sum(f"keys {CAPACITY * KEYS}"), 300 * KEYS)

    def test_counters(self) -> None:
        """Nothing that was counted is lost."""
        self.all("count 20000")
        self.assertEqual(self.shared.counters.values(), (80000, 0))

    def test_memory(self) -> None:
        """One at a time holds the lock."""
        self.all("work 5000")
        self.assertEqual(self.shared.number[0], 20000)

    def test_document(self) -> None:
        """Nobody overwrites what another has published, and nobody reads half of it."""
        self.all("publish 500")
        self.assertEqual((self.shared.published(), self.shared.document.version), (2000, 2000))

    def test_lease(self) -> None:
        """One process has it, until it is over or the process is gone."""
        self.assertEqual(self.sum("lease 10"), 1)
        self.assertFalse(self.shared.document.try_lease(10))
        self.shared.clock[0] += 10 * 10**9
        self.assertEqual(self.all("lease 10", self.workers[:1]), ["1"])
        self.workers[0].kill()
        self.assertEqual(self.sum("lease 10", self.workers[1:]), 1)

    def test_killed_while_publishing(self) -> None:
        """What was published last is there, whole, and the others go on."""
        victims = self.workers[:3]
        self.assertEqual(self.all("endless", victims), ["begun"] * 3)
        self.all("publish 50", self.workers[3:])
        for worker in victims:
            worker.kill()
        before = self.shared.published()
        self.assertEqual(before, self.shared.document.version)
        self.all("publish 10", self.workers[3:])
        self.assertEqual(self.shared.published(), before + 10)
        self.assertTrue(self.shared.document.try_lease(10))

    def test_killed_at_work(self) -> None:
        """Wherever processes are killed, the others go on, and no token is given twice."""
        victims = self.workers[:3]
        self.assertEqual(self.all("endless", victims), ["begun"] * 3)
        rest = self.sum("bucket 100", self.workers[3:])  # meanwhile they are at work
        for worker in victims:
            worker.kill()
        rest += self.sum(f"bucket {2 * CAPACITY}", self.workers[3:])
        self.all("work 10", self.workers[3:])
        counted = self.shared.counters.values()[0]
        self.assertLessEqual(counted + rest, CAPACITY)
        self.assertGreaterEqual(counted + rest, CAPACITY - len(victims))
        self.shared.clock[0] += 300 * 1000
        self.assertEqual(self.sum("bucket 2000", self.workers[3:]), 300)

    def test_killed_with_locks(self) -> None:
        """Locks of a process that is killed are free at once."""
        self.all("lock", self.workers[:1])
        self.workers[1].tell("bucket 2000")  # it waits for the lock
        self.workers[0].kill()
        self.assertEqual(self.workers[1].answer(), str(CAPACITY))
        self.assertEqual(self.sum("keys 10", self.workers[1:]), 30)
        self.all("work 10", self.workers[1:])
        self.assertTrue(self.shared.state.bucket("new", self.shared.bucket._refill).take())

    def test_seat_of_the_dead(self) -> None:
        """Whoever comes after a killed process counts on where it ended."""
        self.all("count 7", self.workers[:1])
        self.workers[0].kill()
        heir = Worker(self.shared.state.fileno())
        self.addCleanup(heir.kill)
        heir.answer()
        self.all("count 5", [heir])
        self.assertEqual(self.shared.counters.values()[0], 12)
