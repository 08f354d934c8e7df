"""Tests of `gatekeeper.transport.native`: asyncio's transports behave as Twisted's do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.transport.native import address
from tests.transport.loops import Half, LoopTestCase, Makes, Talker

LARGE = b"x" * 8_000_000
"""More than any buffer between two ends."""


class Producer:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class AsyncioTransportTests(LoopTestCase):
    """On asyncio's own loop."""

    def check(self, test: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            await test()
            await self.end()

        self.run_now(whole())

    def test_talk(self) -> None:
        """Both ends hear each other, in order, and know whom."""

        async def test() -> None:
            server, client = await self.pair()
            client.transport.write(b"a")
            client.transport.writeSequence([b"b", b"c"])
            await self.until(lambda: server.heard == b"abc")
            server.transport.write(b"d")
            await self.until(lambda: client.heard == b"d")
            self.assertEqual(client.transport.getPeer(), self.port.getHost())
            self.assertEqual(server.transport.getPeer(), client.transport.getHost())
            client.transport.loseConnection()
            await self.until(lambda: client.ended and server.ended)
            self.assertEqual((client.ended, server.ended), (ConnectionDone, ConnectionDone))

        self.check(test)

    def test_close_sends_everything(self) -> None:
        """What was written before is sent; what is written after is not."""

        async def test() -> None:
            server, client = await self.pair()
            client.transport.write(LARGE)
            client.transport.loseConnection()
            client.transport.write(b"late")
            client.transport.loseConnection()
            await self.until(lambda: server.ended)
            self.assertEqual(len(server.heard), len(LARGE))
            client.transport.write(b"later")

        self.check(test)

    def test_abort(self) -> None:
        """A reset is noticed at once, on both sides, even with much unsent."""

        async def test() -> None:
            server, client = await self.pair()
            server.transport.pauseProducing()
            client.transport.write(LARGE)
            client.transport.abortConnection()
            client.transport.abortConnection()
            client.transport.write(b"late")
            await self.until(lambda: client.ended)
            server.transport.resumeProducing()
            await self.until(lambda: server.ended)
            self.assertEqual((client.ended, server.ended), (ConnectionAborted, ConnectionLost))

        self.check(test)

    def test_half_close(self) -> None:
        """One direction can end before the other."""

        async def test() -> None:
            server, client = await self.pair(Half, Half)
            client.transport.write(b"question")
            client.transport.loseWriteConnection()
            client.transport.write(b"late")
            await self.until(lambda: server.halves and client.halves)
            self.assertEqual((server.halves, client.halves), (["read"], ["write"]))
            server.transport.write(b"answer")
            server.transport.loseConnection()
            await self.until(lambda: server.ended and client.heard == b"answer")
            self.assertEqual(server.heard, b"question")
            client.transport.loseConnection()
            await self.until(lambda: client.ended)

        self.check(test)

    def test_no_half_close(self) -> None:
        """A protocol that cannot hear of halves is closed as a whole."""

        async def test() -> None:
            server, client = await self.pair(Talker, Half)
            client.transport.loseWriteConnection()
            await self.until(lambda: server.ended)
            self.assertEqual(server.ended, ConnectionDone)
            client.transport.loseConnection()
            await self.until(lambda: client.ended)

        self.check(test)

    def test_push_producer(self) -> None:
        """A producer pauses while the other end does not read, and goes on when it does."""

        async def test() -> None:
            server, client = await self.pair()
            producer = Producer()
            server.transport.pauseProducing()
            server.transport.pauseProducing()
            client.transport.registerProducer(producer, True)
            client.transport.write(LARGE)
            await self.until(lambda: producer.told == ["pause"])
            server.transport.resumeProducing()
            server.transport.resumeProducing()
            await self.until(lambda: producer.told == ["pause", "resume"])
            await self.until(lambda: len(server.heard) == len(LARGE))
            self.assertRaises(RuntimeError, client.transport.registerProducer, Producer(), True)
            client.transport.unregisterProducer()
            client.transport.loseConnection()
            await self.until(lambda: server.ended)

        self.check(test)

    def test_late_producer(self) -> None:
        """A producer that comes when nothing more fits is paused at once."""

        async def test() -> None:
            server, client = await self.pair()
            server.transport.pauseProducing()
            client.transport.write(LARGE)
            producer = Producer()
            client.transport.registerProducer(producer, True)
            self.assertEqual(producer.told, ["pause"])
            client.transport.abortConnection()
            await self.until(lambda: client.ended)
            server.transport.resumeProducing()
            await self.until(lambda: server.ended)
            client.transport.registerProducer(producer, True)
            self.assertEqual(producer.told, ["pause", "stop"])

        self.check(test)

    def test_pull_producer(self) -> None:
        """A producer that is pulled writes a piece each time, until it has no more."""

        async def test() -> None:
            server, client = await self.pair()
            pieces = [b"x" * 1_000_000] * 40

            class Pulled(Producer):
                def resumeProducing(self) -> None:
                    client.transport.write(pieces.pop())
                    if not pieces:
                        client.transport.unregisterProducer()

            server.transport.pauseProducing()
            client.transport.registerProducer(Pulled(), False)
            for _ in range(50):
                await asyncio.sleep(0)
            self.assertTrue(pieces, "it was pulled although nobody read")
            server.transport.resumeProducing()
            await self.until(lambda: len(server.heard) == 40_000_000)
            client.transport.loseConnection()
            await self.until(lambda: server.ended)

        self.check(test)

    def test_close_waits_for_the_producer(self) -> None:
        """A connection with a producer is closed when that has finished."""

        async def test() -> None:
            server, client = await self.pair()
            producer = Producer()
            client.transport.registerProducer(producer, True)
            client.transport.stopProducing()
            client.transport.write(b"the rest")
            client.transport.unregisterProducer()
            await self.until(lambda: server.ended)
            self.assertEqual(server.heard, b"the rest")

        self.check(test)

    def test_lost_with_a_producer(self) -> None:
        """A producer is stopped when the connection is lost."""

        async def test() -> None:
            server, client = await self.pair()
            producer = Producer()
            client.transport.registerProducer(producer, True)
            server.transport.abortConnection()
            await self.until(lambda: client.ended)
            self.assertEqual(producer.told[-1], "stop")

        self.check(test)

    def test_options(self) -> None:
        """Options of TCP are the socket's."""

        async def test() -> None:
            server, client = await self.pair()
            for set_, get in (
                (client.transport.setTcpNoDelay, client.transport.getTcpNoDelay),
                (client.transport.setTcpKeepAlive, client.transport.getTcpKeepAlive),
            ):
                for value in (True, False):
                    set_(value)
                    self.assertIs(get(), value)
            client.transport.abortConnection()
            await self.until(lambda: server.ended)
            client.transport.setTcpNoDelay(True)

        self.check(test)

    def test_unwanted(self) -> None:
        """A factory that wants no protocol, or fails, costs its own connection only."""

        async def test() -> None:
            refusing = Makes(lambda: None)
            port = await self.listen(refusing)
            client = await self.connect(port, Makes())
            await self.until(lambda: client.ended)

            def fails() -> None:
                raise ZeroDivisionError

            refusing.kind = fails
            client = await self.connect(port, Makes())
            await self.until(lambda: client.ended)
            refusing.kind = Talker
            client = await self.connect(port, Makes())
            client.transport.loseConnection()
            await self.until(lambda: client.ended)
            self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

        self.check(test)


class UvloopTransportTests(AsyncioTransportTests):
    """The same on uvloop."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        return uvloop.new_event_loop()


class AddressTests(SynchronousTestCase):
    """Names of sockets as Twisted's addresses."""

    def test_addresses(self) -> None:
        """Both versions of IP; an IPv4 client of a socket for both has its own address."""
        for name, expected in (
            (("192.0.2.1", 80), IPv4Address("TCP", "192.0.2.1", 80)),
            (("::1", 80, 0, 0), IPv6Address("TCP", "::1", 80)),
            (("::ffff:192.0.2.1", 80, 0, 0), IPv4Address("TCP", "192.0.2.1", 80)),
            (None, IPv4Address("TCP", "", 0)),
        ):
            self.assertEqual(address(name), expected)
