"""
What a client meets first on a TLS port.

Twisted's TLS layer, with two additions.  A handshake has ten seconds from the moment the
connection was accepted, and nothing that the client sends makes that longer.  And somebody
who speaks plain HTTP is told so in words.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IOpenSSLServerConnectionCreator, IProtocolFactory
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from gatekeeper.tls.records import RecordProtocol
from gatekeeper.tls.untyped import untyped
from gatekeeper.wire.deadlines import Deadlines, Ticket

__all__ = ["HANDSHAKE_S", "TLSFactory"]

HANDSHAKE_S = 10.0

_PLAIN_HTTP = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


class _ServerProtocol(RecordProtocol):
    """One connection of a client."""

    factory: TLSFactory
    _deadline: Ticket | None = None
    _seen = False

    def makeConnection(self, transport: Any) -> None:
        """Start the clock before anything else."""
        self._deadline = self.factory.deadlines.start(HANDSHAKE_S, self.abortConnection)
        untyped(super()).makeConnection(transport)

    def _checkHandshakeStatus(self) -> None:
        untyped(super())._checkHandshakeStatus()
        if self._handshakeDone:
            self._stop()

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.stop()
            self._deadline = None

    def is_unwelcome(self, data: bytes) -> bool:
        """Look at the first byte: a letter begins a method, never a TLS record."""
        if not self._seen and data:
            self._seen = True
            if data[:1].isalpha():
                transport: Any = self.transport
                transport.write(_PLAIN_HTTP)
                untyped(self).unregisterProducer()  # nothing more of it is waited for
                transport.loseConnection()
                self._aborted = True
        return self._aborted

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the clock."""
        self._stop()
        untyped(super()).connectionLost(reason)


class TLSFactory(TLSMemoryBIOFactory):
    """
    Put TLS in front of a factory.

    Args:
        connections: Of `server_context`.
        application: Makes the protocols that see clear text.
        deadlines: On the reactor's clock.
    """

    # Our channel writes an answer at once, so aggregating small writes would only delay it.
    protocol = _ServerProtocol

    def __init__(
        self,
        connections: IOpenSSLServerConnectionCreator,
        application: IProtocolFactory,
        deadlines: Deadlines,
    ) -> None:
        super().__init__(connections, False, application, untyped(deadlines.clock))
        self.deadlines = deadlines
