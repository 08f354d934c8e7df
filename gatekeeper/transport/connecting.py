"""
Connect with asyncio's transports.

Names are resolved by the loop in its thread pool.  Where there are several addresses, the
next one gets its chance a quarter of a second after the one before, or when that has
failed; the first that connects wins (RFC 8305).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred
from twisted.internet.error import (
    ConnectError,
    ConnectingCancelledError,
    DNSLookupError,
    NoProtocol,
    TimeoutError,  # noqa: A004 - the name that Twisted's callers catch
    getConnectError,
)
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.transport.native import NativeTransport, address, building

__all__ = ["NativeClientEndpoint"]

_HEAD_START_S = 0.25

_Found: TypeAlias = tuple[int, int, int, Any]
"""Family, kind, protocol and address."""


@implementer(IStreamClientEndpoint)
class NativeClientEndpoint:
    """
    Connect to a host.

    Args:
        timeout_s: For everything together.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, host: str, port: int, timeout_s: float
    ) -> None:
        self._loop = loop
        self._host = host
        self._port = port
        self._timeout_s = timeout_s

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """
        Give the protocol when it is connected; cancelling gives up.

        Raises (through the Deferred):
            DNSLookupError, TimeoutError, ConnectError: Its kinds say what went wrong.
            NoProtocol: The factory did not want the connection.
        """
        factory: Any = protocolFactory
        factory.doStart()
        task = self._loop.create_task(self._connect(protocolFactory))

        def cancelled(connecting: Deferred[IProtocol]) -> None:
            task.cancel()
            where = address((self._host, self._port, 0, 0))
            connecting.errback(ConnectingCancelledError(where))

        def done(task: asyncio.Task[IProtocol]) -> None:
            if task.cancelled() or connecting.called:
                factory.doStop()
                return
            error = task.exception()
            if error is None:
                connecting.callback(task.result())
            else:
                factory.doStop()
                connecting.errback(Failure(_translated(error)))

        connecting: Deferred[IProtocol] = Deferred(cancelled)
        task.add_done_callback(done)
        return connecting

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        async with asyncio.timeout(self._timeout_s):
            found = await self._loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            connected = await _first(self._loop, [(*one[:3], one[4]) for one in found])
            build = building(self._loop, factory)
            made = await _made(self._loop, build, connected)
        if made.protocol is None:
            raise NoProtocol
        protocol: IProtocol = made.protocol
        return protocol


async def _made(
    loop: asyncio.AbstractEventLoop, build: Callable[[], Any], sock: socket.socket
) -> NativeTransport:
    try:
        _, made = await loop.create_connection(build, sock=sock)
    except BaseException:
        sock.close()
        raise
    transport: NativeTransport = made
    return transport


async def _first(loop: asyncio.AbstractEventLoop, found: list[_Found]) -> socket.socket:
    """Race the addresses, each with a head start before the next."""
    if len(found) == 1:
        return await _socket(loop, found[0])
    waiting = list(found)
    running: set[asyncio.Task[socket.socket]] = set()
    error: BaseException = OSError("no address")
    try:
        while waiting or running:
            if waiting:
                running.add(loop.create_task(_socket(loop, waiting.pop(0))))
            patience = _HEAD_START_S if waiting else None
            done, running = await asyncio.wait(
                running, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                failed = task.exception()
                if failed is None:
                    return task.result()
                error = failed
        raise error
    finally:
        for task in running:
            task.cancel()


async def _socket(loop: asyncio.AbstractEventLoop, found: _Found) -> socket.socket:
    family, kind, protocol, where = found
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, asyncio.TimeoutError):
        return TimeoutError()
    if isinstance(error, socket.gaierror):
        return DNSLookupError(*error.args)
    if isinstance(error, OSError) and error.errno is not None:
        made: ConnectError = getConnectError((error.errno, error.strerror))
        return made
    return error
