"""Writing lines without getting in the way."""

from __future__ import annotations

import fcntl
import os

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.logging.stdout import FLUSH_S, FULL, PIECE, Stdout


class PipeTests(SynchronousTestCase):
    """Standard output is a pipe."""

    def setUp(self) -> None:
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self.addCleanup(self.close, self.read)
        self.addCleanup(self.close, self.write)
        self.stdout = Stdout(self.write)

    def close(self, fd: int) -> None:
        try:
            os.close(fd)
        except OSError:
            pass

    def seen(self) -> bytes:
        try:
            return os.read(self.read, 1 << 20)
        except BlockingIOError:
            return b""

    def test_at_once(self) -> None:
        """While nothing runs, a line is written when it is said."""
        self.stdout.write("Starting ▶\n")
        self.assertEqual("Starting ▶\n".encode(), self.seen())

    def test_collected(self) -> None:
        """While the reactor runs, lines of a moment are written together."""
        clock = Clock()
        self.stdout.begin(clock)
        self.stdout.write("a\n")
        self.stdout.write("b\n")
        self.assertEqual(b"", self.seen())
        clock.advance(FLUSH_S)
        self.assertEqual(b"a\nb\n", self.seen())
        self.stdout.write("c\n")
        clock.advance(FLUSH_S)
        self.assertEqual(b"c\n", self.seen())

    def test_the_last_lines(self) -> None:
        """Nothing is lost when the reactor stops."""
        self.stdout.begin(Clock())
        self.stdout.write("a\n")
        self.stdout.end()
        self.stdout.write("b\n")
        self.assertEqual(b"a\nb\n", self.seen())

    def test_many_lines(self) -> None:
        """What has been collected is bounded."""
        self.stdout.begin(Clock())
        fcntl.fcntl(self.write, 1031, 4 * FULL)  # F_SETPIPE_SZ
        self.stdout.write("x" * FULL + "\n")
        self.assertEqual(FULL + 1, len(self.seen()))

    def test_nobody_reads(self) -> None:
        """Whole lines are dropped, and counted; nothing blocks."""
        line = "x" * 99 + "\n"
        for _ in range(2000):
            self.stdout.write(line)
        seen = self.seen()
        self.assertTrue(seen.endswith(b"x\n"))
        self.assertEqual(2000, self.stdout.dropped + len(seen) // 100)
        self.assertGreater(self.stdout.dropped, 0)

    def test_pieces(self) -> None:
        """A piece is never larger than what a pipe takes as one, and ends with a line."""
        self.stdout.begin(Clock())
        sizes: list[int] = []
        real = os.write
        self.patch(os, "write", lambda fd, data: sizes.append(len(data)) or real(fd, data))
        for _ in range(100):
            self.stdout.write("x" * 99 + "\n")
        self.stdout.flush()
        self.assertEqual([4000, 4000, 2000], sizes)
        self.assertLessEqual(max(sizes), PIECE)

    def test_the_reader_goes(self) -> None:
        """From then on nothing happens."""
        os.close(self.read)
        self.stdout.write("a\n")
        self.stdout.write("b\n")

    def test_odd_characters(self) -> None:
        """What UTF-8 cannot write is escaped."""
        self.stdout.write("\ud800\n")
        self.assertEqual(b"\\ud800\n", self.seen())


class NowhereTests(SynchronousTestCase):
    """There is no standard output."""

    def test_none(self) -> None:
        """Lines disappear."""
        stdout = Stdout(None)
        stdout.write("a\n")
        stdout.flush()

    def test_null(self) -> None:
        """``/dev/null`` takes everything."""
        fd = os.open(os.devnull, os.O_WRONLY)
        self.addCleanup(os.close, fd)
        Stdout(fd).write("a\n")
