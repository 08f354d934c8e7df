"""Tests of `gatekeeper.httpcache.stores`."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.httpcache.layout import TooLarge
from gatekeeper.httpcache.stores import MAX_BODY_BYTES, Stores
from gatekeeper.nodewide.interface import OtherShape
from gatekeeper.nodewide.local import LocalState
from gatekeeper.nodewide.shared import SharedState
from tests.httpcache.answers import SIZE, entry, large


class StoresTests(SynchronousTestCase):
    """Who keeps answers where."""

    def setUp(self) -> None:
        self.told = 0
        self.stores = Stores(LocalState(), 1_000_000, self.at_limit)

    def at_limit(self) -> None:
        self.told += 1

    def test_own(self) -> None:
        """Own stores know nothing of each other, nor of the shared one."""
        stores = [self.stores.own("/a"), self.stores.own("/b"), self.stores.shared()]
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
        stores = [self.stores.own(f"/{number}") for number in range(5)]
        for number in range(300):
            stores[number % 5].put(str(number), large(10_000))
        self.assertLessEqual(self.stores.common.used_bytes, 1_000_000)
        self.assertGreater(len(self.stores.common), 80)
        self.assertEqual(self.told, 1)

    def test_longest_body(self) -> None:
        """A body may be as long as its store, and 16 MiB where that has no bounds."""
        self.assertEqual(self.stores.own_bounded("/a", 5000, 10).longest_body, 5000)
        self.assertEqual(self.stores.own("/a").longest_body, 1_000_000)
        huge = Stores(LocalState(), 10**9, self.at_limit)
        self.assertEqual(huge.own("/a").longest_body, MAX_BODY_BYTES)

    def test_workers(self) -> None:
        """What one worker has kept is there for the others, and the limit is told by one."""
        state = SharedState.create()
        self.addCleanup(state.close)
        mine = Stores(state, 1_000_000, self.at_limit)
        yours = Stores(SharedState.attach(os.dup(state.fileno())), 1_000_000, self.at_limit)
        for stores in (mine, yours):
            for store in (
                stores.own("/a"),
                stores.shared(),
                stores.own_bounded("/a", 10_000, 9),
                stores.shared_bounded(10_000, 9),
            ):
                self.assertEqual(store.get("x") is None, stores is mine)
                store.put("x", entry())
        for number in range(200):
            for stores in (mine, yours):
                stores.own("/b").put(str(number), large(10_000))
        self.assertEqual(self.told, 1)
        with self.assertRaises(OtherShape):
            yours.own_bounded("/a", 10_000, 8)

    def test_too_large(self) -> None:
        """A store that no memory could hold is none."""
        with self.assertRaises(TooLarge):
            self.stores.own_bounded("/a", 10**15, 10)
