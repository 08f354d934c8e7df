"""
A process that shares a store with the test that started it.

``python -m tests.httpcache.worker FD`` reads one command a line and answers with one line:

- ``put KEY``: keeps an answer;
- ``get KEY``: says whether it is there, and whether it is right;
- ``hammer N``: puts, gets and deletes so often, and says what it found: ``right`` or ``wrong``;
- ``endless``: does that until it is killed.
"""

from __future__ import annotations

import os
import sys
from hashlib import blake2b
from operator import attrgetter
from random import Random

from gatekeeper.httpcache.entry import LEAST_SIZE
from gatekeeper.httpcache.lru import LRU, Bounds
from gatekeeper.nodewide.shared import SharedState
from tests.httpcache.answers import entry

__all__ = ["Sharer"]

KEYS = 40


class Sharer:
    """What test and workers do with the store."""

    def __init__(self, state: SharedState) -> None:
        self.random = Random(os.getpid())
        bounds = Bounds(200_000, 30, attrgetter("size"), LEAST_SIZE)
        self.lru = LRU(lambda size: state.memory("/store", size), bounds)

    def put(self, key: str) -> str:
        length = self.random.choice((0, 100, 900, 5000, 40_000))
        salt = self.random.randbytes(8)
        self.lru.put(key, entry(body=salt + pattern(key, salt, length)))
        return "done"

    def get(self, key: str) -> str:
        """Say ``none``, ``right`` or ``wrong``."""
        kept = self.lru.get(key)
        if kept is None:
            return "none"
        body = kept.answer.body
        assert isinstance(body, bytes)
        is_right = body[8:] == pattern(key, body[:8], len(body) - 8)
        return "right" if is_right else "wrong"

    def hammer(self, times: int) -> str:
        found = {"right"}
        for _ in range(times):
            key = f"http://h/{self.random.randrange(KEYS)}"
            dice = self.random.random()
            if dice < 0.5:
                found.add(self.get(key))
            elif dice < 0.95:
                self.put(key)
            else:
                self.lru.delete(key)
        return "wrong" if "wrong" in found else "right"

    def obey(self, command: str, argument: str) -> str:
        if command == "put":
            return self.put(argument)
        if command == "get":
            return self.get(argument)
        if command == "hammer":
            return self.hammer(int(argument))
        print("begun", flush=True)
        while True:
            self.hammer(100)


def pattern(key: str, salt: bytes, length: int) -> bytes:
    """Give bytes that belong to one key and one time of putting it."""
    digest = blake2b(key.encode(), salt=salt).digest()
    return (digest * (length // len(digest) + 1))[:length]


def main(fd: int) -> None:
    sharer = Sharer(SharedState.attach(fd))
    print("ready", flush=True)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        print(sharer.obey(command, argument), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
