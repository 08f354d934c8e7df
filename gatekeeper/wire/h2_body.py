"""
The body of an HTTP/2 request, which is read while it arrives.

Whoever sends it may send as much more as was read: nothing is given back to the client's
windows before the application has taken it.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

__all__ = ["H2Body", "Reader"]


class Reader(Protocol):
    """Who hears what becomes of a body."""

    def body_awaited(self) -> None:
        """The application waits for more."""

    def body_read(self, amount: int) -> None:
        """It has taken so much, or does not want it."""

    def body_unwanted(self) -> None:
        """It wants nothing more."""


class H2Body:
    """
    See `gatekeeper.wire.exchange.BodyStream`.

    Args:
        length: What was promised, or None.
        reader: Hears of it.

    Attributes:
        size: What was not read yet.
    """

    __slots__ = ("_done", "_error", "_parts", "_reader", "_waiting", "length", "size")

    def __init__(self, length: int | None, reader: Reader) -> None:
        self.length = length
        self.size = 0
        self._reader = reader
        self._parts: list[bytes] = []
        self._done = False
        self._error: Exception | None = None
        self._waiting: Deferred[None] | None = None

    async def read(self) -> bytes:
        """Give what has arrived, or wait for it."""
        while not self._parts:
            if self._error is not None:
                raise self._error
            if self._done:
                return b""
            waiting: Deferred[None] = Deferred()
            self._waiting = waiting
            self._reader.body_awaited()
            await waiting
        return self._take()

    def close(self) -> None:
        """Throw away what is there and what will come."""
        self._take()
        if not self._done:
            self.failed(ConnectionError("the body is closed"))
            self._reader.body_unwanted()

    def arrived(self, data: bytes) -> None:
        """Append."""
        if data:
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

    def _take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        self.size = 0
        if data:
            self._reader.body_read(len(data))
        return data

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.called:
            waiting.callback(None)
