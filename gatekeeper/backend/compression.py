"""
Unpack answers that the gateway asked a backend to compress.

When a request says itself what it accepts, its answer is left as it is: who asked for
gzip may want it.  Decoding then unpacks ``gzip``, in exactly this spelling.

Both ways are bounded.  A whole body may not become longer than what is ever decoded; a
stream is unpacked in steps of limited size, so that a small piece never fills the memory.
Neither may grow a hundredfold: that is a bomb.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from attrs import evolve

from gatekeeper.encoding.gzip import Gunzip, gunzip
from gatekeeper.errors import DecodeError, TransportError
from gatekeeper.message import Body, BodyStream, Lines, Streamed

__all__ = [
    "MAX_BYTES",
    "UnpackedStream",
    "content_encoding",
    "decoded_body",
    "unpacked",
    "unpacked_body",
]

MAX_BYTES: Final = 16 * 1024 * 1024
_GONE: Final = frozenset({"content-encoding", "content-length"})

S = TypeVar("S", bound=Streamed)


def content_encoding(headers: Lines) -> str:
    """Give the first ``Content-Encoding``, or ""."""
    for name, value in headers:
        if len(name) == 16 and name.lower() == "content-encoding":
            return value
    return ""


def unpacked(answer: S) -> S:
    """
    Unpack what the gateway asked for; its length and encoding are then no longer said.

    Raises:
        TransportError: It is not gzip.
    """
    if answer.body == b"" or content_encoding(answer.headers).lower() != "gzip":
        return answer
    headers = [line for line in answer.headers if line[0].lower() not in _GONE]
    return evolve(answer, headers=headers, body=unpacked_body(answer.body), length=None)


def decoded_body(answer: Streamed) -> Body:
    """
    Give the body of an answer that is about to be decoded.

    Raises:
        TransportError: It claims to be gzip, but is not.
    """
    if answer.body != b"" and content_encoding(answer.headers) == "gzip":
        return unpacked_body(answer.body)
    return answer.body


def unpacked_body(body: Body) -> Body:
    """
    Unpack a body that is gzip.

    Raises:
        TransportError: A whole body is not; a stream says so when it is read.
    """
    if not isinstance(body, bytes):
        return UnpackedStream(body)
    try:
        return gunzip(body, MAX_BYTES)
    except DecodeError as error:
        raise TransportError(str(error)) from error


class UnpackedStream:
    """
    A gzip stream as the bytes that were packed.

    Attributes:
        length: Not known.
    """

    length: int | None = None

    def __init__(self, packed: BodyStream) -> None:
        self._packed = packed
        self._unpacking = Gunzip(max_bytes=None)
        self._pieces: Iterator[bytes] = iter(())

    async def read(self) -> bytes:
        """
        Give the next bytes, not more than 64 KiB at once; ``b""`` at the end.

        Raises:
            ConnectionError: The other side left, or what it sent is not gzip.
        """
        try:
            while not (piece := next(self._pieces, b"")):
                packed = await self._packed.read()
                if not packed:
                    self._unpacking.close()
                    return b""
                self._pieces = self._unpacking.feed(packed)
        except DecodeError as error:
            self.close()
            raise ConnectionError(str(error)) from error
        return piece

    def close(self) -> None:
        """Nothing more will be read."""
        self._pieces = iter(())
        self._packed.close()
