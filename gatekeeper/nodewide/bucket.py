"""
One token bucket for all processes of a node.

::

    word 0   tokens
    word 1   the time up to which it was refilled

The time is written first.  So a process that is killed between the two has taken time from
the bucket and given nothing for it: a few requests are refused that might have passed.
"""

from __future__ import annotations

from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_UN, lockf

from gatekeeper.nodewide.directory import Directory
from gatekeeper.nodewide.file import Region
from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.token_bucket import taking

__all__ = ["SharedBucket"]

SIZE = 16


class SharedBucket:
    """See `gatekeeper.nodewide.interface.Bucket`."""

    __slots__ = ("_fd", "_now_ns", "_place", "_refill", "_take", "_word", "_words")

    def __init__(
        self, directory: Directory, name: str, refill: Refill, now_ns: Callable[[], int]
    ) -> None:
        def prepare(region: Region) -> None:
            word = region.start // 8
            region.words[word] = refill.stock
            region.words[word + 1] = now_ns()

        region = directory.lend(name, f"bucket {refill}", SIZE, prepare)
        self._fd = directory.file.fd
        self._place = region.place
        self._words = region.words
        self._word = region.start // 8
        self._refill = refill
        self._take = taking(refill)
        self._now_ns = now_ns

    def take(self) -> bool:
        """Take a token; False when there is none."""
        words, word = self._words, self._word
        lockf(self._fd, LOCK_EX, 1, self._place)  # a `Lock` would cost a third more
        try:
            allowed, tokens, last_ns = self._take(
                self._refill, words[word], words[word + 1], self._now_ns()
            )
            if allowed:
                words[word + 1] = last_ns
                words[word] = tokens
        finally:
            lockf(self._fd, LOCK_UN, 1, self._place)
        return allowed
