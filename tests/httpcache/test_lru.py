"""Tests of `gatekeeper.httpcache.lru`, and of the index and the blocks below it."""

from __future__ import annotations

from collections import OrderedDict
from operator import attrgetter
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.entry import LEAST_SIZE, Entry
from gatekeeper.httpcache.layout import BLOCK
from gatekeeper.httpcache.lru import LRU, Bounds
from gatekeeper.nodewide.interface import Memory
from gatekeeper.nodewide.local import LocalState
from gatekeeper.nodewide.shared import SharedState
from tests.httpcache.answers import SIZE, entry, large


class LRUTests(SynchronousTestCase):
    """Bounded memory, of one process."""

    def memory(self, size: int) -> Memory:
        return LocalState().memory("/m", size)

    def store(self, max_bytes: int = 1_000_000, max_items: int | None = None) -> LRU:
        return LRU(self.memory, Bounds(max_bytes, max_items, attrgetter("size"), LEAST_SIZE))

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

    def test_lengths(self) -> None:
        """Bodies come back as they were, wherever they fill a block to the last byte."""
        lru = self.store()
        for length in (0, 1, *range(BLOCK - 200, BLOCK + 200), 10 * BLOCK, 100_000):
            body = bytes(number % 251 for number in range(length))
            lru.put("a", entry(body=body))
            kept = lru.get("a")
            assert kept is not None
            self.assertEqual(kept.answer.body, body)
        lru.delete("a")
        self.assertEqual((len(lru), lru.used_bytes), (0, 0))

    def test_tiny_and_many(self) -> None:
        """When places run out before bytes do, the oldest entries go as well."""
        lru = LRU(self.memory, Bounds(2000, None, lambda _: 0, 1000))
        for key in "abcd":
            lru.put(key, entry())
        self.assertEqual(self.found(lru, "abcd"), "bcd")

    def test_unwritable(self) -> None:
        """What cannot be written down is not kept, nor what it replaces."""
        lru = self.store()
        lru.put("a", entry())
        lru.put("a", entry("", ("X-Split", "one\ntwo")))
        self.assertIsNone(lru.get("a"))

    def test_random(self) -> None:
        """Whatever is done, in whichever order, it does what a simple one does."""
        for seed in range(6):
            random = Random(seed)
            lru, model = self.store(20_000, 12), Simple(20_000, 12)
            for _ in range(1500):
                key = f"http://h/{int(random.triangular(0, 30, 0))}"
                dice = random.random()
                if dice < 0.45:
                    self.assertEqual(described(lru.get(key)), described(model.get(key)))
                elif dice < 0.9:
                    body = random.randbytes(random.choice((0, 5, 900, 1100, 5000, 19_000, 30_000)))
                    kept = entry("max-age=1", body=body)
                    lru.put(key, kept)
                    model.put(key, kept)
                else:
                    lru.delete(key)
                    model.entries.pop(key, None)
                self.assertEqual((len(lru), lru.used_bytes), (len(model.entries), model.used()))


class SharedLRUTests(LRUTests):
    """The same in memory that processes share."""

    def memory(self, size: int) -> Memory:
        state = SharedState.create()
        self.addCleanup(state.close)
        return state.memory("/m", size)


class Simple:
    """An LRU in few words."""

    def __init__(self, max_bytes: int, max_items: int) -> None:
        self.entries: OrderedDict[str, Entry] = OrderedDict()
        self.max_bytes, self.max_items = max_bytes, max_items

    def used(self) -> int:
        return sum(len(key) + kept.size for key, kept in self.entries.items())

    def get(self, key: str) -> Entry | None:
        if key in self.entries:
            self.entries.move_to_end(key)
        return self.entries.get(key)

    def put(self, key: str, kept: Entry) -> None:
        self.entries.pop(key, None)
        if len(key) + kept.size < self.max_bytes:
            self.entries[key] = kept
        while self.used() > self.max_bytes or len(self.entries) > self.max_items:
            self.entries.popitem(last=False)


def described(kept: Entry | None) -> object:
    return kept and (kept.answer, kept.date, kept.lifetime_s, kept.fresh_until, kept.variant)
