"""
The beginning of the shared file: what is in it, by name.

::

    word 0      a mark
    word 1      how many entries there are
    word 2      where the free part of the file begins
    word 3      bytes by which tables of keys have grown
    word 4-7    a secret of the node
    word 8      how many seats were ever taken
    word 16     seats: the process that sits there (`gatekeeper.nodewide.seats`)
    byte 4096   entries: digest of the name (16), digest of the shape (16), place (8), size (8)

Whoever makes something writes the free part's new beginning first, then the thing, then its
entry, and the number of entries last.  So a process that is killed in between leaves some
unused bytes, and nothing half-made that anybody could find.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable
from hashlib import blake2b

from gatekeeper.errors import GatekeeperError
from gatekeeper.nodewide.file import Region, SharedFile, span
from gatekeeper.nodewide.interface import OtherShape
from gatekeeper.nodewide.lock import Lock

__all__ = ["SEATS", "SEATS_TAKEN", "Directory", "NoRoom"]

SIZE = 1 << 23
MARK = 0x31_4E_4B_47
_MARK, _ENTRIES, _FREE, _GROWN = range(4)
_SECRET = 32
SEATS_TAKEN = 8
SEATS = 16
_FIRST = 4096
_ENTRY = struct.Struct("=16s16sqq")
MAX_ENTRIES = (SIZE - _FIRST) // _ENTRY.size

GROWTH = 128 << 20
"""
Bytes by which all tables of keys together may grow, however many clients there are.

That is more than three million clients.  See `gatekeeper.nodewide.keys`.
"""


class NoRoom(GatekeeperError):
    """There is more to share than the node has places for."""


class Directory:
    """
    What is in the file.

    Attributes:
        file: The file.
        secret: The same in all processes, and nobody else knows it.
        head: Where it is written down.
        lock: Held while something is made; may be taken by somebody who holds another lock.
    """

    def __init__(self, file: SharedFile) -> None:
        self.file = file
        self.head = file.region(0, SIZE)
        if self.head.words[_MARK] != MARK:
            raise ValueError("this is no shared state")
        self.secret = self.head.bytes[_SECRET : _SECRET + 32]
        self.lock = Lock(file.fd, 0)
        self._known: dict[bytes, tuple[bytes, int, int]] = {}

    @classmethod
    def create(cls, file: SharedFile) -> Directory:
        """Begin an empty one."""
        file.grow(SIZE)
        head = file.region(0, SIZE)
        head.bytes[_SECRET : _SECRET + 32] = secrets.token_bytes(32)
        head.words[_FREE] = SIZE
        head.words[_MARK] = MARK
        return cls(file)

    def lend(self, name: str, shape: str, size: int, prepare: Callable[[Region], None]) -> Region:
        """
        Find something, or make it.

        Args:
            prepare: Writes what a new one begins with; its bytes are zero before.

        Raises:
            OtherShape: The name is known for something else.
            NoRoom: There are too many names.
        """
        key, kind = _digest(name), _digest(shape)
        with self.lock:
            self._read_new()
            if key not in self._known:
                self._make(key, kind, size, prepare)
            found, place, size = self._known[key]
        if found != kind:
            raise OtherShape(name)
        return self.file.region(place, size)

    def may_grow(self, size: int) -> bool:
        """Ask for memory on behalf of a table of keys, while holding the lock."""
        grown = self.head.words[_GROWN] + size
        if grown > GROWTH:
            return False
        self.head.words[_GROWN] = grown
        return True

    def _read_new(self) -> None:
        """Learn what others have made."""
        for number in range(len(self._known), self.head.words[_ENTRIES]):
            key, kind, place, size = _ENTRY.unpack_from(self.head.bytes, _at(number))
            self._known[key] = kind, place, size

    def _make(self, key: bytes, kind: bytes, size: int, prepare: Callable[[Region], None]) -> None:
        words, number = self.head.words, len(self._known)
        if number == MAX_ENTRIES:
            raise NoRoom(f"more than {MAX_ENTRIES} limits, counters, memories and documents")
        place, end = span(words[_FREE], size)
        self.file.grow(end)
        words[_FREE] = end
        prepare(self.file.region(place, size))
        _ENTRY.pack_into(self.head.bytes, _at(number), key, kind, place, size)
        words[_ENTRIES] = number + 1
        self._known[key] = kind, place, size


def _at(number: int) -> int:
    return _FIRST + number * _ENTRY.size


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
