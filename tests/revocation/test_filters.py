"""Tests of `gatekeeper.revocation.filters`."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.local import LocalState
from gatekeeper.revocation.filters import SlidingFilter
from gatekeeper.revocation.settings import Revocation

SMALL = Revocation(10, 0.01, "optimal", 1, 1, ())
LARGE = Revocation(1000, 1e-6, "optimal", 1, 1, ())


class SlidingFilterTests(SynchronousTestCase):
    """Three filters in memory that is shared."""

    def setUp(self) -> None:
        self.node = LocalState()

    def memory(self, settings: Revocation) -> memoryview:
        """Give what all filters of a shape share."""
        name = f"auth/revoker {settings.bits} {settings.hashes} {settings.hash_name}"
        return self.node.memory(name, 64 + 3 * ((settings.bits + 7) // 8)).buffer

    def bits(self, settings: Revocation, slot: int) -> list[int]:
        """List the bits that are set in a slot."""
        size = (settings.bits + 7) // 8
        memory = self.memory(settings)[64 + slot * size :][:size]
        return [
            8 * at + bit for at, byte in enumerate(memory) for bit in range(8) if byte >> bit & 1
        ]

    def test_the_layout(self) -> None:
        """An element sets the bits of the contract, in current and next, and no others."""
        SlidingFilter(SMALL, self.node).add(b"jti-J1")
        expected = sorted([73, 22, 3, 48, 93, 42, 87])
        self.assertEqual([[], expected, expected], [self.bits(SMALL, slot) for slot in range(3)])

    def test_membership(self) -> None:
        """What was added is there, what was not is not, with both families of hashes."""
        for family in ("optimal", "default"):
            with self.subTest(family):
                revoked = SlidingFilter(evolve(LARGE, hash_name=family), self.node)
                names = [f"jti-{number}".encode() for number in range(500)]
                for name in names:
                    revoked.add(name)
                self.assertTrue(all(name in revoked for name in names))
                self.assertFalse(any(b"x" + name in revoked for name in names))

    def test_an_empty_filter(self) -> None:
        """Knows nothing."""
        self.assertNotIn(b"jti-J1", SlidingFilter(SMALL, self.node))

    def test_time(self) -> None:
        """An element is there for two slides and forgotten with the third."""
        revoked = SlidingFilter(SMALL, self.node)
        for start in range(4):
            with self.subTest(start=start):
                revoked.add(b"a")
                there = []
                for _ in range(4):
                    there.append(b"a" in revoked)
                    revoked.slide()
                self.assertEqual([True, True, True, False], there)

    def test_added_again(self) -> None:
        """The time begins anew."""
        revoked = SlidingFilter(SMALL, self.node)
        revoked.add(b"a")
        revoked.slide()
        revoked.slide()
        revoked.add(b"a")
        revoked.slide()
        revoked.slide()
        self.assertIn(b"a", revoked)

    def test_nothing_is_left_behind(self) -> None:
        """A slot that comes round again is empty, in filters of more than one step, too."""
        large = Revocation(500_000, 1e-9, "optimal", 1, 1, ())
        self.assertGreater(large.bits // 8, 2 << 20)
        revoked = SlidingFilter(large, self.node)
        for number in range(200):
            revoked.add(b"%d" % number)
        for _ in range(3):
            revoked.slide()
        self.assertFalse(any(self.memory(large)[1:]))

    def test_workers(self) -> None:
        """Whoever asks the node for the same shape sees the same bits, and time slide."""
        listener, worker = SlidingFilter(SMALL, self.node), SlidingFilter(SMALL, self.node)
        listener.add(b"a")
        self.assertIn(b"a", worker)
        for _ in range(3):
            listener.slide()
        self.assertNotIn(b"a", worker)

    def test_other_shapes(self) -> None:
        """Do not share anything."""
        SlidingFilter(SMALL, self.node).add(b"a")
        self.assertNotIn(b"a", SlidingFilter(LARGE, self.node))
