"""Updates that end in the middle, because their process was killed there."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide import document
from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.shared import SharedState

SECOND = 1_000_000_000
THREE = Refill(capacity=3, interval_ns=SECOND, stock=3)


class Killed(Exception):
    """Stands for the end of a process."""


class Dying:
    """Memory that can be written so many times."""

    def __init__(self, memory: Any, writes: list[int]) -> None:
        self._memory = memory
        self._writes = writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._memory, name)

    def __getitem__(self, place: Any) -> Any:
        return self._memory[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        if not self._writes[0]:
            raise Killed
        self._writes[0] -= 1
        self._memory[place] = value


class TornTests(SynchronousTestCase):
    """Never more tokens than without the accident, and soon as many."""

    def setUp(self) -> None:
        self.seconds = 1.0
        self.state = SharedState.create(lambda: round(self.seconds * SECOND))
        self.addCleanup(self.state.close)

    def passed(self, name: str, kind: str, tries: int) -> int:
        if kind == "bucket":
            bucket = self.state.bucket(name, THREE)
            return sum(bucket.take() for _ in range(tries))
        buckets = self.state.buckets(name, THREE, 600)
        return sum(buckets.take("x") for _ in range(tries))

    def die(self, name: str, kind: str, writes: int) -> bool:
        """Take a token, and be killed before the next write after so many; False: it survived."""
        left = [writes]
        victim: Any = (
            self.state.bucket(name, THREE)
            if kind == "bucket"
            else self.state.buckets(name, THREE, 600)
        )
        victim._words = Dying(victim._words, left)
        if kind == "keys":
            victim._bytes = Dying(victim._bytes, left)
        try:
            victim.take(*["x"] * (kind == "keys"))
        except Killed:
            return True
        return False

    def at_each_write(self, kind: str, before: int, pause_s: float, most: int) -> None:
        """
        Kill a process at each of its writes, and look what others get.

        Args:
            before: Tokens that are taken first.
            pause_s: What passes then.
            most: What all together may get then.
        """
        for writes in range(10):
            name = f"/{kind}/{before}/{pause_s}/{writes}"
            self.passed(name, kind, before)
            self.seconds += pause_s
            killed = self.die(name, kind, writes)
            with self.subTest(name):
                got = self.passed(name, kind, 20)
                self.assertLessEqual(got, most)
                self.seconds += 5
                self.assertGreaterEqual(self.passed(name, kind, 20), 3)
            if not killed:
                return
        self.fail("it never came to an end")

    def test_bucket(self) -> None:
        """A bucket that is full, refilled in part, and to the brim."""
        self.at_each_write("bucket", 0, 0, 3)
        self.at_each_write("bucket", 3, 2, 2)
        self.at_each_write("bucket", 3, 9, 4)

    def test_keys(self) -> None:
        """A key that is new, known, refilled in part, and idle for too long."""
        self.at_each_write("keys", 0, 0, 3)
        self.at_each_write("keys", 1, 0, 2)
        self.at_each_write("keys", 3, 2, 2)
        self.at_each_write("keys", 3, 601, 4)


class TornDocumentTests(SynchronousTestCase):
    """What was published before, or what was to be, and nothing else."""

    def setUp(self) -> None:
        self.state = SharedState.create(lambda: SECOND)
        self.addCleanup(self.state.close)

    def test_publish(self) -> None:
        """A document is whole after each write, and the next version can be published."""
        for writes in range(4):
            survivor = self.state.document(f"/{writes}", 100)
            survivor.publish(b"first", 0)
            survivor.publish(b"second, longer", 1)
            victim: Any = self.state.document(f"/{writes}", 100)
            left = [writes]
            victim._words, victim._bytes = Dying(victim._words, left), Dying(victim._bytes, left)
            killed = writes < 3
            with self.subTest(writes=writes):
                if killed:
                    self.assertRaises(Killed, victim.publish, b"third", 2)
                else:
                    victim.publish(b"third", 2)
                expected = (2, b"second, longer") if killed else (3, b"third")
                self.assertEqual(expected, (survivor.version, survivor.read()))
                self.assertTrue(survivor.publish(b"next", expected[0]))
                self.assertEqual(b"next", survivor.read())

    def test_lease(self) -> None:
        """Whoever dies while taking it does not keep it."""
        for writes in range(4):
            survivor = self.state.document(f"/{writes}", 100)
            victim: Any = self.state.document(f"/{writes}", 100)
            victim._words = Dying(victim._words, [writes])
            self.patch(document, "is_alive", lambda _: False)
            with self.subTest(writes=writes):
                if writes < 3:
                    self.assertRaises(Killed, victim.try_lease, 10)
                self.assertTrue(survivor.try_lease(10))
