"""What node-wide state promises, in one process and for several."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.interface import NodeState, OtherShape, Refill
from gatekeeper.nodewide.local import LocalBuckets, LocalState
from gatekeeper.nodewide.shared import SharedState

SECOND = 1_000_000_000
THREE = Refill(capacity=3, interval_ns=SECOND, stock=3)
STEADY = Refill(capacity=3, interval_ns=SECOND, stock=3, is_steady=True)


class LocalStateTests(SynchronousTestCase):
    """State of one process."""

    def setUp(self) -> None:
        self.seconds = 1.0
        self.state = self.make()

    def now_ns(self) -> int:
        return round(self.seconds * SECOND)

    def make(self) -> NodeState:
        return LocalState(self.now_ns)

    def test_bucket(self) -> None:
        """A bucket gives its stock, then what comes back."""
        bucket = self.state.bucket("/a", THREE)
        self.assertEqual([bucket.take() for _ in range(4)], [True, True, True, False])
        self.seconds += 1
        self.assertEqual([bucket.take() for _ in range(2)], [True, False])

    def test_steady_bucket(self) -> None:
        """The arithmetic is the one that the shape names."""
        bucket = self.state.bucket("/a", STEADY)
        bucket.take()
        self.seconds += 100
        self.assertEqual([bucket.take() for _ in range(4)], [True, True, True, False])

    def test_same_name(self) -> None:
        """The same name is the same bucket; another name is another one."""
        for _ in range(3):
            self.state.bucket("/a", THREE).take()
        self.assertFalse(self.state.bucket("/a", THREE).take())
        self.assertTrue(self.state.bucket("/b", THREE).take())

    def test_other_shape(self) -> None:
        """A name that is known for something else is an error, whatever it is asked for."""
        self.state.bucket("/a", THREE)
        self.state.memory("/m", 8)
        self.state.counters("/c", 2)
        self.state.buckets("/k", THREE, 600)
        self.assertRaises(OtherShape, self.state.bucket, "/a", STEADY)
        self.assertRaises(OtherShape, self.state.buckets, "/a", THREE, 600)
        self.assertRaises(OtherShape, self.state.buckets, "/k", STEADY, 600)
        self.assertRaises(OtherShape, self.state.bucket, "/k", THREE)
        self.assertRaises(OtherShape, self.state.memory, "/m", 9)
        self.assertRaises(OtherShape, self.state.counters, "/c", 3)

    def test_keys(self) -> None:
        """Each key has a bucket of its own, full when it is first seen; any text is a key."""
        buckets = self.state.buckets("/a", THREE, 600)
        for key in ("192.0.2.1", "192.0.2.2", "", "é", "\udcff", "\u20ac" * 5000):
            with self.subTest(key[:10]):
                taken = [buckets.take(key) for _ in range(4)]
                self.assertEqual(taken, [True, True, True, False])

    def test_keys_refill(self) -> None:
        """Tokens of a key come back with time, and not those of others."""
        buckets = self.state.buckets("/a", THREE, 600)
        for key in "xxxyyy":
            buckets.take(key)
        self.seconds += 1
        self.assertEqual([buckets.take("x"), buckets.take("x")], [True, False])
        self.seconds += 1
        self.assertEqual([buckets.take("y"), buckets.take("y")], [True, True])

    def test_same_name_of_keys(self) -> None:
        """The same name has the same keys, another name has others."""
        for _ in range(3):
            self.state.buckets("/a", THREE, 600).take("x")
        self.assertFalse(self.state.buckets("/a", THREE, 600).take("x"))
        self.assertTrue(self.state.buckets("/b", THREE, 600).take("x"))

    def test_idle_keys(self) -> None:
        """A key that was not used for longer than said begins anew."""
        slow = Refill(capacity=1, interval_ns=3600 * SECOND, stock=1)
        buckets = self.state.buckets("/a", slow, 600)
        self.assertTrue(buckets.take("x"))
        self.seconds += 600
        self.assertFalse(buckets.take("x"))
        self.seconds += 600.1
        self.assertTrue(buckets.take("x"))
        self.assertFalse(buckets.take("x"))

    def test_counters(self) -> None:
        """Numbers begin at zero and are counted up."""
        counters = self.state.counters("/a", 3)
        counters.add(1)
        self.state.counters("/a", 3).add(2, 5)
        self.assertEqual(tuple(counters.values()), (0, 1, 5))

    def test_memory(self) -> None:
        """Bytes begin at zero, are the same for the same name, and can be locked."""
        memory = self.state.memory("/a", 5)
        self.assertEqual(bytes(memory.buffer), bytes(5))
        with memory.lock():
            memory.buffer[:] = b"hello"
        self.assertEqual(bytes(self.state.memory("/a", 5).buffer), b"hello")
        self.assertEqual(bytes(self.state.memory("/b", 5).buffer), bytes(5))


class SharedStateTests(LocalStateTests):
    """State of several processes."""

    def make(self) -> NodeState:
        state = SharedState.create(self.now_ns)
        self.addCleanup(state.close)
        return state

    def test_survivors(self) -> None:
        """A new state begins with the bytes that survive, and with no others."""
        old, new = SharedState.create(), SharedState.create()
        self.addCleanup(old.close)
        self.addCleanup(new.close)
        size = 300_000
        old.memory("/kept", size, survives=True).buffer[200_000:200_003] = b"old"
        old.memory("/other size", 8, survives=True).buffer[:3] = b"old"
        old.memory("/lost", 8).buffer[:3] = b"old"
        kept = new.memory("/kept", size, survives=True).buffer
        others = [
            new.memory("/other size", 9, survives=True).buffer,
            new.memory("/lost", 8, survives=True).buffer,
            new.memory("/unknown", 8, survives=True).buffer,
        ]
        new.take_over(old)
        self.assertEqual(bytes(kept), bytes(200_000) + b"old" + bytes(size - 200_003))
        self.assertFalse(any(map(any, others)))


class TooManyKeysTests(SynchronousTestCase):
    """`LocalState` with more clients than it remembers."""

    def test_takes_over(self) -> None:
        """A new key gets the bucket of the oldest as it stands, so it is no way to more."""
        slow = Refill(capacity=2, interval_ns=3600 * SECOND, stock=2)
        buckets = LocalBuckets(slow, 600 * SECOND, lambda: SECOND, max_keys=3)
        passed = sum(buckets.take(str(number)) for number in range(100))
        self.assertEqual(passed, 3 * 2)
