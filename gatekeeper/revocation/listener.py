"""
Let clients of the RPC connect, and none of them stay in the way.

A client may keep its connection as long as it likes, as Go's do, but a call that has begun
must be complete in ten seconds, and its answer must be taken in as many.  When there are
too many connections, the one that has been silent for the longest makes room.  Whoever
sends something that is no call is closed at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.log import Log
from gatekeeper.revocation.calls import Conversation, Revoked
from gatekeeper.revocation.gob.reading import Malformed
from gatekeeper.wire.deadlines import Deadlines, Ticket

__all__ = ["CALL_S", "MAX_CONNECTIONS", "Connection", "RevocationFactory"]

CALL_S = 10.0
MAX_CONNECTIONS = 64


class _Limit:
    """
    A time limit that can be started and stopped again.

    Args:
        expired: Called when it was over.
    """

    def __init__(self, deadlines: Deadlines, expired: Callable[[], None]) -> None:
        self._deadlines = deadlines
        self._expired = expired
        self._ticket: Ticket | None = None

    def start(self) -> None:
        """Begin, unless it runs already."""
        if self._ticket is None:
            self._ticket = self._deadlines.start(CALL_S, self._expired)

    def stop(self) -> None:
        """Forget it."""
        if self._ticket is not None:
            self._ticket.stop()
            self._ticket = None


@implementer(IPushProducer)
class Connection(Protocol):
    """One client."""

    factory: RevocationFactory

    def __init__(self, conversation: Conversation, deadlines: Deadlines) -> None:
        self._conversation = conversation
        self._receiving = _Limit(deadlines, self._too_late)
        self._sending = _Limit(deadlines, self._too_slow)
        self._over = False

    def connectionMade(self) -> None:
        """Make sure that one who vanishes is noticed, and that nobody writes too much."""
        transport: Any = self.transport
        transport.setTcpKeepAlive(True)
        transport.registerProducer(self, True)
        self.factory.came(self)

    def dataReceived(self, data: bytes) -> None:
        """Answer the calls that are complete."""
        if self._over:
            return
        self.factory.spoke(self)
        try:
            answers = self._conversation.feed(data)
        except Malformed as error:
            self.end(f"no call: {error}")
            return
        transport: Any = self.transport
        if answers:
            self._receiving.stop()
            transport.write(answers)
        if not self._conversation.between_calls:
            self._receiving.start()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget the clocks."""
        self._over = True
        self._receiving.stop()
        self._sending.stop()
        self.factory.gone(self)

    def end(self, why: str) -> None:
        """Close the connection now; "" when nobody needs to know."""
        self._over = True
        if why:
            peer = getattr(self.transport, "getPeer", lambda: None)()
            host = peer.host if isinstance(peer, (IPv4Address, IPv6Address)) else "a client"
            self.factory.log.warning(f"[SERVICE: Bloomfilter] {host}: connection closed: {why}")
        transport: Any = self.transport
        transport.abortConnection()

    def _too_late(self) -> None:
        self.end(f"a call was not complete after {CALL_S:g} seconds")

    # What the transport calls when answers are not taken.

    def pauseProducing(self) -> None:
        """Read no more calls."""
        transport: Any = self.transport
        transport.pauseProducing()
        self._sending.start()

    def resumeProducing(self) -> None:
        """Go on."""
        self._sending.stop()
        transport: Any = self.transport
        transport.resumeProducing()

    def stopProducing(self) -> None:
        """Do nothing: the connection is gone."""

    def _too_slow(self) -> None:
        self.end(f"an answer was not taken for {CALL_S:g} seconds")


class RevocationFactory(ServerFactory):
    """
    Makes connections, and knows all of them.

    Args:
        revoked: What the calls are about.
        deadlines: For slow clients.
        log: For what operators should know.

    Attributes:
        connections: All of them, the one that was silent for the longest first.
        added: How many elements were added since the start.
    """

    noisy = False

    def __init__(self, revoked: Revoked, deadlines: Deadlines, log: Log) -> None:
        self._deadlines = deadlines
        self.log = log
        self.connections: dict[Connection, None] = {}
        self.added = 0
        self._revoked = revoked

    def buildProtocol(self, addr: IAddress | None) -> Connection:  # type: ignore[override]  # ours
        """Begin a conversation."""
        connection = Connection(Conversation(self._revoked, self._count), self._deadlines)
        connection.factory = self
        return connection

    def came(self, connection: Connection) -> None:
        """Take a connection in, and let another one go when it is one too many."""
        if len(self.connections) >= MAX_CONNECTIONS:
            silent = next(iter(self.connections))
            del self.connections[silent]
            silent.end(f"more than {MAX_CONNECTIONS} connections")
        self.connections[connection] = None

    def spoke(self, connection: Connection) -> None:
        """Remember who is not silent."""
        if connection in self.connections:
            del self.connections[connection]
            self.connections[connection] = None

    def gone(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.pop(connection, None)

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            connection.end("")

    def _count(self, elements: int) -> None:
        self.added += elements
