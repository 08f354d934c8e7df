"""
A backend's body that arrives while it is read.

It can be read piece by piece, or poured: then what arrives goes straight to a sink, for as
long as that takes it.  A coroutine that reads and writes costs more than the copying of
64 KiB, so long answers are poured.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from gatekeeper.wire.client import ConnectionBroken
from gatekeeper.wire.exchange import Sink

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

    __slots__ = (
        "_error", "_paused", "_pieces", "_sink", "_source", "_unread", "_waiting", "length",
    )  # fmt: skip

    def __init__(self, source: Source, length: int | None) -> None:
        self.length = length
        self._source: Source | None = source
        self._pieces: list[bytes] = []
        self._unread = 0
        self._paused = False
        self._error: Exception | None = None
        self._waiting: Deferred[None] | None = None
        self._sink: Sink | None = None

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

    async def pour(self, sink: Sink) -> None:
        """
        Write everything to a sink; the backend waits whenever the sink's reader does.

        Raises:
            ConnectionError: The backend broke off, or the sink's reader left.
        """
        while True:
            if self._pieces:
                sink.write(self._taken())
            waiting = sink.ready()
            if waiting is not None:
                await waiting
            elif self._pieces:
                continue
            elif self._source is None:
                break
            else:
                self._sink = sink
                self._waiting = Deferred(self._cancelled)
                self._resume()
                await self._waiting
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Want no more; closes the connection unless the body is complete."""
        self._pieces.clear()
        self._sink = None
        source, self._source = self._source, None
        if source is not None:
            self._error = ConnectionBroken("http: read on closed response body")
            source.drop()
            self._wake()

    def add(self, data: bytes) -> None:
        """Keep what has arrived; called by the connection."""
        if not data:
            return
        sink = self._sink
        if sink is not None:
            sink.write(data)
            if sink.is_full:  # `pour` waits for it, and so does the backend
                self._sink = None
                self._pause()
                self._wake()
        else:
            self._pieces.append(data)
            self._unread += len(data)
            if self._unread > MAX_UNREAD_BYTES:
                self._pause()
            self._wake()

    def end(self, data: bytes = b"", error: Exception | None = None) -> None:
        """Keep the last bytes; nothing comes behind them.  Called by the connection."""
        if data:
            self._pieces.append(data)
        self._source = self._sink = None
        self._error = error
        self._wake()

    def _take(self) -> bytes:
        data = self._taken()
        self._resume()
        return data

    def _taken(self) -> bytes:
        pieces = self._pieces
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self._unread = 0
        return data

    def _pause(self) -> None:
        if not self._paused and self._source is not None:
            self._paused = True
            self._source.pause()

    def _resume(self) -> None:
        if self._paused and self._source is not None:
            self._paused = False
            self._source.resume()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def _cancelled(self, _waiting: Deferred[None]) -> None:
        self._waiting = None
        self.close()
