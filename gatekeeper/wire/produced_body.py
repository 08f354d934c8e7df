"""Read what a Twisted body producer writes."""

from __future__ import annotations

from typing import Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IConsumer
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer
from zope.interface import implementer

from gatekeeper.wire.edges import Producer

__all__ = ["ProducedBody"]

_MAX_UNREAD_BYTES = 64 * 1024


class _BodyProducer(Producer, Protocol):
    """What `twisted.web.iweb.IBodyProducer` promises."""

    length: int | str

    def startProducing(self, consumer: ProducedBody) -> Deferred[None]: ...


@implementer(IConsumer)
class ProducedBody:
    """
    A `BodyStream` over an ``IBodyProducer``, which is started by the first `read`.

    The producer is paused while more than 64 KiB wait to be read.
    """

    def __init__(self, producer: IBodyProducer) -> None:
        self._producer = cast("_BodyProducer", producer)
        known = self._producer.length != UNKNOWN_LENGTH
        self.length = cast("int", self._producer.length) if known else None
        self._pieces: list[bytes] = []
        self._unread = 0
        self._started = self._ended = self._paused = False
        self._failure: Failure | None = None
        self._waiting: Deferred[None] | None = None

    async def read(self) -> bytes:
        """Give everything that was written, wait when nothing was; ``b""`` at the end."""
        if not self._started:
            self._started = True
            self._producer.startProducing(self).addCallbacks(self._finished, self._failed)
        while not self._pieces:
            if self._failure is not None:
                self._failure.raiseException()
            if self._ended:
                return b""
            self._waiting = Deferred()
            await self._waiting
        return self._take()

    def close(self) -> None:
        """Stop the producer."""
        self._pieces.clear()
        if self._started and not self._ended:
            self._ended = True
            self._producer.stopProducing()

    # What the producer calls.

    def write(self, data: bytes) -> None:
        self._pieces.append(data)
        self._unread += len(data)
        if self._unread > _MAX_UNREAD_BYTES and not self._paused:
            self._paused = True
            self._producer.pauseProducing()
        self._wake()

    def registerProducer(self, producer: Producer, streaming: bool) -> None:
        """Do nothing: the producer is known."""

    def unregisterProducer(self) -> None:
        """Do nothing: the end is told by the producer's Deferred."""

    # Servants.

    def _take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._unread = 0
        if self._paused and not self._ended:
            self._paused = False
            self._producer.resumeProducing()
        return data

    def _finished(self, _: object) -> None:
        self._ended = True
        self._wake()

    def _failed(self, failure: Failure) -> None:
        if not self._ended:  # otherwise we stopped it ourselves
            self._ended = True
            self._failure = failure
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)
