"""Listen with asyncio's transports."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import Any, cast

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IStreamServerEndpoint
from twisted.logger import Logger
from zope.interface import implementer

from gatekeeper.transport.native import Address, address, building

__all__ = [
    "NativePort",
    "NativeServerEndpoint",
    "any_interface",
    "bound_socket",
    "bound_sockets",
    "is_literal",
]

_log = Logger()

_UNSENT = 128 << 10
"""
How much the kernel keeps of what it cannot send yet.  It is inherited by every connection:
a slow client's progress shows in small steps, and costs less memory.
"""


def is_literal(host: str) -> bool:
    """Tell an address from a name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError):
            socket.inet_pton(family, host.partition("%")[0])
            return True
    return False


def any_interface() -> str:
    """Give the address that means all interfaces, of both versions of IP if possible."""
    if socket.has_dualstack_ipv6():
        return "::"
    return "0.0.0.0"


def bound_socket(interface: str, port: int, backlog: int = 1024) -> socket.socket:
    """
    Give a socket that listens; connections queue in it from now on.

    Args:
        interface: As for `gatekeeper.transport.endpoints.server_endpoint`.

    Raises:
        CannotListenError: The port is in use, or the address is not ours.
    """
    return bound_sockets(interface, port, 1, backlog)[0]


def bound_sockets(
    interface: str, port: int, count: int, backlog: int = 1024, *, listen: bool = True
) -> list[socket.socket]:
    """
    Give sockets that listen on one port; the kernel deals connections out evenly.

    Args:
        listen: Whether they do so at once; otherwise connections are refused until then.

    The first is bound alone, so that a port that somebody else listens on is noticed; only
    then does it admit the others (``SO_REUSEPORT``).

    Raises:
        CannotListenError: The port is in use, or the address is not ours.
    """
    made: list[socket.socket] = []
    try:
        kind, where = _resolved(interface, port)
        for number in range(count):
            one = socket.socket(*kind)
            made.append(one)
            _prepare(one, any_version=where[0] == "::")
            if number:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind(where)
            if count > 1:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if listen:
                one.listen(backlog)
            where = one.getsockname()
    except OSError as error:
        for one in made:
            one.close()
        raise CannotListenError(interface, port, error) from error
    return made


def _resolved(interface: str, port: int) -> tuple[tuple[int, int, int], Any]:
    host = interface or any_interface()
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )[0]
    except socket.gaierror as error:
        raise OSError(errno.EADDRNOTAVAIL, str(error)) from error
    return (family, kind, protocol), where


def _prepare(one: socket.socket, *, any_version: bool) -> None:
    one.setblocking(False)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not any_version))
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)


@implementer(IListeningPort)
class NativePort:
    """A port that accepts connections as soon as the loop runs."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        listener: socket.socket,
        factory: Any,
        backlog: int,
    ) -> None:
        self._loop = loop
        self._listener: socket.socket | None = listener
        self._address = address(listener.getsockname())
        self._factory = factory
        self._backlog = backlog
        self._server: asyncio.AbstractServer | None = None
        self._starting: asyncio.Task[None] | None = None

    def startListening(self) -> None:
        """Begin to accept."""
        self._factory.doStart()
        self._starting = self._loop.create_task(self._accept(self._listener))

    def stopListening(self) -> Deferred[None]:
        """Close the listener at once; connections go on."""
        if self._listener is not None:
            listener, self._listener = self._listener, None
            if self._starting is not None:
                self._starting.cancel()
            if self._server is not None:
                self._server.close()
            else:
                listener.close()
            self._factory.doStop()
        return succeed(None)

    def getHost(self) -> Address:
        """Give the address that is listened on."""
        return self._address

    async def _accept(self, listener: socket.socket | None) -> None:
        try:
            self._server = await self._loop.create_server(
                building(self._loop, self._factory),
                sock=cast(socket.socket, listener),
                backlog=self._backlog,
            )
        except Exception:  # noqa: BLE001 - nobody waits for this task
            _log.failure("cannot accept on {address}", address=self._address)
        finally:
            self._starting = None


@implementer(IStreamServerEndpoint)
class NativeServerEndpoint:
    """
    Listen with a socket.

    Args:
        listener: Gives the socket, or raises CannotListenError; called by `listen`.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, listener: Callable[[], socket.socket], backlog: int
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._backlog = backlog

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Give a port that listens already when the Deferred fires, which is now."""
        try:
            listener = self._listener()
        except CannotListenError:
            return fail()
        port = NativePort(self._loop, listener, protocolFactory, self._backlog)
        port.startListening()
        return succeed(cast(IListeningPort, port))
