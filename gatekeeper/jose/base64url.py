"""
Read and write base64url.

There are two ways to read.  Tokens come from strangers, so there is exactly one accepted
spelling of their bytes, except for padding, which the contract tolerates.  Keys come from the
operator, who may have written any text as a secret: bits that no byte uses are ignored.

Source: RFC 7515, section 2; RFC 4648, section 3.5.
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import Final

__all__ = ["decode", "decode_leniently", "encode"]

_FROM_URL: Final = bytes.maketrans(b"-_+/", b"+/!!")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = (b"", b"", b"==", b"=")
_CANONICAL_END: Final = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}


def decode(text: bytes) -> bytes:
    """
    Read a part of a token.

    Raises:
        ValueError: Another alphabet, an impossible length, or bits that no byte uses.
    """
    data = text.rstrip(b"=")
    rest = len(data) % 4
    if rest == 1 or (rest and data[-1] not in _CANONICAL_END[rest]):
        raise ValueError("not base64url")
    return a2b_base64(data.translate(_FROM_URL) + _PADDING[rest], strict_mode=True)


def decode_leniently(text: str) -> bytes:
    """
    Read a member of a key.

    Raises:
        ValueError: Another alphabet, or an impossible length.
    """
    data = text.encode("ascii").rstrip(b"=")
    rest = len(data) % 4
    if rest == 1:
        raise ValueError("not base64url")
    return a2b_base64(data.translate(_FROM_URL) + _PADDING[rest], strict_mode=True)


def encode(data: bytes) -> str:
    """Write without padding."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode()
