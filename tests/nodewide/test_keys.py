"""Many keys in bounded memory."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide import directory
from gatekeeper.nodewide.directory import Directory
from gatekeeper.nodewide.file import SharedFile
from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.keys import SharedBuckets

SECOND = 1_000_000_000
NEVER = Refill(capacity=2, interval_ns=10**18, stock=2)
ON_LEVEL_0 = 16 * 16


class SharedBucketsTests(SynchronousTestCase):
    """A table of keys."""

    def setUp(self) -> None:
        self.now = SECOND  # a nanosecond later each time somebody looks
        self.file = SharedFile.create()
        self.addCleanup(self.file.close)
        self.directory = Directory.create(self.file)

    def now_ns(self) -> int:
        self.now += 1
        return self.now

    def table(self, max_level: int, name: str = "/a") -> SharedBuckets:
        return SharedBuckets(self.directory, name, NEVER, 600, self.now_ns, max_level)

    def passed(self, table: SharedBuckets, keys: range) -> int:
        return sum(table.take(str(key)) for key in keys)

    def test_grows(self) -> None:
        """A table that is full of keys in use gets larger, and forgets nobody."""
        table, keys = self.table(max_level=5), range(2000)
        self.assertEqual(self.passed(table, keys), 2000)
        self.assertEqual(self.passed(table, keys), 2000)
        self.assertEqual(self.passed(table, keys), 0)

    def test_at_the_limit(self) -> None:
        """With any number of names nobody gets more than the buckets in the table hold."""
        table = self.table(max_level=0)
        self.assertEqual(self.passed(table, range(5000)), 2 * ON_LEVEL_0)

    def test_oldest_first(self) -> None:
        """Whoever is active keeps the own bucket, so flooding gives nobody a new one."""
        table = self.table(max_level=0)
        self.assertEqual([table.take("busy") for _ in range(3)], [True, True, False])
        for key in range(5000):
            table.take(str(key))
            self.assertFalse(table.take("busy"))

    def test_idle_places(self) -> None:
        """Keys that are idle make room, and whoever comes then begins with a full bucket."""
        table = self.table(max_level=0)
        self.passed(table, range(5000))
        self.now += 601 * SECOND
        self.assertEqual(self.passed(table, range(10_000, 10_050)), 50)

    def test_all_tables_together(self) -> None:
        """However many limits are flooded, together they grow only so far."""
        self.patch(directory, "GROWTH", 64 * 640 + 1)
        first, second = self.table(5, "/a"), self.table(5, "/b")
        self.passed(first, range(5000))
        self.passed(second, range(5000))
        self.assertEqual([table._words[table._head] for table in (first, second)], [1, 0])

    def test_idle_time_of_the_first(self) -> None:
        """All processes use the idle time of the one that made the table."""
        self.table(0)
        other = SharedBuckets(self.directory, "/a", NEVER, 1, self.now_ns, 0)
        self.assertEqual([other.take("x"), other.take("x")], [True, True])
        self.now += 2 * SECOND
        self.assertFalse(other.take("x"))

    def test_only_digests(self) -> None:
        """Keys do not stand in memory, and digests differ from node to node."""
        table = self.table(0)
        table.take("a-secret-api-key")
        self.assertEqual(self.file.region(0, 1 << 24).bytes.find(b"a-secret-api-key"), -1)
        other = Directory.create(SharedFile.create())
        self.addCleanup(other.file.close)
        self.assertNotEqual(other.secret, self.directory.secret)
