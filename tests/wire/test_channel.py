"""A factory knows its connections, and ends them gently or not."""

from __future__ import annotations

from twisted.internet.address import IPv6Address
from twisted.internet.interfaces import ISSLTransport
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.limits import Limits
from tests.wire.channels import Client, Transport, hello
from tests.wire.test_h1_channel import CLOSED, GET, OK


@implementer(ISSLTransport)
class SecureTransport(Transport):
    """An encrypted connection of a client without a certificate."""

    def getPeerCertificate(self) -> None:
        return None


class ConnectionTests(SynchronousTestCase):
    """Who is there."""

    def test_counting(self) -> None:
        """Connections are counted while they live, and for ever."""
        client = Client()
        other = Client(factory=client.factory)
        self.assertEqual((len(client.factory.connections), client.factory.accepted), (2, 2))
        other.vanish()
        self.assertEqual((len(client.factory.connections), client.factory.accepted), (1, 2))

    def test_most(self) -> None:
        """More than allowed are not served, until there is room."""
        factory = HTTPFactory(hello, Limits(), Deadlines(Clock()), max_connections=1)
        client = Client(factory=factory)
        address = client.transport.getPeer()
        self.assertIsNone(factory.buildProtocol(address))
        client.vanish()
        self.assertIsNotNone(factory.buildProtocol(address))

    def test_sweep_rests(self) -> None:
        """Without connections nothing runs."""
        client = Client()
        self.assertEqual(len(client.clock.getDelayedCalls()), 1)
        client.vanish()
        client.pass_time(1)
        self.assertEqual(client.clock.getDelayedCalls(), [])
        again = Client(factory=client.factory)
        again.clock = client.clock
        again.pass_time(11)
        self.assertTrue(again.closed)

    def test_mapped_address(self) -> None:
        """An IPv4 client of a socket for both versions has its IPv4 address."""
        transport = Transport(peerAddress=IPv6Address("TCP", "::ffff:192.0.2.9", 1))
        client = Client(transport=transport)
        client.send(GET)
        self.assertEqual(client.exchanges[0].peer, "192.0.2.9")

    def test_secure(self) -> None:
        """TLS shows in the exchange; its half is never closed below it."""
        client = Client(transport=SecureTransport())
        client.send(GET)
        self.assertEqual(
            (client.exchanges[0].secure, client.exchanges[0].certificate), (True, None)
        )
        client.send(b"BAD\r\n\r\n")
        self.assertFalse(client.transport.half_closed)
        client.pass_time(3)
        self.assertTrue(client.transport.disconnecting)


class DrainTests(SynchronousTestCase):
    """Ends without loss."""

    def test_nobody(self) -> None:
        """Without connections there is nothing to wait for."""
        client = Client()
        client.vanish()
        self.successResultOf(client.factory.drain())

    def test_idle(self) -> None:
        """An idle connection is closed at once."""
        client = Client()
        client.send(GET)
        drained = client.factory.drain()
        self.assertTrue(client.closed)
        self.assertNoResult(drained)
        client.vanish()
        self.successResultOf(drained)

    def test_busy(self) -> None:
        """A request is answered, and the answer says that it is the last."""
        client = Client(None)
        client.send(GET)
        client.factory.drain()
        self.assertFalse(client.closed)
        hello(client.exchanges[0])
        self.assertEqual((client.received, client.closed), (CLOSED, True))

    def test_begun(self) -> None:
        """A request that has begun to arrive is served."""
        client = Client()
        client.send(GET[:5])
        client.factory.drain()
        self.assertEqual(client.send(GET[5:]), CLOSED)

    def test_grace(self) -> None:
        """With grace, an idle connection may send one more request."""
        client, other = Client(), None
        client.send(GET)
        other = Client(factory=client.factory)
        client.factory.drain(2)
        client.pass_time(1)
        self.assertEqual(client.send(GET), OK + CLOSED)
        self.assertFalse(other.closed)
        client.pass_time(2)
        self.assertTrue(other.closed)

    def test_long_answer(self) -> None:
        """An answer that was begun before is completed; a request that waits is served."""
        for waiting in (b"", GET):
            client = Client(None)
            client.send(GET + waiting)
            sink = client.exchanges[0].start(200, (), None)
            sink.write(b"a")
            client.factory.drain()
            sink.finish()
            self.assertTrue(client.received.endswith(b"a\r\n0\r\n\r\n"))
            self.assertEqual(client.closed, not waiting)
            if waiting:
                hello(client.exchanges[1])
                self.assertTrue(client.received.endswith(CLOSED))
                self.assertTrue(client.closed)

    def test_new_connections(self) -> None:
        """Nobody is let in any more."""
        client = Client()
        client.factory.drain()
        self.assertIsNone(client.factory.buildProtocol(client.transport.getPeer()))

    def test_not_waiting_any_more(self) -> None:
        """Whoever gives up waiting is not called."""
        client = Client(None)
        client.send(GET)
        drained = client.factory.drain()
        drained.cancel()
        self.failureResultOf(drained)
        client.vanish()

    def test_abort_all(self) -> None:
        """Everybody is cut; requests are cancelled."""
        gone: list[bool] = []
        client = Client(None)
        client.send(GET)
        client.exchanges[0].gone = lambda: gone.append(True)
        begun = Client(None, factory=client.factory)
        begun.send(GET)
        sink = client.exchanges[1].start(200, (), None)
        sink.write(b"a")
        client.factory.abort_all()
        self.assertEqual((client.closed, client.transport.aborted, gone), (True, False, [True]))
        self.assertTrue(begun.transport.aborted)
