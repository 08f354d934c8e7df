"""
Hash an element to places in a filter, in the two ways that the original knows.

Both must give the original's bits, so that elements and false positives are the same on a
mixed fleet.  Neither has to resist an attacker: whoever can choose elements can revoke.

Source: specification of authentication, section 3.3, with its test vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import md5, sha1
from struct import unpack_from
from typing import TypeAlias

__all__ = ["FAMILIES", "Places", "crc64", "default", "fnv1_64", "fnv1_128", "optimal"]

Places: TypeAlias = Callable[[bytes], Sequence[int]]
"""Gives the bits of an element."""

_64 = (1 << 64) - 1
_128 = (1 << 128) - 1
_FNV_64 = 0xCBF29CE484222325, 0x100000001B3
_FNV_128 = 0x6C62272E07BB014262B821756295C58D, 0x1000000000000000000013B
_ECMA = 0xC96C5795D7870F42


def optimal(hashes: int, bits: int) -> Places:
    """Take every place from the two halves of one hash."""

    def places(element: bytes) -> Sequence[int]:
        first, step = unpack_from("<2Q", fnv1_128(element))
        return [((first + number * step) & _64) % bits for number in range(hashes)]

    return places


def default(hashes: int, bits: int) -> Places:
    """Take places from up to five different hashes, each cut in groups of eight bytes."""
    digests = (_md5, crc64, _sha1, fnv1_64, fnv1_128)[:hashes]

    def places(element: bytes) -> Sequence[int]:
        found: list[int] = []
        for digest in digests:
            hashed = digest(element)
            found += unpack_from(f"<{len(hashed) // 8}Q", hashed)
        return [value % bits for value in found]

    return places


FAMILIES: Mapping[str, Callable[[int, int], Places]] = {"optimal": optimal, "default": default}
"""By the name that the configuration uses."""


def fnv1_64(data: bytes) -> bytes:
    """Hash with FNV-1: multiply, then combine.  Source: RFC 9923."""
    value, prime = _FNV_64
    for byte in data:
        value = (value * prime & _64) ^ byte
    return value.to_bytes(8, "big")


def fnv1_128(data: bytes) -> bytes:
    """Do the same with 128 bits."""
    value, prime = _FNV_128
    for byte in data:
        value = (value * prime & _128) ^ byte
    return value.to_bytes(16, "big")


def crc64(data: bytes) -> bytes:
    """Give the checksum of ECMA-182, with reflected bits as in the xz format."""
    value = _64
    for byte in data:
        value = _TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ _64).to_bytes(8, "big")


def _remainder(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ _ECMA if value & 1 else value >> 1
    return value


_TABLE = [_remainder(value) for value in range(256)]


def _md5(data: bytes) -> bytes:
    return md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()
