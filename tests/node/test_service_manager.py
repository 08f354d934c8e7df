"""What systemd is told, and what it gives us."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.node import activation
from gatekeeper.node.activation import first_environment, given_sockets
from gatekeeper.node.memory import memory_of
from gatekeeper.node.notify import Notify


class NotifyTests(SynchronousTestCase):
    """A socket stands for the manager."""

    def setUp(self) -> None:
        self.path = self.mktemp()[-90:]
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(self.path)

    def heard(self) -> list[str]:
        return self.manager.recv(1000).decode().split("\n")

    def test_a_life(self) -> None:
        """Ready, reloading and ready again, alive, stopping."""
        notify = Notify({"NOTIFY_SOCKET": self.path})
        notify.ready("serving")
        self.assertEqual(["READY=1", "STATUS=serving"], self.heard())
        notify.reloading()
        reloading, clock = self.heard()
        self.assertEqual("RELOADING=1", reloading)
        self.assertRegex(clock, r"^MONOTONIC_USEC=\d+$")
        notify.alive()
        self.assertEqual(["WATCHDOG=1"], self.heard())
        notify.stopping()
        self.assertEqual(["STOPPING=1"], self.heard())

    def test_an_abstract_address(self) -> None:
        """It begins with a sign that stands for a zero byte."""
        name = f"gatekeeper-test-{os.getpid()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(f"\0{name}")
            Notify({"NOTIFY_SOCKET": f"@{name}"}).stopping()
            self.assertEqual(b"STOPPING=1", manager.recv(100))

    def test_nobody_listens(self) -> None:
        """Neither a missing manager nor a dead one hurts."""
        Notify({}).ready("x")
        Notify({"NOTIFY_SOCKET": "/none"}).ready("x")

    def test_the_watchdog(self) -> None:
        """Its time counts only for the process that it is meant for."""
        words = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "30000000"}
        self.assertEqual(30.0, Notify(words).watchdog_s)
        self.assertEqual(30.0, Notify({**words, "WATCHDOG_PID": str(os.getpid())}).watchdog_s)
        self.assertEqual(0.0, Notify({**words, "WATCHDOG_PID": "1"}).watchdog_s)
        self.assertEqual(0.0, Notify({"WATCHDOG_USEC": "30000000"}).watchdog_s)


class ActivationTests(SynchronousTestCase):
    """Sockets that were open before us."""

    def given(self, *sockets: socket.socket, pid: str = "7") -> list[socket.socket]:
        """Pretend that these stand at the agreed numbers."""
        first = 700
        for number, each in enumerate(sockets):
            os.dup2(each.fileno(), first + number)
            each.close()
        self.patch(activation, "FIRST", first)
        found = given_sockets({"LISTEN_PID": pid, "LISTEN_FDS": str(len(sockets))}, 7)
        for each in found:
            self.addCleanup(each.close)
        return found

    def listener(self) -> socket.socket:
        made = socket.socket()
        made.bind(("127.0.0.1", 0))
        made.listen()
        return made

    def test_a_listener(self) -> None:
        """It is ours, and no child inherits it."""
        one = self.listener()
        where = one.getsockname()
        [found] = self.given(one)
        self.assertEqual(where, found.getsockname())
        self.assertFalse(found.get_inheritable())

    def test_the_first_environment(self) -> None:
        """What was there when the process began; later changes do not matter."""
        path = Path(self.mktemp())
        path.write_bytes(b"LISTEN_FDS=1\0EMPTY=\0A=b=c\0")
        found = first_environment(path)
        self.assertEqual(("1", "", "b=c"), (found["LISTEN_FDS"], found["EMPTY"], found["A"]))
        self.assertEqual({}, first_environment(Path("/none")))
        self.assertIn("PATH", first_environment())

    def test_others(self) -> None:
        """What does not listen, or is meant for another process, is left alone."""
        self.assertEqual([], self.given(socket.socket(), socket.socket(type=socket.SOCK_DGRAM)))
        self.assertEqual([], given_sockets({"LISTEN_PID": "8", "LISTEN_FDS": "1"}, 7))
        self.assertEqual([], given_sockets({}, 7))


class MemoryTests(SynchronousTestCase):
    """What a process uses."""

    def test_our_own(self) -> None:
        """Both numbers are there, and what is shared counts less in the second."""
        resident, proportional = memory_of(os.getpid())
        self.assertGreaterEqual(resident, proportional)
        self.assertGreater(proportional, 0)

    def test_nobody(self) -> None:
        """A process that is gone uses nothing."""
        self.assertEqual((0, 0), memory_of(0))
