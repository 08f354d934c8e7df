"""A backend's body that arrives while it is read."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from gatekeeper.wire.client import ConnectionBroken

__all__ = ["MAX_UNREAD_BYTES", "AnswerBody", "Source"]

MAX_UNREAD_BYTES = 64 * 1024


class Source(Protocol):
    """The connection, as its body sees it."""

    def pause(self) -> None:
        """Read no more for now."""

    def resume(self) -> None:
        """Read on."""

    def drop(self) -> None:
        """The rest is not wanted: close."""


class AnswerBody:
    """
    A `BodyStream` between a connection that adds and one reader that takes.

    Bytes that arrived are always given before the error that ended them.
    """

    __slots__ = ("_error", "_paused", "_pieces", "_source", "_unread", "_waiting", "length")

    def __init__(self, source: Source, length: int | None) -> None:
        self.length = length
        self._source: Source | None = source
        self._pieces: list[bytes] = []
        self._unread = 0
        self._paused = False
        self._error: Exception | None = None
        self._waiting: Deferred[None] | None = None

    async def read(self) -> bytes:
        """Give everything that has arrived, wait when nothing has; ``b""`` at the end."""
        while not self._pieces:
            if self._source is None:
                if self._error is not None:
                    raise self._error
                return b""
            self._waiting = Deferred(self._cancelled)
            await self._waiting
        return self._take()

    def close(self) -> None:
        """Want no more; closes the connection unless the body is complete."""
        self._pieces.clear()
        source, self._source = self._source, None
        if source is not None:
            self._error = ConnectionBroken("http: read on closed response body")
            source.drop()
            self._wake()

    def add(self, data: bytes) -> None:
        """Keep what has arrived; called by the connection."""
        if data:
            self._pieces.append(data)
            self._unread += len(data)
            if self._unread > MAX_UNREAD_BYTES and not self._paused and self._source is not None:
                self._paused = True
                self._source.pause()
            self._wake()

    def end(self, data: bytes = b"", error: Exception | None = None) -> None:
        """Keep the last bytes; nothing comes behind them.  Called by the connection."""
        if data:
            self._pieces.append(data)
        self._source = None
        self._error = error
        self._wake()

    def _take(self) -> bytes:
        pieces = self._pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._unread = 0
        if self._paused and self._source is not None:
            self._paused = False
            self._source.resume()
        return data

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def _cancelled(self, _waiting: Deferred[None]) -> None:
        self._waiting = None
        self.close()
