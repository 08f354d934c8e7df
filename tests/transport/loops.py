"""An event loop that a test runs, and protocols that remember what happened to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from gatekeeper.transport.connecting import NativeClientEndpoint
from gatekeeper.transport.listening import NativeServerEndpoint, bound_socket

__all__ = ["Half", "LoopTestCase", "Makes", "Talker"]

SECONDS = 10.0


class Talker(Protocol):
    """
    Remembers what it heard, and why it ended.

    Attributes:
        ended: The type of the reason, or None while it lives.
    """

    transport: Any

    def __init__(self) -> None:
        self.heard = b""
        self.ended: type[BaseException] | None = None

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended = reason.type


@implementer(IHalfCloseableProtocol)
class Half(Talker):
    """Lives on when one direction has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.halves: list[str] = []

    def readConnectionLost(self) -> None:
        self.halves.append("read")

    def writeConnectionLost(self) -> None:
        self.halves.append("write")


class Makes(Factory):
    """
    Makes protocols of one kind.

    Attributes:
        made: All of them.
        uses: How often it was started and not stopped.
    """

    noisy = False

    def __init__(self, kind: Callable[[], Any] = Talker) -> None:
        self.kind = kind
        self.made: list[Any] = []
        self.uses = 0

    def doStart(self) -> None:
        self.uses += 1

    def doStop(self) -> None:
        self.uses -= 1

    def buildProtocol(self, addr: Any) -> Any:
        made = self.kind()
        if made is not None:
            self.made.append(made)
        return made


class LoopTestCase(SynchronousTestCase):
    """Runs coroutines on a loop of its own."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()

    def setUp(self) -> None:
        self.loop = self.new_loop()
        self.addCleanup(self.loop.close)
        self.port: Any = None

    def run_now(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, SECONDS))

    async def wait(self, waiting: Deferred[Any]) -> Any:
        return await waiting.asFuture(self.loop)

    async def until(self, condition: Callable[[], object]) -> None:
        """Let the loop turn until something is true."""
        while not condition():
            await asyncio.sleep(0)

    async def listen(self, factory: Factory) -> int:
        """Listen; give the port's number."""
        endpoint = NativeServerEndpoint(self.loop, lambda: bound_socket("127.0.0.1", 0), 50)
        self.port = await self.wait(endpoint.listen(factory))
        return int(self.port.getHost().port)

    async def connect(self, port: int, factory: Factory) -> Any:
        endpoint = NativeClientEndpoint(self.loop, "127.0.0.1", port, SECONDS)
        return await self.wait(endpoint.connect(factory))

    async def pair(
        self, server: Callable[[], Any] = Talker, client: Callable[[], Any] = Talker
    ) -> tuple[Any, Any]:
        """Give both ends of a connection."""
        factory = Makes(server)
        port = await self.listen(factory)
        mine = await self.connect(port, Makes(client))
        await self.until(lambda: factory.made and factory.made[0].transport)
        return factory.made[0], mine

    async def end(self) -> None:
        """Close the port, and let everything that was closed go."""
        await self.wait(self.port.stopListening())
        for _ in range(5):
            await asyncio.sleep(0)
