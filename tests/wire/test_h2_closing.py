"""How HTTP/2 connections end."""

from __future__ import annotations

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_limits import H2Limits
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from tests.wire.channels import hello
from tests.wire.h2_clients import GET, GOAWAY, H2Client, frame

LATER = (1 << 31) - 1


class Case(SynchronousTestCase):
    """One connection."""

    engine: Any = NGHTTP2Engine

    def client(self, application: Any = hello, **more: Any) -> H2Client:
        return H2Client(application, engine=self.engine, **more)

    def vanish(self, client: H2Client) -> None:
        client.channel.connectionLost(Failure(ConnectionDone()))


class DrainTests(Case):
    """No more requests, and none is lost."""

    def test_idle(self) -> None:
        """A client that asks for nothing is told twice, and then let go."""
        client = self.client()
        client.ask(1)
        drained = client.factory.drain()
        client.turn()
        self.assertEqual((client.goaways, client.closed), ([(LATER, 0)], False))
        client.pass_time(1)
        self.assertEqual((client.goaways, client.closed), ([(LATER, 0), (1, 0)], True))
        self.assertNoResult(drained)
        self.vanish(client)
        self.successResultOf(drained)

    def test_running(self) -> None:
        """A request that is being served is finished, however long it takes."""
        client = self.client(None)
        client.ask(1)
        client.factory.drain()
        client.pass_time(20)
        self.assertEqual((client.goaways, client.closed), ([(LATER, 0), (1, 0)], False))
        hello(client.exchanges[0])
        client.turn()
        self.assertEqual((client.status(), client.ended, client.closed), ("200", {1}, True))

    def test_under_way(self) -> None:
        """A request that crosses the first word is served; one after the second is not."""
        client = self.client(None)
        client.ask(1)
        client.factory.drain()
        client.turn()
        client.ask(3)
        client.pass_time(1)
        client.ask(5)
        client.turn()
        self.assertEqual(len(client.exchanges), 2)
        self.assertEqual(client.goaways[-1], (3, 0))
        for exchange in client.exchanges:
            hello(exchange)
        client.turn()
        self.assertEqual((client.ended, client.closed), ({1, 3}, True))

    def test_new_connection(self) -> None:
        """A connection whose version becomes known while we drain is drained, too."""
        client = self.client(begin=b"")
        client.channel.dataReceived(b"PRI * ")
        client.factory.draining = True
        client.send(b"HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0))
        client.ask(1)
        client.pass_time(1)
        self.assertEqual((client.status(), client.closed), ("200", True))

    def test_idle_wait(self) -> None:
        """Clients may be given longer for requests that are under way."""
        client = self.client()
        client.factory.drain(3)
        client.pass_time(2)
        client.ask(1)
        self.assertEqual((client.status(), client.closed), ("200", False))
        client.pass_time(2)
        self.assertTrue(client.closed)

    def test_abort(self) -> None:
        """Everything ends at once, and whoever works for the client hears of it."""
        client = self.client(None)
        client.ask(1)
        gone: list[int] = []
        client.exchanges[0].gone = lambda: gone.append(1)
        client.factory.abort_all()
        client.hear()
        self.assertEqual((gone, client.closed), ([1], True))
        hello(client.exchanges[0])
        client.turn()
        self.assertIsNone(client.status())


class EndTests(Case):
    """Other ends."""

    def test_client_says_goodbye_at_rest(self) -> None:
        """There is nothing to wait for."""
        client = self.client()
        client.ask(1)
        client.send(frame(GOAWAY, 0, 0, bytes(8)))
        client.turn()
        self.assertTrue(client.closed)

    def test_client_ends_its_half(self) -> None:
        """Then nobody can go on: requests are cancelled."""
        client = self.client(None)
        client.ask(1)
        gone: list[int] = []
        client.exchanges[0].gone = lambda: gone.append(1)
        client.channel.readConnectionLost()
        self.assertEqual((gone, client.closed), ([1], True))

    def test_lingering_ends(self) -> None:
        """What a client sends behind our last word is thrown away, for a while."""
        client = self.client()
        client.ask(2)  # no client's stream
        self.assertTrue(client.closed)
        self.assertFalse(client.transport.disconnecting)
        client.send(b"x" * 1000)
        client.pass_time(2.5)
        self.assertTrue(client.transport.disconnecting)
        client.pass_time(31)
        self.assertTrue(client.transport.aborted)

    def test_worn(self) -> None:
        """After so many requests a short pause ends the connection."""
        client = self.client(requests=3)
        for stream in (1, 3):
            client.ask(stream)
        client.pass_time(2)
        client.ask(5)
        self.assertFalse(client.closed)
        client.pass_time(1)
        self.assertTrue(client.closed)
        self.assertEqual(client.goaways[-1], (5, 0))

    def test_worn_out(self) -> None:
        """Without any pause it is told to go after many more."""
        client = self.client(requests=3, h2=H2Limits(requests=10))
        for stream in range(1, 21, 2):
            client.ask(stream)
        client.turn()
        self.assertEqual(client.goaways, [(LATER, 0)])

    def test_lost_before_anything(self) -> None:
        """A connection that ends at once leaves nothing behind."""
        client = self.client()
        self.vanish(client)
        client.pass_time(1)
        self.assertEqual(client.factory.connections, set())

    def test_answer_after_the_end(self) -> None:
        """An answer for a client that left is nothing."""
        client = self.client(None)
        client.post(1)
        exchange = client.exchanges[0]
        self.vanish(client)
        hello(exchange)
        exchange.start(200, (), None).write(b"x")
        exchange.abort()
        body: Any = exchange.body
        body.close()
        client.turn()
        self.assertEqual(client.status(), None)


class DeadlineTests(Case):
    """What the configuration limits."""

    def test_write_timeout(self) -> None:
        """An answer that takes too long is cut; others go on."""
        client = self.client(None, answer_s=5)
        client.ask(1)
        gone: list[int] = []
        client.exchanges[0].gone = lambda: gone.append(1)
        client.pass_time(4)
        client.ask(3)
        client.pass_time(2)
        self.assertEqual((client.resets, gone, client.closed), ({1: 8}, [1], False))

    def test_read_timeout(self) -> None:
        """A request that takes too long is cut."""
        client = self.client(None, request_s=5)
        client.post(1)
        for _ in range(12):
            client.body(1, b"x")
            client.pass_time(0.5)
        self.assertEqual(client.resets, {1: 8})

    def test_unread_body(self) -> None:
        """A client that waits for us is not silent."""
        client = self.client(None)
        client.post(1)
        for _ in range(8):
            client.body(1, b"x" * (16 << 10))
        client.pass_time(50)
        self.assertEqual((client.resets, client.closed), ({}, False))

    def test_silence_after_the_answer(self) -> None:
        """A body that nobody wants has an end, too."""
        client = self.client(hello)
        client.ask(1, base=((":method", "POST"), *GET[1:]), end=False)
        client.pass_time(31)
        self.assertEqual((client.resets, client.ended), ({1: 0}, {1}))


class GoodbyeTests(Case):
    """What only libnghttp2 does."""

    def test_client_says_goodbye(self) -> None:
        """A client that is leaving gets what it still waits for."""
        client = self.client(None)
        client.ask(1)
        client.send(frame(GOAWAY, 0, 0, bytes(8)))
        self.assertFalse(client.closed)
        hello(client.exchanges[0])
        client.turn()
        self.assertEqual((client.status(), client.closed), ("200", True))


class HyperDrainTests(DrainTests):
    """The same with h2."""

    engine = HyperEngine


class HyperEndTests(EndTests):
    """The same with h2."""

    engine = HyperEngine


class HyperDeadlineTests(DeadlineTests):
    """The same with h2."""

    engine = HyperEngine
