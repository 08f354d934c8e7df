"""
Read numbers, texts and messages.

Nothing here trusts a length: what claims to be longer than what is there, or than a limit,
raises `Malformed` before memory is spent on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.errors import GatekeeperError

__all__ = ["MAX_MESSAGE_BYTES", "Cursor", "Malformed", "Messages"]

MAX_MESSAGE_BYTES = 1 << 20
"""Some 20 000 identifiers in one call."""

_MAX_UINT_BYTES = 8


class Malformed(GatekeeperError):
    """What was received is not gob, or more of it than we take."""


class Cursor:
    """A place in a payload that moves on as things are read."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes have not been read."""
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        """
        Read some bytes.

        Raises:
            Malformed: There are not so many.
        """
        if count > self.left:
            raise Malformed(f"{count} bytes expected, {self.left} are left")
        self._at += count
        return self._data[self._at - count : self._at]

    def uint(self) -> int:
        """Read an unsigned number: one byte, or the negated count of bytes that follow."""
        first = self.take(1)[0]
        if first < 0x80:
            return first
        count = 0x100 - first
        if count > _MAX_UINT_BYTES:
            raise Malformed(f"a number of {count} bytes")
        return int.from_bytes(self.take(count), "big")

    def integer(self) -> int:
        """Read a signed number; the lowest bit says whether all others are inverted."""
        value = self.uint()
        return ~(value >> 1) if value & 1 else value >> 1

    def data(self) -> bytes:
        """Read bytes with their length in front."""
        return self.take(self.uint())

    def text(self) -> str:
        """Read a text."""
        return self.data().decode("utf-8", "replace")

    def count(self) -> int:
        """Read how many items follow; each takes at least one byte."""
        value = self.uint()
        if value > self.left:
            raise Malformed(f"{value} items in {self.left} bytes")
        return value


class Messages:
    """
    Cut a stream into payloads.

    Attributes:
        partial: Whether a message has begun and not ended.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def partial(self) -> bool:
        return bool(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Give the payloads that are complete now.

        Raises:
            Malformed: A message is empty or too long.
        """
        self._buffer += data
        while (header := self._header()) is not None:
            begin, length = header
            if not 0 < length <= MAX_MESSAGE_BYTES:
                raise Malformed(f"a message of {length} bytes, from 1 to {MAX_MESSAGE_BYTES} fit")
            if len(self._buffer) < begin + length:
                return
            payload = bytes(self._buffer[begin : begin + length])
            del self._buffer[: begin + length]
            yield payload

    def _header(self) -> tuple[int, int] | None:
        """Give where the payload begins and how long it is, once that is known."""
        if not self._buffer:
            return None
        first = self._buffer[0]
        size = 1 if first < 0x80 else 0x101 - first
        if size <= _MAX_UINT_BYTES and len(self._buffer) < size:
            return None
        return size, Cursor(bytes(self._buffer[:size])).uint()
