"""Tests of `gatekeeper.jose.record` and `gatekeeper.jose.node_set`."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.jose.identify import STRATEGIES
from gatekeeper.jose.node_set import NodeKeySet
from gatekeeper.jose.ration import Ration
from gatekeeper.jose.record import MAX_BYTES, Life, Record
from gatekeeper.nodewide.local import LocalState
from tests.jose.tokens import key_set, oct_jwk

KID = STRATEGIES["kid"]
A, B = key_set(oct_jwk(kid="a")), key_set(oct_jwk(kid="b"))


class RecordTests(SynchronousTestCase):
    """What workers tell one another."""

    def test_written_and_read(self) -> None:
        """Everything comes back, whatever servers and tokens have said."""
        record = (
            Record()
            .loaded('{"é": "\u20ac"}'.encode(), 1.5)
            .failed("broken \udcff")
            .keeping(Life("/a", 1, 1.5, 900.0))
            .keeping(Life("/a", 1, 2.5, 900.0, "\udcff"))
            .spent(Ration("x", 5, 60), 3.0)
        )
        self.assertEqual(record, Record.read(record.written()))
        self.assertEqual(Record(), Record.read(Record().written()))

    def test_numbers(self) -> None:
        """The same text has the same number; another one never gets it."""
        record = Record().loaded(A, 1).loaded(A, 2)
        self.assertEqual((1, 2), (record.current, record.downloads))
        record = record.loaded(B, 3).pruned(3)
        self.assertEqual({3: B}, record.bodies)
        self.assertEqual(4, record.loaded(A, 4).current)

    def test_pruned(self) -> None:
        """A set goes when no cache keeps it any more, unless it is the current one."""
        record = Record().loaded(A, 0).keeping(Life("/a", 1, 0, 900)).loaded(B, 100)
        self.assertEqual({1, 2}, set(record.pruned(900).bodies))
        self.assertEqual({2}, set(record.pruned(901).bodies))

    def test_a_set_that_is_gone(self) -> None:
        """Cannot be kept."""
        record = Record().loaded(A, 0)
        self.assertEqual(record, record.keeping(Life("/a", 7, 0, 900)))


class NodeKeySetTests(SynchronousTestCase):
    """What one worker makes of it."""

    def test_the_same_keys(self) -> None:
        """A key is the same object as long as its set is known, also after a rotation."""
        node = NodeKeySet(LocalState().document("x", MAX_BYTES))
        life = Life("/a", 1, 0, 900)
        node.change(lambda record: record.loaded(A, 0).keeping(life), 0)
        key = node.cache("/a", KID)["a"][0]
        node.change(lambda record: record.loaded(B, 1), 1)
        self.assertIs(key, node.cache("/a", KID)["a"][0])
        self.assertEqual(["b"], [key.kid for key in node.current_keys()])

    def test_two_workers(self) -> None:
        """No change is lost when both make one."""
        state = LocalState()
        workers = [NodeKeySet(state.document("x", MAX_BYTES)) for _ in range(2)]
        for number in range(10):
            workers[number % 2].change(lambda record: record.failed("down"), 0)
        self.assertEqual([10, 10], [worker.refresh().downloads for worker in workers])

    def test_too_much(self) -> None:
        """When sets do not fit, the oldest ones are forgotten, and what was kept of them."""
        node = NodeKeySet(LocalState().document("x", MAX_BYTES))
        for number in range(1, 12):
            body = key_set(oct_jwk(kid=f"{number}")) + b" " * (1 << 20)
            life = Life("/a", number, number, 900)
            node.change(
                lambda record, body=body, life=life: record.loaded(body, 0).keeping(life), 0
            )
        kept = sorted(map(int, node.cache("/a", KID)))
        self.assertEqual(list(range(12 - len(kept), 12)), kept)
        self.assertGreater(len(kept), 4)
