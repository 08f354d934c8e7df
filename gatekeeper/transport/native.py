"""
Let asyncio's transports serve Twisted's protocols.

`NativeTransport` is the protocol of the one and the transport of the other.  The call that
matters most is not wrapped: asyncio gets the Twisted protocol's own ``dataReceived``.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableProtocol,
    IProtocolFactory,
    IPushProducer,
    ITCPTransport,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["Address", "NativeTransport", "address", "building"]

Address: TypeAlias = IPv4Address | IPv6Address

_log = Logger()


def address(name: Any) -> Address:
    """
    Give what asyncio calls ``("192.0.2.1", 80)`` as Twisted's address.

    IPv4 clients of a socket that listens for both versions get their IPv4 address.
    """
    host, port = (name[0], name[1]) if name else ("", 0)
    if ":" not in host:
        return IPv4Address("TCP", host, port)
    if host.startswith("::ffff:") and "." in host:
        return IPv4Address("TCP", host[7:], port)
    return IPv6Address("TCP", host, port, name[2], name[3])


@implementer(ITCPTransport, IConsumer, IPushProducer)
class NativeTransport:
    """
    One connection: by its methods an `asyncio.Protocol`, too.

    Args:
        loop: Where the connection lives.
        build: Gives the Twisted protocol for a peer, or None to refuse it.
    """

    disconnecting = False

    def __init__(self, loop: asyncio.AbstractEventLoop, build: Callable[[Address], Any]) -> None:
        self.protocol: Any = None
        self.connected = False
        self.data_received: Callable[[bytes], object] = _ignore
        self._loop = loop
        self._build = build
        self._native: Any = None
        self._peer: Address | None = None
        self._producer: Any = None
        self._streaming = True
        self._full = False
        self._reading = True
        self._writable = False
        self._aborted = False
        self._half_closeable = False

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Build the Twisted protocol and tie both sides together."""
        self._native = transport
        try:
            protocol: Any = self._build(self.getPeer())
        except Exception:  # noqa: BLE001 - any factory of others; the listener goes on
            _log.failure("no protocol could be built")
            protocol = None
        if protocol is None:
            self._native.abort()
            return
        self.protocol = protocol
        self.connected = self._writable = True
        self._half_closeable = IHalfCloseableProtocol.providedBy(protocol)
        self.data_received = protocol.dataReceived
        self._native.set_protocol(self)  # uvloop looks `data_received` up here, once
        protocol.makeConnection(self)

    def eof_received(self) -> bool:
        """Pass on that the peer says nothing more; a protocol that cannot hear it is closed."""
        if self._half_closeable and self.connected:
            self.protocol.readConnectionLost()
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell why, in Twisted's words."""
        self.connected = self._writable = False
        protocol, producer = self.protocol, self._producer
        self._producer = None
        if producer is not None:
            producer.stopProducing()
        if protocol is not None:
            protocol.connectionLost(self._reason(exc))

    def pause_writing(self) -> None:
        """The buffer is above its high water."""
        self._full = True
        if self._producer is not None and self._streaming:
            self._producer.pauseProducing()

    def resume_writing(self) -> None:
        """The buffer is below its low water."""
        self._full = False
        if self._producer is not None and self._streaming:
            self._producer.resumeProducing()
        elif self._producer is not None:
            self._pull()

    # Twisted calls these: ITransport and ITCPTransport.

    def write(self, data: bytes) -> None:
        """Send; nothing more is sent on a connection that is being closed."""
        if self._writable:
            try:
                self._native.write(data)
            except RuntimeError:  # uvloop has seen the end, and `connection_lost` is due
                self._writable = False

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Write several pieces at once."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close when everything is written and no producer is left."""
        if not self.connected or self.disconnecting:
            return
        self.disconnecting = True
        if self._producer is None:
            self._close()
        else:
            self.pauseProducing()

    def abortConnection(self) -> None:
        """Reset the connection now."""
        if not self.connected or self._aborted:
            return
        self._aborted = self.disconnecting = True
        self._writable = False
        self._producer = None
        sock = self._socket()
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._native.abort()

    def loseWriteConnection(self) -> None:
        """Close our half when everything is written."""
        if self.connected and not self.disconnecting and self._native.can_write_eof():
            self._writable = False
            self._native.write_eof()
            if self._half_closeable:
                self._loop.call_soon(self._write_lost)

    def getPeer(self) -> Address:
        """Give the other end."""
        if self._peer is None:
            self._peer = address(self._native.get_extra_info("peername"))
        return self._peer

    def getHost(self) -> Address:
        """Give our end."""
        return address(self._native.get_extra_info("sockname"))

    def getTcpNoDelay(self) -> bool:
        """Tell whether small writes are sent at once; native transports begin so."""
        return self._option(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Choose whether small writes are sent at once."""
        self._set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, enabled)

    def getTcpKeepAlive(self) -> bool:
        """Tell whether the kernel probes an idle peer."""
        return self._option(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Choose whether the kernel probes an idle peer."""
        self._set_option(socket.SOL_SOCKET, socket.SO_KEEPALIVE, enabled)

    # IConsumer: what the protocol writes.

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Tell `producer` from now on when to pause; a pull producer is pulled."""
        if self._producer is not None:
            raise RuntimeError(f"{self._producer!r} is still registered")
        if not self.connected:
            producer.stopProducing()
            return
        self._producer = producer
        self._streaming = streaming
        if not streaming:
            self._loop.call_soon(self._pull)
        elif self._full:
            producer.pauseProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer, and close if that was waited for."""
        self._producer = None
        if self.disconnecting and self.connected and not self._aborted:
            self._close()

    # IPushProducer: what the protocol reads.

    def pauseProducing(self) -> None:
        """Stop reading."""
        if self._reading and self.connected and not self._native.is_closing():
            self._reading = False
            self._native.pause_reading()

    def resumeProducing(self) -> None:
        """Read again."""
        if not self._reading and self.connected and not self._native.is_closing():
            self._reading = True
            self._native.resume_reading()

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()

    def _close(self) -> None:
        self._writable = False
        self._native.close()

    def _pull(self) -> None:
        if self._producer is not None and not self._streaming and not self._full:
            self._producer.resumeProducing()
            self._loop.call_soon(self._pull)

    def _write_lost(self) -> None:
        if self.connected:
            self.protocol.writeConnectionLost()

    def _reason(self, exc: Exception | None) -> Failure:
        if self._aborted:
            return Failure(ConnectionAborted())
        if exc is None:
            return Failure(ConnectionDone())
        return Failure(ConnectionLost(str(exc)))

    def _socket(self) -> Any:
        return self._native.get_extra_info("socket")

    def _option(self, level: int, name: int) -> bool:
        return bool(self._socket().getsockopt(level, name))

    def _set_option(self, level: int, name: int, enabled: bool) -> None:
        if self.connected:
            self._socket().setsockopt(level, name, int(enabled))


def _ignore(data: bytes) -> None:
    """Nobody listens yet."""


def building(loop: asyncio.AbstractEventLoop, factory: IProtocolFactory) -> Callable[[], Any]:
    """Give what asyncio calls for every connection: a new `NativeTransport`."""
    build: Any = factory.buildProtocol
    return lambda: NativeTransport(loop, build)
