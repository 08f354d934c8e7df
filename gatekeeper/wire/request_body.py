"""Send a body to a backend while it arrives from somewhere else."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.wire.edges import BackendTransport
from gatekeeper.wire.exchange import BodyStream

__all__ = ["Upload", "WrongLength"]


class WrongLength(ValueError):
    """A body is not as long as it was said to be."""

    def __init__(self, promised: int, found: int) -> None:
        super().__init__(f"http: ContentLength={promised} with Body length {found}")


@implementer(IPushProducer)
class Upload:
    """
    A running transfer from a stream to a transport, at the speed of the slower one.

    Args:
        broken: Called with the reason when the body cannot be completed.  Not called
            after `stop`.

    Attributes:
        running: Whether there is something left to send.
    """

    __slots__ = ("_body", "_broken", "_full", "_task", "_transport", "running")

    def __init__(
        self, transport: BackendTransport, body: BodyStream, broken: Callable[[Failure], None]
    ) -> None:
        self._transport = transport
        self._body = body
        self._broken = broken
        self._full: Deferred[None] | None = None
        self._task: Deferred[None] | None = None
        self.running = False

    def start(self) -> None:
        """Begin to send."""
        self.running = True
        self._transport.registerProducer(self, True)
        self._task = Deferred.fromCoroutine(self._send())
        self._task.addErrback(self._failed)

    def stop(self) -> None:
        """Send no more, and tell the sender of the body so."""
        if self.running:
            self._end()
            self._body.close()
            if self._task is not None:
                self._task.cancel()

    def pauseProducing(self) -> None:
        """Wait; called by the transport when its buffer is full."""
        if self._full is None:
            self._full = Deferred()

    def resumeProducing(self) -> None:
        """Go on; called by the transport."""
        full, self._full = self._full, None
        if full is not None:
            full.callback(None)

    def stopProducing(self) -> None:
        """Do nothing: a transport that is lost tells its protocol, too."""

    async def _send(self) -> None:
        body, write, length = self._body, self._transport.write, self._body.length
        sent = 0
        while data := await body.read():
            sent += len(data)
            if length is None:
                write(b"%x\r\n%b\r\n" % (len(data), data))
            elif sent > length:
                raise WrongLength(length, sent)
            else:
                write(data)
            if self._full is not None:
                await self._full
        if length is None:
            write(b"0\r\n\r\n")
        elif sent != length:
            raise WrongLength(length, sent)
        self._end()

    def _end(self) -> None:
        self.running = False
        self._transport.unregisterProducer()

    def _failed(self, failure: Failure) -> None:
        if self.running:  # otherwise we were stopped, and this is only the echo of it
            self._end()
            self._body.close()
            self._broken(failure)
