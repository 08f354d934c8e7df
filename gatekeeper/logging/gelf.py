"""
Write messages in Graylog's format and send them, without ever waiting for Graylog.

Over UDP a message is compressed, and cut in chunks when it is long.  Over TCP messages end
with a NUL; while the connection is away they wait in a queue with a bound, and are lost
when it is full or the connection does not come back.

Source: Graylog documentation, "GELF Payload Specification", version 1.1.
"""

from __future__ import annotations

import gzip
import os
import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any, Protocol

import orjson
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

__all__ = ["TCP", "UDP", "GELFUnreachable", "Sender", "chunks", "encode"]

CHUNK = 1420
MAX_CHUNKS = 128
MAX_WAITING = 1000
ATTEMPTS = 3
RETRY_S = 1.0
START_S = 2.0

_HEADER = b"\x1e\x0f"


class GELFUnreachable(ConnectionError):
    """There is nowhere to send to."""


class Sender(Protocol):
    """Something that takes messages."""

    def send(self, text: str) -> None:
        """Take the text of a message; never raises, never waits."""

    def begin(self, reactor: Any) -> None:
        """The reactor runs now."""

    def end(self) -> None:
        """The reactor is about to stop."""


def encode(text: str, host: str, now: float, facility: str = "") -> bytes:
    """
    Write a message.

    Args:
        text: One or more lines; the first is the short message.
        facility: Of UDP messages only, as in the original.
    """
    first, _, rest = text.partition("\n")
    members: dict[str, object] = {
        "version": "1.1",
        "host": host,
        "short_message": first,
        "timestamp": now,
        "level": 6,
        "_file": "gatekeeper/log.py",
        "_line": 1,
    }
    if rest:
        members["full_message"] = text
    if facility:
        members["facility"] = facility
    return orjson.dumps(members)


def chunks(data: bytes, identity: bytes) -> Iterator[bytes]:
    """
    Cut a compressed message into datagrams; one that is far too long gives none.

    Args:
        identity: Eight random bytes.
    """
    if len(data) <= CHUNK:
        yield data
        return
    size = CHUNK - len(_HEADER) - len(identity) - 2
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    if len(parts) > MAX_CHUNKS:
        return
    for number, part in enumerate(parts):
        yield _HEADER + identity + bytes((number, len(parts))) + part


def _split(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise GELFUnreachable(f"address {address}: missing port in address")
    return host.strip("[]") or "localhost", int(port)


class UDP:
    """
    Send datagrams.

    Args:
        address: ``host:port``.

    Raises:
        GELFUnreachable: The host has no address.
    """

    def __init__(self, address: str) -> None:
        host, port = _split(address)
        try:
            family, kind, protocol, _, target = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM
            )[0]
        except OSError as error:
            raise GELFUnreachable(f"dial udp: lookup {host}: no such host") from error
        self._target = target
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._host = socket.gethostname()

    def send(self, text: str) -> None:
        """Send at once; what the network does not take is lost."""
        data = gzip.compress(encode(text, self._host, time.time(), "gatekeeper"), compresslevel=1)
        for datagram in chunks(data, os.urandom(8)):
            try:
                self._socket.sendto(datagram, self._target)
            except OSError:
                return

    def begin(self, reactor: Any) -> None:
        """Nothing to do: there is no connection."""

    def end(self) -> None:
        """Nothing waits."""


class _Connection(TwistedProtocol):
    """One connection to Graylog; it does not answer."""

    factory: TCP

    def connectionMade(self) -> None:
        """Send what waits."""
        self.factory.connected(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Try again."""
        self.factory.lost()


class TCP(Factory):
    """
    Send over a connection that is made again when it is lost.

    Args:
        address: ``host:port``.

    Attributes:
        dropped: How many messages were lost.

    Raises:
        GELFUnreachable: Nobody listens there, right now at the start.
    """

    noisy = False

    def __init__(self, address: str) -> None:
        self._where = _split(address)
        try:
            socket.create_connection(self._where, START_S).close()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise GELFUnreachable(f"dial tcp {address}: connect: {reason}") from error
        self.dropped = 0
        self._waiting: deque[bytes] = deque()
        self._connection: _Connection | None = None
        self._reactor: Any = None
        self._attempts = 0
        self._host = socket.gethostname()

    def buildProtocol(self, addr: Any) -> Any:
        """Called by Twisted when there is a connection."""
        del addr
        connection = _Connection()
        connection.factory = self
        return connection

    def send(self, text: str) -> None:
        """Send, or wait for the connection."""
        data = encode(text, self._host, time.time()) + b"\0"
        if self._connection is not None:
            self._write(data)
        elif len(self._waiting) < MAX_WAITING:
            self._waiting.append(data)
            if self._attempts >= ATTEMPTS:
                self._attempts = 0
                self._connect()
        else:
            self.dropped += 1

    def begin(self, reactor: Any) -> None:
        """Connect."""
        self._reactor = reactor
        self._connect()

    def end(self) -> None:
        """Say the last words and close."""
        self._reactor = None
        if self._connection is not None:
            transport: Any = self._connection.transport
            transport.loseConnection()

    def connected(self, connection: _Connection) -> None:
        """Called by the connection."""
        self._connection, self._attempts = connection, 0
        while self._waiting:
            self._write(self._waiting.popleft())

    def lost(self) -> None:
        """Called when there is no connection, or no more."""
        self._connection = None
        if self._reactor is None:
            return
        self._attempts += 1
        if self._attempts < ATTEMPTS:
            self._reactor.callLater(RETRY_S, self._connect)
        else:
            self.dropped += len(self._waiting)
            self._waiting.clear()

    def _connect(self) -> None:
        if self._reactor is not None:
            self._reactor.connectTCP(*self._where, _Client(self))

    def _write(self, data: bytes) -> None:
        assert self._connection is not None
        transport: Any = self._connection.transport
        transport.write(data)


class _Client:
    """What ``connectTCP`` wants, which is more than a factory of protocols."""

    noisy = False

    def __init__(self, owner: TCP) -> None:
        self._owner = owner
        self.buildProtocol = owner.buildProtocol

    def doStart(self) -> None:
        """Called by Twisted."""

    def doStop(self) -> None:
        """Called by Twisted."""

    def startedConnecting(self, connector: Any) -> None:
        """Called by Twisted."""

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        """Called by Twisted: nobody listens."""
        self._owner.lost()

    def clientConnectionLost(self, connector: Any, reason: Failure) -> None:
        """Called by Twisted; the connection has told us already."""
