"""
Where a backend's body ends: three ways, one shape.

`feed` gives the body's bytes among those that came.  Afterwards `done` says whether the
body is complete and `excess` whether something came behind it, which nobody may see and
after which the connection cannot be trusted.
"""

from __future__ import annotations

from typing import Protocol

from httptools import HttpParserError, HttpResponseParser

from gatekeeper.wire.client import MalformedAnswer

__all__ = ["Chunked", "Counted", "Framing", "UntilClosed"]

_PRETENDED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
_MAX_OVERHEAD = 64 * 1024


class Framing(Protocol):
    """How to find the end of a body."""

    done: bool
    excess: bool

    def feed(self, data: bytes) -> bytes:
        """
        Give what of these bytes belongs to the body.

        Raises:
            MalformedAnswer: The framing is broken.
        """


class Counted:
    """A body whose length was announced; more than 0."""

    __slots__ = ("_left", "done", "excess")

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = False
        self.excess = False

    def feed(self, data: bytes) -> bytes:
        """Count."""
        left = self._left = self._left - len(data)
        if left > 0:
            return data
        self.done = True
        if left == 0:
            return data
        self.excess = True
        return data[:left]


class UntilClosed:
    """A body that ends when the backend closes the connection."""

    __slots__ = ("done", "excess")

    def __init__(self) -> None:
        self.done = False
        self.excess = False

    def feed(self, data: bytes) -> bytes:
        """Take everything."""
        return data


class Chunked:
    """
    A body in chunks, read by llhttp without any of its leniencies.

    The parser is told a head of our own first.  That head closes the connection, so that
    the parser refuses whatever stands behind the last chunk instead of reading on.
    Extensions and trailers are dropped; as they may be endless, bytes that bring no body
    are counted.
    """

    __slots__ = ("_overhead", "_parser", "_pieces", "done", "excess")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._overhead = 0
        self.done = False
        self.excess = False
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.feed_data(_PRETENDED_HEAD)

    def feed(self, data: bytes) -> bytes:
        """Take the chunks apart."""
        pieces: list[bytes] = []
        self._pieces = pieces
        parser = self._parser
        if parser is None:
            self.excess = True
            return b""
        try:
            parser.feed_data(data)
        except HttpParserError as error:
            if not self.done:
                raise MalformedAnswer("malformed chunked encoding") from error
            self.excess = True
        if self.done:
            self.excess = self.excess or _ends_late(data)
            self._parser = None  # it knows us: a cycle that would wait for the collector
        elif pieces:
            self._overhead = 0
        else:
            self._overhead += len(data)
            if self._overhead > _MAX_OVERHEAD:
                raise MalformedAnswer("chunked encoding contains too much non-data")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.done = True


def _ends_late(data: bytes) -> bool:
    """Tell whether line ends follow the last chunk's own; the parser skips them silently."""
    ends = data[len(data.rstrip(b"\r\n")) :]
    return not b"\r\n\r\n".endswith(ends)
