"""Tests of `gatekeeper.httpcache.lru` and `gatekeeper.httpcache.stores`."""

from __future__ import annotations

from operator import attrgetter

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.entry import Entry
from gatekeeper.httpcache.lru import LRU, Allowance, Bounds
from gatekeeper.httpcache.stores import MAX_BODY_BYTES, Stores
from tests.httpcache.answers import entry

SIZE = entry().size + 1
"""Of an empty object under a name of one letter."""


def large(count: int) -> Entry:
    """Make an entry with a body of so many bytes."""
    return entry(body=b"x" * count)


class LRUTests(SynchronousTestCase):
    """Bounded memory."""

    def store(self, max_bytes: int = 1_000_000, max_items: int | None = None) -> LRU:
        return LRU(Bounds(max_bytes, max_items, attrgetter("size")))

    def found(self, lru: LRU, keys: str) -> str:
        return "".join(key for key in keys if lru.get(key) is not None)

    def test_items(self) -> None:
        """One more than `max_items` costs the one that was not used for longest."""
        lru = self.store(max_items=2)
        for key in "ab":
            lru.put(key, entry())
        lru.get("a")
        lru.put("c", entry())
        self.assertEqual(self.found(lru, "abc"), "ac")

    def test_bytes(self) -> None:
        """As many go as must, and the one that just came stays."""
        lru = self.store(max_bytes=4 * SIZE)
        for key in "abcd":
            lru.put(key, entry())
        self.assertEqual((self.found(lru, "abcd"), lru.used_bytes), ("abcd", 4 * SIZE))
        lru.put("e", large(2 * SIZE))
        self.assertEqual(self.found(lru, "abcde"), "de")

    def test_too_large(self) -> None:
        """What is as large as everything may be is not kept, nor what it replaces."""
        lru = self.store(max_bytes=SIZE)
        lru.put("a", entry())
        self.assertEqual(len(lru), 0)
        lru = self.store(max_bytes=SIZE + 1)
        lru.put("a", entry())
        self.assertEqual(len(lru), 1)
        lru.put("a", large(SIZE))
        self.assertEqual((len(lru), lru.used_bytes), (0, 0))

    def test_accounts(self) -> None:
        """Sizes are right when entries are replaced and deleted; keys count."""
        lru = self.store()
        lru.put("a", large(100))
        lru.put("a", entry())
        self.assertEqual(lru.used_bytes, SIZE)
        lru.put("b" * 11, entry())
        self.assertEqual(lru.used_bytes, 2 * SIZE + 10)
        for key in ("a", "b" * 11, "unknown"):
            lru.delete(key)
        self.assertEqual((len(lru), lru.used_bytes), (0, 0))

    def test_allowance(self) -> None:
        """No more is lent than there is; what comes back can be lent again."""
        allowance = Allowance(10)
        self.assertTrue(allowance.take(6))
        self.assertFalse(allowance.take(5))
        allowance.give_back(6)
        self.assertTrue(allowance.take(10))


class StoresTests(SynchronousTestCase):
    """Who keeps answers where."""

    def setUp(self) -> None:
        self.told = 0
        self.stores = Stores(1_000_000, self.at_limit)

    def at_limit(self) -> None:
        self.told += 1

    def test_own(self) -> None:
        """Own stores know nothing of each other, nor of the shared one."""
        stores = [self.stores.own(), self.stores.own(), self.stores.shared()]
        for number, store in enumerate(stores):
            store.put("http://a/", large(number))
        found = [store.get("http://a/") for store in stores]
        self.assertEqual([kept and kept.answer.length for kept in found], [0, 1, 2])
        stores[0].delete("http://a/")
        self.assertEqual([s.get("http://a/") is None for s in stores], [True, False, False])

    def test_shared(self) -> None:
        """There is one shared store without bounds, and one with: the first one's."""
        self.stores.shared().put("a", entry())
        self.assertIsNotNone(self.stores.shared().get("a"))
        first = self.stores.shared_bounded(10 * SIZE, 1)
        self.assertIs(self.stores.shared_bounded(10, 10), first)
        self.assertIsNone(first.get("a"))

    def test_limit(self) -> None:
        """Stores without bounds have a limit together, and it is told once."""
        stores = [self.stores.own() for _ in range(5)]
        for number in range(300):
            stores[number % 5].put(str(number), large(10_000))
        self.assertLessEqual(self.stores.common.used_bytes, 1_000_000)
        self.assertGreater(len(self.stores.common), 80)
        self.assertEqual(self.told, 1)

    def test_longest_body(self) -> None:
        """A body may be as long as its store, and 16 MiB where that has no bounds."""
        self.assertEqual(self.stores.own_bounded(5000, 10).longest_body, 5000)
        self.assertEqual(self.stores.own().longest_body, 1_000_000)
        self.assertEqual(Stores(10**9, self.at_limit).own().longest_body, MAX_BODY_BYTES)
