"""
A token bucket per key for all processes of a node, in bounded memory.

Keys come from clients, so they are kept as keyed digests of 16 bytes: nobody who does not
know the node's secret can choose keys that meet in one place.

The digest chooses one group of 16 places on each level, and a key may stand in any of them::

    level 0   16 groups      a group:  16 digests, 16 times of last use,
    level 1   64 groups                16 numbers of tokens, 16 times of last refill
    ...
    level 5   16384 groups

A table begins with level 0 and grows by a level when a new key finds its groups on the two
highest levels full of keys in use.  A key that was idle for too long is as good as no key,
so nothing has to be swept.  One limit never has more than 349 440 keys in 14 MB, and all
limits of a configuration never more than `gatekeeper.nodewide.directory.GROWTH`.

**At the limit** a new key takes over the bucket of the key in its group that was idle for the
longest time, *as it stands*.  It does not begin with a full one: a client with millions of
names gets what the buckets in the table hold, and no more.  An honest client who comes then
finds a bucket that nobody has used for long, which has refilled since.

All groups that a key may stand in share one of 16 locks.  Each update writes what makes a
bucket poorer first, so a process that is killed in between costs a client a token at worst,
or leaves a digest that belongs to nobody and is idle some day.
"""

from __future__ import annotations

from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_UN, lockf
from hashlib import blake2b

from gatekeeper.nodewide.directory import Directory
from gatekeeper.nodewide.file import Region
from gatekeeper.nodewide.interface import Refill
from gatekeeper.nodewide.token_bucket import taking

__all__ = ["MAX_LEVEL", "SharedBuckets"]

MAX_LEVEL = 5
PLACES = 16
GROUPS = 16
DIGEST = 16
_DIGESTS = PLACES * DIGEST
_GROUP = _DIGESTS + 3 * PLACES * 8
_HEAD = 64
"""Word 0: the highest level.  Word 1: how long a key may be idle.  Bytes 16 to 31: locks."""

_OPEN = 2
"""Levels that take new keys; with four times the groups on each, they are nearly all."""


class SharedBuckets:
    """See `gatekeeper.nodewide.interface.Buckets`."""

    def __init__(  # noqa: PLR0917 - as the interface has them
        self,
        directory: Directory,
        name: str,
        refill: Refill,
        idle_s: float,
        now_ns: Callable[[], int],
        max_level: int = MAX_LEVEL,
    ) -> None:
        def prepare(region: Region) -> None:
            region.words[region.start // 8 + 1] = int(idle_s * 1e9)

        size = _HEAD + sum(map(_size, range(max_level + 1)))
        region = directory.lend(name, f"buckets {refill} {max_level}", size, prepare)
        self._directory = directory
        self._fd = directory.file.fd
        self._locks = region.place + 16
        self._bytes, self._words = region.bytes, region.words
        self._head = region.start // 8
        self._levels = _levels(region.start + _HEAD, max_level)
        self._idle_ns = region.words[self._head + 1]
        self._digest = blake2b(digest_size=DIGEST, key=directory.secret)
        self._refill = refill
        self._take = taking(refill)
        self._now_ns = now_ns

    def take(self, key: str) -> bool:
        """Take a token of this key's bucket; False when there is none."""
        hashed = self._digest.copy()
        hashed.update(key.encode("utf-8", "surrogatepass"))
        digest = hashed.digest()
        number = int.from_bytes(digest[:4], "little")
        lock = self._locks + number % GROUPS
        lockf(self._fd, LOCK_EX, 1, lock)
        try:
            return self._take_of(digest, number, self._now_ns())
        finally:
            lockf(self._fd, LOCK_UN, 1, lock)

    def _take_of(self, digest: bytes, number: int, now_ns: int) -> bool:
        words = self._words
        used = self._find(digest, number)
        if used < 0:
            used = self._place(digest, number, now_ns)
        elif now_ns - words[used] > self._idle_ns:
            self._begin(used, now_ns)
        tokens, last = used + PLACES, used + 2 * PLACES
        allowed, left, refilled_ns = self._take(self._refill, words[tokens], words[last], now_ns)
        if allowed:
            words[last] = refilled_ns
            words[tokens] = left
        words[used] = now_ns
        return allowed

    def _find(self, digest: bytes, number: int) -> int:
        """Find the word of a key's last use; -1 when it is not there."""
        find = self._bytes.find
        for start, groups in self._levels[self._words[self._head]]:
            group = start + number % groups * _GROUP
            found = find(digest, group, group + _DIGESTS) - group
            if found >= 0 and found % DIGEST == 0:
                return (group + _DIGESTS) // 8 + found // DIGEST
        return -1

    def _place(self, digest: bytes, number: int, now_ns: int) -> int:
        """Make room for a new key; gives the word of its last use."""
        top = self._words[self._head]
        groups = [start + number % count * _GROUP for start, count in self._levels[top][:_OPEN]]
        for group in groups:
            place, used_ns = self._oldest(group)
            if not used_ns or now_ns - used_ns > self._idle_ns:
                return self._settle(digest, group, place, now_ns)
        if self._grow(top):
            start, count = self._levels[top + 1][0]
            return self._settle(digest, start + number % count * _GROUP, 0, now_ns)
        return self._settle(digest, groups[0], self._oldest(groups[0])[0], None)

    def _oldest(self, group: int) -> tuple[int, int]:
        """Find the place in a group that was not used for the longest time, and that time."""
        first = (group + _DIGESTS) // 8
        times = self._words[first : first + PLACES].tolist()
        used_ns = min(times)
        return times.index(used_ns), used_ns

    def _settle(self, digest: bytes, group: int, place: int, begin_ns: int | None) -> int:
        """Give a place to a key, with a bucket that begins now, or with the one that is there."""
        used = (group + _DIGESTS) // 8 + place
        if begin_ns is not None:
            self._begin(used, begin_ns)
        start = group + place * DIGEST
        self._bytes[start : start + DIGEST] = digest
        return used

    def _begin(self, used: int, now_ns: int) -> None:
        """Let a bucket begin anew."""
        self._words[used + 2 * PLACES] = now_ns
        self._words[used + PLACES] = self._refill.stock

    def _grow(self, top: int) -> bool:
        """Add a level above `top`; False when there is no more room."""
        with self._directory.lock:
            if self._words[self._head] == top:
                if top == len(self._levels) - 1 or not self._directory.may_grow(_size(top + 1)):
                    return False
                self._words[self._head] = top + 1
        return True


def _groups(level: int) -> int:
    return GROUPS << 2 * level


def _size(level: int) -> int:
    return _groups(level) * _GROUP


def _levels(start: int, max_level: int) -> list[list[tuple[int, int]]]:
    """
    Give the levels of a table for each height that it may have, highest level first.

    Each is where it begins and how many groups it has.
    """
    every: list[tuple[int, int]] = []
    for level in range(max_level + 1):
        every.append((start, _groups(level)))
        start += _size(level)
    return [every[level::-1] for level in range(max_level + 1)]
