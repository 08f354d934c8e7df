"""
Twisted's interfaces as structural types.

A type checker takes the methods of a ``zope.interface`` for functions without ``self``; these
say the same in words that it understands.  Values are cast where Twisted hands them to us.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure

__all__ = ["BackendTransport", "ClientEndpoint", "Producer", "failed"]


class Producer(Protocol):
    """What `twisted.internet.interfaces.IPushProducer` promises."""

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def stopProducing(self) -> None: ...


class BackendTransport(Protocol):
    """What our client needs of an ``ITransport``."""

    def write(self, data: bytes) -> None: ...

    def loseConnection(self) -> None: ...

    def abortConnection(self) -> None: ...

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def registerProducer(self, producer: Producer, streaming: bool) -> None: ...

    def unregisterProducer(self) -> None: ...


class ClientEndpoint(Protocol):
    """What `twisted.internet.interfaces.IStreamClientEndpoint` promises."""

    def connect(self, protocolFactory: object) -> Deferred[IProtocol]: ...


def failed(error: BaseException) -> Failure:
    """Wrap an exception as Twisted wants it."""
    return Failure(error)
