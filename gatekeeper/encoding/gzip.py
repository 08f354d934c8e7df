"""
Unpack gzip from a stranger: no more than so many bytes, and no bombs.

Source: RFC 1952; Go's texts for what is wrong.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from gatekeeper.errors import DecodeError

__all__ = ["MAX_BYTES", "MAX_RATIO", "Gunzip", "gunzip"]

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_RATIO: Final = 100

_PIECE: Final = 64 * 1024
_HARMLESS: Final = 64 * 1024  # as long as no more came out, the ratio does not matter
_MOST_MEMBERS: Final = 4096  # each one costs the copy of a piece
_GZIP: Final = zlib.MAX_WBITS | 16

_REASONS: Final = {
    "incorrect header check": "gzip: invalid header",
    "unknown compression method": "gzip: invalid header",
    "unknown header flags set": "gzip: invalid header",
    "header crc mismatch": "gzip: invalid header",
    "incorrect data check": "gzip: invalid checksum",
    "incorrect length check": "gzip: invalid checksum",
}


def gunzip(data: bytes, max_bytes: int = MAX_BYTES, max_ratio: int = MAX_RATIO) -> bytes:
    """
    Unpack a whole body; an empty one stays empty.

    Raises:
        DecodeError: It is cut, damaged or no gzip, or it is too large.
    """
    unpacking = Gunzip(max_bytes, max_ratio)
    unpacked = b"".join(unpacking.feed(data))
    unpacking.close()
    return unpacked


class Gunzip:
    """
    Unpack a body that arrives in pieces; several members in a row are one body.

    Args:
        max_bytes: The most that may come out; None when nothing is kept in memory.
        max_ratio: How many times the bytes that went in may come out, beyond 64 KiB.
    """

    def __init__(self, max_bytes: int | None = MAX_BYTES, max_ratio: int = MAX_RATIO) -> None:
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._taken = 0
        self._given = 0
        self._members = 0
        self._member: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """
        Take some bytes and give what they hold, in pieces of at most 64 KiB.

        All pieces must be taken before the next call.

        Raises:
            DecodeError: What came so far cannot be the beginning of a body.
        """
        for start in range(0, len(data), _PIECE):
            packed = data[start : start + _PIECE]
            self._taken += len(packed)
            yield from self._unpacked(packed)

    def close(self) -> None:
        """
        Say that nothing more will come.

        Raises:
            DecodeError: The last member is cut.
        """
        if self._member is not None:
            raise DecodeError("unexpected EOF")

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        more = True
        while packed or (more and self._member is not None):
            member = self._member = self._member or self._next_member()
            try:
                piece = member.decompress(packed, _PIECE)
            except zlib.error as error:
                raise DecodeError(_reason(str(error))) from None
            packed = member.unused_data if member.eof else member.unconsumed_tail
            if member.eof:
                self._member = None
            self._given += len(piece)
            self._check()
            more = len(piece) == _PIECE
            if piece:
                yield piece

    def _next_member(self) -> zlib._Decompress:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise DecodeError(f"gzip: more than {_MOST_MEMBERS} members")
        return zlib.decompressobj(_GZIP)

    def _check(self) -> None:
        if self._max_bytes is not None and self._given > self._max_bytes:
            raise DecodeError(f"gzip: more than {self._max_bytes} bytes")
        if self._given > _HARMLESS and self._given > self._taken * self._max_ratio:
            raise DecodeError(f"gzip: more than {self._max_ratio} times its size")


def _reason(text: str) -> str:
    """Translate what zlib says, such as "Error -3 while decompressing data: ..."."""
    return _REASONS.get(text.rpartition(": ")[2], "flate: corrupt input")
