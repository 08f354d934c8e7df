"""
A process that shares state with the test that started it.

``python -m tests.nodewide.worker FD`` reads one command a line and answers with one line:

- ``bucket N``, ``keys N``: ask so often for a token, of one bucket or of ten keys in turn;
  says how many it got;
- ``endless``: ask until it is killed, and count in shared counters what it got;
- ``count N``: count up so often;
- ``work N``: add 1 so often to a number in locked memory;
- ``publish N``: replace so often the number in a document by the next one;
- ``lease N``: say whether it got the lease of the document, for so many seconds;
- ``lock``: hold every lock there is until it is killed.

Time stands still in a shared memory that the test writes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.lock import Lock
from gatekeeper.nodewide.shared import SharedState

__all__ = ["CAPACITY", "KEYS", "Shared"]

CAPACITY = 1000
KEYS = 10
REFILL = Refill(capacity=CAPACITY, interval_ns=1000, stock=CAPACITY)


class Shared:
    """What test and workers share."""

    def __init__(self, make: Callable[[Callable[[], int]], SharedState]) -> None:
        self.state = make(lambda: int(self.clock[0]))
        self.clock = self.state.memory("clock", 8).buffer.cast("q")
        self.bucket = self.state.bucket("bucket", REFILL)
        self.keys = self.state.buckets("keys", REFILL, 600)
        self.counters = self.state.counters("counters", 2)
        self.memory = self.state.memory("memory", 8)
        self.number = self.memory.buffer.cast("q")
        self.document = self.state.document("document", 1 << 16)

    def take_keys(self, tries: int) -> int:
        return sum(self.keys.take(f"192.0.2.{number % KEYS}") for number in range(tries))

    def work(self, tries: int) -> None:
        for _ in range(tries):
            with self.memory.lock():
                self.number[0] += 1

    def published(self) -> int:
        """Read the document: one number, many times."""
        [number] = set(self.document.read().split()) or {b"0"}
        return int(number)

    def publish(self, tries: int) -> None:
        for _ in range(tries):
            is_published = False
            while not is_published:
                version, number = self.document.version, self.published() + 1
                content = b"%d " % number * (1 + 37 * number % 1000)
                is_published = self.document.publish(content, version)

    def endless(self) -> None:
        while True:
            self.counters.add(0, self.bucket.take())
            self.counters.add(1, self.keys.take("192.0.2.1"))
            self.work(1)
            self.publish(1)
            self.document.try_lease(60)

    def hold(self) -> None:
        for lock in (self.bucket._place, *range(self.keys._locks, self.keys._locks + 16)):
            Lock(self.state.fileno(), lock).__enter__()
        self.state._directory.lock.__enter__()
        self.memory.lock().__enter__()

    def obey(self, command: str, number: int) -> object:
        if command == "bucket":
            return sum(self.bucket.take() for _ in range(number))
        if command == "keys":
            return self.take_keys(number)
        if command == "count":
            for _ in range(number):
                self.counters.add(0)
        elif command == "publish":
            self.publish(number)
        elif command == "lease":
            return int(self.document.try_lease(number))
        elif command == "work":
            self.work(number)
        elif command == "lock":
            self.hold()
        else:
            print("begun", flush=True)
            self.endless()
        return "done"


def main(fd: int) -> None:
    shared = Shared(lambda now_ns: SharedState.attach(fd, now_ns))
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, number = line.partition(" ")
        print(shared.obey(command.strip(), int(number or 0)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
