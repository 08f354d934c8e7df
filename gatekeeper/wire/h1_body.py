"""
Read the body of a request: where it ends, and how it waits for its reader.

A decoder finds the end and takes the framing away.  It is fed and gives what belongs to
the body and, when that is complete, what follows it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from gatekeeper.wire.limits import Limits
from gatekeeper.wire.strict import CHUNK_LINE, CONTROLS, HEADER_LINE, Refusal

__all__ = ["BodyBuffer", "ChunkedDecoder", "Decoder", "LengthDecoder"]


class Decoder(Protocol):
    """
    Something that knows where a body ends.

    Attributes:
        left: How much is missing, as far as that is known.
    """

    left: int | None

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """
        Take some bytes; give the body's part of them, and what follows the body or None.

        Raises:
            Refusal: The framing is broken; nothing behind it can be understood.
        """


class LengthDecoder:
    """A body of known length."""

    __slots__ = ("left",)

    def __init__(self, length: int) -> None:
        self.left: int | None = length

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Count."""
        left = self.left or 0
        if len(data) < left:
            self.left = left - len(data)
            return data, None
        self.left = 0
        return data[:left], data[left:]


class ChunkedDecoder:
    """
    A body in chunks.  Extensions and trailers are checked, counted and dropped.

    Three kinds of line: a chunk's size, the empty one behind a chunk's data, a trailer.
    """

    __slots__ = ("_chunk", "_extensions", "_held", "_limits", "_read_line", "_trailers", "left")

    def __init__(self, limits: Limits) -> None:
        self.left: int | None = None
        self._limits = limits
        self._held = b""
        self._chunk = 0
        self._extensions = 0
        self._trailers = 0
        self._read_line: Callable[[bytes], bool] = self._size_line

    def feed(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Take chunks apart."""
        if self._held:
            data = self._held + data
            self._held = b""
        parts: list[bytes] = []
        at = 0
        while at < len(data):
            if self._chunk:
                part = data[at : at + self._chunk]
                parts.append(part)
                at += len(part)
                self._chunk -= len(part)
                continue
            end = data.find(b"\n", at, at + self._limits.chunk_line_bytes + 2)
            if end < 0:
                self._hold(data[at:])
                break
            if data[end - 1 : end] != b"\r" or end == at:
                raise _broken()
            last = self._read_line(data[at : end - 1])
            at = end + 1
            if last:
                return b"".join(parts), data[at:]
        return b"".join(parts), None

    def _hold(self, line: bytes) -> None:
        """Keep the beginning of a line, unless it cannot become a good one."""
        if len(line) > self._limits.chunk_line_bytes or b"\r" in line[:-1]:
            raise _broken()
        if self._read_line == self._end_line and line != b"\r":
            raise _broken()
        if self._read_line == self._size_line and not CHUNK_LINE(b"0" + line[:1].strip(b"\r;")):
            raise _broken()
        self._held = line

    def _size_line(self, line: bytes) -> bool:
        found = CHUNK_LINE(line)
        if found is None:
            raise _broken()
        self._chunk = int(found[1], 16)
        self._extensions += len(found[2])
        if self._extensions > self._limits.chunk_extension_bytes or self._chunk >= 1 << 63:
            raise _broken()
        self._read_line = self._end_line if self._chunk else self._trailer_line
        return False

    def _end_line(self, line: bytes) -> bool:
        if line:
            raise _broken()
        self._read_line = self._size_line
        return False

    def _trailer_line(self, line: bytes) -> bool:
        if not line:
            return True
        self._trailers += len(line) + 2
        bad = len(line.translate(None, CONTROLS)) != len(line)
        if bad or self._trailers > self._limits.trailer_bytes:
            raise _broken()
        if not HEADER_LINE(line.decode("latin-1")):
            raise _broken()
        return False


def _broken() -> Refusal:
    return Refusal(400, "400 Bad Request")


class BodyBuffer:
    """
    A body that is read while it arrives; see `gatekeeper.wire.exchange.BodyStream`.

    Args:
        length: What was promised, or None.
        wanted: Called before a read waits: the connection may go on reading.
        unwanted: Called when the reader is not interested any more.
    """

    __slots__ = ("_done", "_error", "_parts", "_unwanted", "_waiting", "_wanted", "length", "size")

    def __init__(
        self, length: int | None, wanted: Callable[[], None], unwanted: Callable[[], None]
    ) -> None:
        self.length = length
        self.size = 0
        self._parts: list[bytes] = []
        self._done = False
        self._error: Exception | None = None
        self._waiting: Deferred[None] | None = None
        self._wanted = wanted
        self._unwanted = unwanted

    async def read(self) -> bytes:
        """Give what has arrived, or wait for it."""
        while not self._parts:
            if self._error is not None:
                raise self._error
            if self._done:
                return b""
            waiting: Deferred[None] = Deferred()
            self._waiting = waiting
            self._wanted()
            await waiting
        data = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        if not self._done:
            self._wanted()
        return data

    def close(self) -> None:
        """Throw away what is there and what will come."""
        self._parts.clear()
        self.size = 0
        if not self._done:
            self.failed(ConnectionError("the body is closed"))
            self._unwanted()

    def arrived(self, data: bytes) -> None:
        """Append."""
        if data and not self._done:
            self._parts.append(data)
            self.size += len(data)
            self._wake()

    def ended(self) -> None:
        """There is no more."""
        self._done = True
        self._wake()

    def failed(self, error: Exception) -> None:
        """There should have been more."""
        if not self._done:
            self._done = True
            self._error = error
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.called:
            waiting.callback(None)
