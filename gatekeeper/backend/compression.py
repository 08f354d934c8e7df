"""
Unpack answers that the gateway asked a backend to compress.

When a request says itself what it accepts, its answer is left as it is: who asked for
gzip may want it.  Decoding then unpacks ``gzip``, in exactly this spelling.

Both ways are bounded.  A whole body may not become longer than what is ever decoded; a
stream is unpacked in steps of limited size, so that a small piece never fills the memory.
"""

from __future__ import annotations

import zlib
from typing import Final, TypeVar

from attrs import evolve

from gatekeeper.encoding.gzip import gunzip
from gatekeeper.errors import DecodeError, TransportError
from gatekeeper.message import Body, BodyStream, Lines, Streamed

__all__ = ["MAX_BYTES", "UnpackedStream", "content_encoding", "decoded_body", "unpacked"]

MAX_BYTES: Final = 16 * 1024 * 1024
MAX_RATIO: Final = 1100  # deflate cannot do better, so only `MAX_BYTES` counts
STEP: Final = 64 * 1024
_GZIP: Final = 16 + zlib.MAX_WBITS
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
    return evolve(answer, headers=headers, body=_plain(answer.body), length=None)


def decoded_body(answer: Streamed) -> Body:
    """
    Give the body of an answer that is about to be decoded.

    Raises:
        TransportError: It claims to be gzip, but is not.
    """
    if answer.body != b"" and content_encoding(answer.headers) == "gzip":
        return _plain(answer.body)
    return answer.body


def _plain(body: Body) -> Body:
    if not isinstance(body, bytes):
        return UnpackedStream(body)
    try:
        return gunzip(body, MAX_BYTES, MAX_RATIO)
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
        self._inflate = zlib.decompressobj(_GZIP)
        self._unread = b""
        self._more = False
        self._begun = False

    async def read(self) -> bytes:
        """
        Give the next bytes, not more than `STEP` at once; ``b""`` at the end.

        Raises:
            ConnectionError: The other side left, or what it sent is not gzip.
        """
        while not (piece := self._next_piece()):
            packed = await self._packed.read()
            if not packed:
                if self._inflate.eof:
                    return b""
                raise ConnectionError("unexpected EOF" if self._begun else "EOF")
            self._begun = True
            self._unread = packed
        return piece

    def close(self) -> None:
        """Nothing more will be read."""
        self._unread, self._more = b"", False
        self._packed.close()

    def _next_piece(self) -> bytes:
        while self._unread or self._more:
            if self._inflate.eof:  # several gzip members may follow one another
                self._inflate = zlib.decompressobj(_GZIP)
            try:
                piece = self._inflate.decompress(self._unread, STEP)
            except zlib.error as error:
                self.close()
                raise ConnectionError("gzip: invalid header or checksum") from error
            self._unread = self._inflate.unconsumed_tail or self._inflate.unused_data
            self._more = len(piece) == STEP
            if piece:
                return piece
        return b""
