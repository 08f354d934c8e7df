"""
Carry lines from a worker to the supervisor, whose log is Twisted's.

Only when the operator has said where Twisted's log goes, or for a daemon: then there is one
log file, and one process that writes and rotates it.  A line on the way begins with its level,
or with a blank when it is complete already.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory
from twisted.protocols.basic import LineOnlyReceiver

from gatekeeper.logging.observer import TwistedLines, to_twisted
from gatekeeper.logging.stdout import Stdout

__all__ = ["Relay", "RelayedLines"]


class Relay(Stdout):
    """The worker's end: what stands for its standard output."""

    def write(self, line: str) -> None:
        """Take a line that is complete."""
        super().write(f" {line}")

    def say(self, level: str, text: str) -> None:
        """Take a line of the application log."""
        super().write(f"{level} {text}\n")


class _Receiver(LineOnlyReceiver):
    """Takes lines of all workers."""

    delimiter = b"\n"
    MAX_LENGTH = 1 << 20
    factory: RelayedLines

    def lineReceived(self, line: bytes) -> None:
        """Called for each."""
        level, _, text = line.decode("utf-8", "replace").partition(" ")
        if level:
            self.factory.say(level, text)
        else:
            self.factory.lines.write(text)


class RelayedLines(Factory):
    """The supervisor's end."""

    protocol: Any = _Receiver
    noisy = False

    def __init__(self) -> None:
        self.lines = TwistedLines()
        self.say = to_twisted()
