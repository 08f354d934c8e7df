"""Tests of listening and connecting: `gatekeeper.transport.endpoints` and what it gives."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any

import uvloop
from twisted.internet import asyncioreactor, error
from twisted.internet.endpoints import (
    AdoptedStreamServerEndpoint,
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
)
from twisted.internet.error import CannotListenError, ConnectingCancelledError, NoProtocol
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.transport import reactor as choosing
from gatekeeper.transport.connecting import NativeClientEndpoint
from gatekeeper.transport.endpoints import adopted_endpoint, client_endpoint, server_endpoint
from gatekeeper.transport.listening import NativeServerEndpoint, bound_socket, bound_sockets
from gatekeeper.transport.reactor import event_loop
from tests.transport.loops import LoopTestCase, Makes


class Resolving:
    """A loop that resolves names as the test says."""

    def __init__(self, loop: asyncio.AbstractEventLoop, answer: Any) -> None:
        self._loop = loop
        self._answer = answer

    async def getaddrinfo(self, *_: object, **__: object) -> Any:
        if isinstance(self._answer, BaseException):
            raise self._answer
        if self._answer is None:
            await self._loop.create_future()
        return self._answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


def found(*ports: int) -> list[Any]:
    """Give what resolving a name gives: one address for each port."""
    kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    return [(*kind, ("127.0.0.1", port)) for port in ports]


def dead_port() -> int:
    """Give a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ConnectingTests(LoopTestCase):
    """Connections that are made, and those that are not."""

    def new_loop(self) -> asyncio.AbstractEventLoop:
        return uvloop.new_event_loop()

    def fails(self, answer: Any, expected: type[Exception], seconds: float = 5.0) -> None:
        """Connect where a name has these addresses; check how that fails."""
        factory = Makes()
        loop: Any = Resolving(self.loop, answer)

        async def run() -> None:
            endpoint = NativeClientEndpoint(loop, "shop.example", 80, seconds)
            try:
                await self.wait(endpoint.connect(factory))
            except expected:
                return
            self.fail("it connected")

        self.run_now(run())
        self.assertEqual((factory.uses, factory.made), (0, []))

    def test_refused(self) -> None:
        """Nobody listens, at one address or at all."""
        self.fails(found(dead_port()), error.ConnectionRefusedError)
        self.fails(found(dead_port(), dead_port()), error.ConnectionRefusedError)

    def test_unknown_name(self) -> None:
        """A name that cannot be resolved."""
        self.fails(socket.gaierror(-2, "Name or service not known"), error.DNSLookupError)

    def test_too_slow(self) -> None:
        """Resolving counts for the time."""
        self.fails(None, error.TimeoutError, 0.01)

    def test_other_errors(self) -> None:
        """What is nobody's usual error stays what it is."""
        self.fails(ZeroDivisionError(), ZeroDivisionError)

    def test_next_address(self) -> None:
        """The next address is tried when the one before fails."""

        async def run() -> None:
            server = Makes()
            port = await self.listen(server)
            loop: Any = Resolving(self.loop, found(dead_port(), port))
            endpoint = NativeClientEndpoint(loop, "shop.example", 80, 5.0)
            client = await self.wait(endpoint.connect(Makes()))
            client.transport.abortConnection()
            await self.until(lambda: server.made and server.made[0].ended)
            await self.end()

        self.run_now(run())

    def test_unwanted(self) -> None:
        """A factory that makes no protocol gets none."""

        async def run() -> None:
            port = await self.listen(Makes())
            try:
                await self.connect(port, Makes(lambda: None))
            except NoProtocol:
                await self.end()
            else:
                self.fail("it connected")

        self.run_now(run())

    def test_cancelled(self) -> None:
        """Whoever gives up hears so at once, and nothing is left."""
        factory = Makes()
        loop: Any = Resolving(self.loop, None)

        async def run() -> None:
            endpoint = NativeClientEndpoint(loop, "shop.example", 80, 5.0)
            connecting = endpoint.connect(factory)
            await asyncio.sleep(0)
            connecting.cancel()
            self.failureResultOf(connecting, ConnectingCancelledError)
            await self.until(lambda: factory.uses == 0)

        self.run_now(run())


class ListeningTests(LoopTestCase):
    """Ports."""

    def test_in_use(self) -> None:
        """A port that somebody has is refused, however many sockets we wanted."""
        first = bound_socket("127.0.0.1", 0)
        self.addCleanup(first.close)
        port = first.getsockname()[1]
        self.assertRaises(CannotListenError, bound_socket, "127.0.0.1", port)
        self.assertRaises(CannotListenError, bound_sockets, "127.0.0.1", port, 2)

    def test_several(self) -> None:
        """Sockets of one call share their port; nobody else gets in before they are all there."""
        several = bound_sockets("127.0.0.1", 0, 3)
        for one in several:
            self.addCleanup(one.close)
        self.assertEqual(len({one.getsockname() for one in several}), 1)

    def test_not_ours(self) -> None:
        """An address that is not ours, or is none, is refused."""
        for interface in ("192.0.2.1", "no address"):
            self.assertRaises(CannotListenError, bound_socket, interface, 0)

    def test_refused_by_the_endpoint(self) -> None:
        """The endpoint tells it by its Deferred."""

        def refuses() -> socket.socket:
            raise CannotListenError("", 80, OSError())

        endpoint = NativeServerEndpoint(self.loop, refuses, 50)
        self.failureResultOf(endpoint.listen(Makes()), CannotListenError)

    def test_stopped(self) -> None:
        """A port that is closed accepts nobody, even when it had not begun."""
        factory = Makes()

        async def run() -> None:
            number = await self.listen(factory)
            await self.end()
            try:
                await self.connect(number, Makes())
            except error.ConnectionRefusedError:
                return
            self.fail("it accepted")

        self.run_now(run())
        self.assertEqual(factory.uses, 0)

    def test_both_versions(self) -> None:
        """Without an address both versions of IP are served where the machine has them."""
        with bound_socket("", 0) as listener:
            both = socket.has_dualstack_ipv6()
            self.assertEqual(listener.family == socket.AF_INET6, both)
        with bound_socket("::1", 0) as listener:
            only = listener.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            self.assertEqual(only, 1)

    def test_adopted(self) -> None:
        """A socket that listens already goes on when our port is closed."""
        listener = bound_socket("127.0.0.1", 0)
        self.addCleanup(listener.close)
        reactor = object.__new__(asyncioreactor.AsyncioSelectorReactor)
        reactor._asyncioEventloop = self.loop
        factory = Makes()

        async def run() -> None:
            self.port = await self.wait(adopted_endpoint(reactor, listener).listen(factory))
            client = await self.connect(listener.getsockname()[1], Makes())
            await self.until(lambda: factory.made)
            client.transport.abortConnection()
            await self.until(lambda: factory.made[0].ended)
            await self.end()

        self.run_now(run())
        self.assertNotEqual(listener.fileno(), -1)


class ChoiceTests(SynchronousTestCase):
    """Which endpoints a reactor gets."""

    def test_stock(self) -> None:
        """A reactor that is not asyncio's gets Twisted's own."""
        reactor = MemoryReactorClock()
        for interface, kind in (("127.0.0.1", TCP4ServerEndpoint), ("::1", TCP6ServerEndpoint)):
            self.assertIsInstance(server_endpoint(reactor, interface, 0), kind)
        for host, kind in (
            ("127.0.0.1", TCP4ClientEndpoint),
            ("::1", TCP6ClientEndpoint),
            ("shop.example", HostnameEndpoint),
        ):
            self.assertIsInstance(client_endpoint(reactor, host, 80), kind)
        with bound_socket("127.0.0.1", 0) as listener:
            self.assertIsInstance(adopted_endpoint(reactor, listener), AdoptedStreamServerEndpoint)

    def test_native(self) -> None:
        """Asyncio's gets the fast ones."""
        loop = asyncio.new_event_loop()
        self.addCleanup(loop.close)
        reactor = object.__new__(asyncioreactor.AsyncioSelectorReactor)
        reactor._asyncioEventloop = loop
        self.assertIs(event_loop(reactor), loop)
        self.assertIsInstance(server_endpoint(reactor, "", 0), NativeServerEndpoint)
        self.assertIsInstance(client_endpoint(reactor, "a", 80, 1.0), NativeClientEndpoint)

    def test_install(self) -> None:
        """The reactor is asyncio's on uvloop; without uvloop Twisted's default stays."""
        installed: list[Any] = []
        self.patch(choosing, "installReactor", installed.append)
        self.patch(choosing, "AsyncioSelectorReactor", lambda loop: loop)
        choosing.install()
        self.assertIsInstance(installed[0], uvloop.Loop)
        installed[0].close()
        self.addCleanup(sys.modules.__setitem__, "uvloop", uvloop)
        sys.modules["uvloop"] = None  # type: ignore[assignment]  # so it cannot be imported
        choosing.install()
        self.assertEqual(len(installed), 1)
