"""Tests of `gatekeeper.revocation.listener`."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.revocation.listener import MAX_CONNECTIONS, Connection, RevocationFactory
from gatekeeper.testing import RecordedLog
from gatekeeper.wire.deadlines import Deadlines
from tests.revocation import captured

BEGUN = captured.ADD_ONE[:60]


class Transport(StringTransport):
    """Knows keep-alive, and remembers being closed."""

    def __init__(self) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "192.0.2.7", 4711))
        self.keeps_alive = False

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.keeps_alive = enabled


class ListenerTests(SynchronousTestCase):
    """Clients of the RPC, good and bad."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.log = RecordedLog()
        self.revoked: set[bytes] = set()
        deadlines: Any = Deadlines(self.clock)  # type: ignore[arg-type]
        self.factory = RevocationFactory(self.revoked, deadlines, self.log)  # type: ignore[arg-type]

    def connect(self) -> tuple[Connection, Transport]:
        connection = self.factory.buildProtocol(None)
        transport = Transport()
        connection.makeConnection(transport)
        return connection, transport

    def test_a_call(self) -> None:
        """Is answered, and the connection stays for the next, as long as it likes."""
        connection, transport = self.connect()
        connection.dataReceived(captured.ADD_ONE)
        self.assertEqual(captured.COUNTED_ONE, transport.value())
        self.clock.advance(100_000)
        transport.clear()
        connection.dataReceived(captured.ADD_TWO)
        self.assertEqual(captured.COUNTED_TWO, transport.value())
        self.assertFalse(transport.disconnected)
        self.assertTrue(transport.keeps_alive)
        self.assertEqual(3, self.factory.added)

    def test_nonsense(self) -> None:
        """Closes the connection at once, with a line that names the client."""
        connection, transport = self.connect()
        connection.dataReceived(b"GET / HTTP/1.1\r\n" + b"x" * 100)
        self.assertTrue(transport.disconnected)
        self.assertEqual(b"", transport.value())
        [(level, text)] = self.log.lines
        self.assertEqual("WARNING", level)
        self.assertIn("192.0.2.7: connection closed: no call", text)
        connection.dataReceived(captured.ADD_ONE)
        self.assertEqual(set(), self.revoked)

    def test_a_slow_call(self) -> None:
        """Has ten seconds from its first byte, however it drips."""
        connection, transport = self.connect()
        for at in range(len(BEGUN)):
            connection.dataReceived(BEGUN[at : at + 1])
            self.clock.advance(0.15)
        self.assertFalse(transport.disconnected)
        self.clock.advance(1.5)
        self.assertTrue(transport.disconnected)

    def test_one_call_after_the_other(self) -> None:
        """Each has its own ten seconds."""
        connection, transport = self.connect()
        connection.dataReceived(captured.ADD_ONE + captured.ADD_TWO[:5])
        for _ in range(3):
            self.clock.advance(6)
            connection.dataReceived(captured.ADD_TWO[5:] + captured.ADD_TWO[:5])
        self.assertFalse(transport.disconnected)

    def test_answers_that_nobody_takes(self) -> None:
        """Stop the reading, and after ten seconds the connection."""
        connection, transport = self.connect()
        connection.pauseProducing()
        connection.pauseProducing()
        self.assertEqual("paused", transport.producerState)
        self.clock.advance(9)
        connection.resumeProducing()
        self.assertEqual("producing", transport.producerState)
        self.clock.advance(60)
        self.assertFalse(transport.disconnected)
        connection.pauseProducing()
        self.clock.advance(10)
        self.assertTrue(transport.disconnected)

    def test_too_many(self) -> None:
        """The connection that was silent for the longest makes room."""
        everybody = [self.connect() for _ in range(MAX_CONNECTIONS)]
        everybody[0][0].dataReceived(captured.ADD_ONE)
        self.connect()
        closed = [at for at, (_, transport) in enumerate(everybody) if transport.disconnected]
        self.assertEqual([1], closed)
        everybody[1][0].connectionLost()
        self.assertEqual(MAX_CONNECTIONS, len(self.factory.connections))

    def test_gone(self) -> None:
        """A client that leaves leaves nothing behind, not even in the middle of a call."""
        connection, _ = self.connect()
        connection.dataReceived(BEGUN)
        connection.pauseProducing()
        connection.connectionLost()
        connection.stopProducing()
        self.assertEqual({}, self.factory.connections)
        self.clock.advance(60)
        self.assertEqual([], self.log.lines)

    def test_close(self) -> None:
        """At the end everybody is sent away, without a word."""
        transports = [self.connect()[1] for _ in range(3)]
        self.factory.close()
        self.assertEqual([True] * 3, [transport.disconnected for transport in transports])
        self.assertEqual([], self.log.lines)
