"""Several processes that share a store, and some that are killed."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.shared import SharedState
from tests.httpcache.worker import Sharer
from tests.nodewide.test_processes import Worker


class ProcessTests(SynchronousTestCase):
    """What one puts, all find; whoever dies, nobody finds anything wrong."""

    def setUp(self) -> None:
        self.state = SharedState.create()
        self.addCleanup(self.state.close)
        self.sharer = Sharer(self.state)

    def start(self, count: int) -> list[Worker]:
        workers = [Worker(self.state.fileno(), "tests.httpcache.worker") for _ in range(count)]
        for worker in workers:
            self.addCleanup(worker.kill)
        self.assertEqual([worker.answer() for worker in workers], ["ready"] * count)
        return workers

    def ask(self, worker: Worker, command: str) -> str:
        worker.tell(command)
        return worker.answer()

    def test_hits(self) -> None:
        """Each finds what the other one has put, and keeps it among the newest."""
        first, second = self.start(2)
        self.assertEqual(self.ask(first, "get http://h/a"), "none")
        self.assertEqual(self.ask(second, "put http://h/a"), "done")
        self.assertEqual(self.ask(first, "get http://h/a"), "right")
        self.assertEqual(self.sharer.get("http://h/a"), "right")
        self.sharer.lru.delete("http://h/a")
        self.assertEqual(self.ask(second, "get http://h/a"), "none")

    def test_at_once(self) -> None:
        """Nothing gets mixed up."""
        workers = self.start(3)
        for worker in workers:
            worker.tell("hammer 3000")
        self.assertEqual([worker.answer() for worker in workers], ["right"] * 3)
        self.assertLessEqual(len(self.sharer.lru), 30)
        self.assertLessEqual(self.sharer.lru.used_bytes, 200_000)

    def test_killed_at_work(self) -> None:
        """Wherever processes are killed, the others go on, and find only what was put."""
        for _ in range(4):
            for victim in self.start(2):
                self.assertEqual(self.ask(victim, "endless"), "begun")
                self.assertEqual(self.sharer.hammer(100), "right")  # meanwhile they are at work
                victim.kill()
                self.assertEqual(self.sharer.hammer(300), "right")
        self.sharer.put("http://h/a")
        self.assertEqual(self.sharer.get("http://h/a"), "right")
