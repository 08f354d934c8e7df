"""What is in the shared file, and where."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide import directory as module
from gatekeeper.nodewide import seats
from gatekeeper.nodewide.directory import SEATS, SEATS_TAKEN, Directory, NoRoom
from gatekeeper.nodewide.file import WINDOW, Region, SharedFile, span
from gatekeeper.nodewide.interface import OtherShape
from gatekeeper.nodewide.shared import SharedState

MIB = 1 << 20


class DirectoryTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.file = SharedFile.create()
        self.addCleanup(self.file.close)
        self.directory = Directory.create(self.file)

    def nothing(self, region: Region) -> None:
        """Prepare nothing."""


class DirectoryTests(DirectoryTestCase):
    """Names."""

    def test_made_once(self) -> None:
        """Only the first one prepares; others, also in other processes, find the same place."""
        prepared: list[Region] = []
        first = self.directory.lend("/a", "x", 16, prepared.append)
        other = Directory(SharedFile(os.dup(self.file.fd)))
        self.addCleanup(other.file.close)
        again = other.lend("/a", "x", 16, prepared.append)
        self.assertEqual((len(prepared), again.place), (1, first.place))
        first.words[first.start // 8] = 7
        self.assertEqual(again.words[again.start // 8], 7)

    def test_apart(self) -> None:
        """No two things overlap, and each begins with zeros."""
        regions = [
            self.directory.lend(str(size), "x", size, self.nothing) for size in (1, 16, 5000, 64)
        ]
        for region in regions:
            end = region.start + region.size
            self.assertEqual(region.bytes[region.start : end], bytes(region.size))
            region.bytes[region.start : end] = b"x" * region.size

    def test_killed_while_making(self) -> None:
        """What was not finished is not there; whoever asks next makes it, elsewhere."""

        def killed(region: Region) -> None:
            region.bytes[region.start : region.start + 8] = b"half-way"
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.directory.lend("/a", "x", 16, killed)
        made = self.directory.lend("/a", "x", 16, self.nothing)
        self.assertEqual(made.bytes[made.start : made.start + 16], bytes(16))

    def test_other_shape(self) -> None:
        """The message names what is asked for."""
        self.directory.lend("/a", "x", 16, self.nothing)
        with self.assertRaises(OtherShape) as caught:
            self.directory.lend("/a", "y", 16, self.nothing)
        self.assertIn("/a", str(caught.exception))

    def test_full(self) -> None:
        """Too many names are an error."""
        self.patch(module, "MAX_ENTRIES", 1)
        self.directory.lend("/a", "x", 16, self.nothing)
        self.assertRaises(NoRoom, self.directory.lend, "/b", "x", 16, self.nothing)

    def test_nothing_shared(self) -> None:
        """A file that nobody has prepared is refused."""
        file = SharedFile.create()
        self.addCleanup(file.close)
        file.grow(1)
        self.assertRaises(ValueError, Directory, file)


class SpanTests(SynchronousTestCase):
    """Where things go."""

    def test_table(self) -> None:
        """Small things share pages but no cache lines; nothing small crosses windows."""
        table = [
            ((1, 16), (64, 80)),
            ((64, 64), (64, 128)),
            ((80, 5000), (4096, 9096)),
            ((WINDOW - 64, 64), (WINDOW - 64, WINDOW)),
            ((WINDOW - 32, 64), (WINDOW, WINDOW + 64)),
            ((WINDOW - MIB, 2 * MIB), (WINDOW, WINDOW + 2 * MIB)),
            ((MIB, WINDOW), (WINDOW, 2 * WINDOW)),
            ((MIB, WINDOW + 1), (WINDOW, 3 * WINDOW)),
        ]
        for (free, size), expected in table:
            with self.subTest(free=free, size=size):
                self.assertEqual(span(free, size), expected)


class SharedFileTests(DirectoryTestCase):
    """Memory."""

    def test_costs_nothing(self) -> None:
        """What nobody touches takes no memory, however large it is."""
        region = self.directory.lend("/a", "x", WINDOW * 3, self.nothing)
        region.bytes[region.start + region.size - 1] = 1
        self.assertLess(os.fstat(self.file.fd).st_blocks * 512, MIB)

    def test_without_memfd(self) -> None:
        """A system without memory files gets a file that has no name any more."""
        if hasattr(os, "memfd_create"):
            self.patch(os, "memfd_create", None)
            del os.memfd_create
        state = SharedState.create()
        self.addCleanup(state.close)
        memory = state.memory("/a", 3)
        memory.buffer[:] = b"yes"
        self.assertEqual(bytes(state.memory("/a", 3).buffer), b"yes")
        self.assertTrue(os.get_inheritable(state.fileno()))


class SeatTests(DirectoryTestCase):
    """A number for each process."""

    def test_own(self) -> None:
        """A process has one seat, however often it asks."""
        self.assertEqual([seats.take_seat(self.directory) for _ in range(2)], [0, 0])
        self.assertEqual(self.directory.head.words[SEATS_TAKEN], 1)

    def test_of_the_dead(self) -> None:
        """A seat of a process that is gone is free; those of others are not."""
        words = self.directory.head.words
        words[SEATS], words[SEATS + 1] = os.getppid(), 2**22 + 1  # no process has this number
        self.assertEqual(seats.take_seat(self.directory), 1)

    def test_of_another_user(self) -> None:
        """A process that we may not even ask about is alive."""

        def not_ours(pid: int, signal: int) -> None:
            raise PermissionError

        self.directory.head.words[SEATS] = 2**22 + 1
        self.patch(os, "kill", not_ours)
        self.assertEqual(seats.take_seat(self.directory), 1)

    def test_all_taken(self) -> None:
        """More processes than seats are an error."""
        self.patch(seats, "MAX_SEATS", 1)
        self.directory.head.words[SEATS] = os.getppid()
        self.assertRaises(NoRoom, seats.take_seat, self.directory)
