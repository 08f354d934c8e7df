"""
A client that speaks just enough HTTP/2 to know whether an answer is whole and a goodbye polite.

Frames are written and read here, so that nothing between the gateway and the judgement is
clever; only the compression of header fields is a library's.
"""

from __future__ import annotations

import asyncio
import ssl
import struct

from hpack import Decoder, Encoder

from tests.faults.load import Answer, Connection

__all__ = ["NotServed", "open_h2"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0,
    1,
    3,
    4,
    6,
    7,
    8,
    9,
)
END_STREAM, ACK, END_HEADERS = 1, 1, 4


class NotServed(Exception):
    """The gateway has said that it did not look at this request: it may be sent again."""


class H2:
    """A connection that speaks HTTP/2, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._encoder, self._decoder = Encoder(), Decoder()
        self._next = 1
        self._last = 2**31 - 1
        self._leaving = False
        self._waiting: asyncio.Future[Answer] | None = None
        self._stream = 0
        self._fields: dict[str, str] = {}
        self._body = b""
        writer.write(PREFACE + _frame(SETTINGS, 0, 0, b""))
        self._reading = asyncio.create_task(self._read())

    @property
    def is_usable(self) -> bool:
        return not (self._leaving or self._reading.done() or self._writer.is_closing())

    async def ask(self, path: str) -> Answer:
        """Send a request; raises `NotServed` when it may be repeated elsewhere."""
        stream, self._next = self._next, self._next + 2
        self._stream, self._fields, self._body = stream, {}, b""
        self._waiting = asyncio.get_running_loop().create_future()
        fields = [
            (":method", "GET"),
            (":scheme", "http"),
            (":authority", "localhost"),
            (":path", path),
        ]
        block = self._encoder.encode(fields)
        self._writer.write(_frame(HEADERS, END_STREAM | END_HEADERS, stream, block))
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def close(self) -> None:
        self._reading.cancel()
        self._writer.close()

    async def _read(self) -> None:
        error: Exception
        try:
            while True:
                head = await self._reader.readexactly(9)
                size, kind, flags, stream = struct.unpack(">IBBI", b"\0" + head)
                self._take(kind, flags, stream, await self._reader.readexactly(size))
        except asyncio.IncompleteReadError:
            error = EOFError("the connection ended")
        except OSError as broken:
            error = broken
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error if self._stream <= self._last else NotServed())

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == SETTINGS and not flags & ACK:
            self._writer.write(_frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and not flags & ACK:
            self._writer.write(_frame(PING, ACK, 0, payload))
        elif kind == GOAWAY:
            self._leaving = True
            self._last = struct.unpack(">I", payload[:4])[0]
            if self._waiting is not None and self._stream > self._last:
                self._settle(NotServed())
        elif stream == self._stream and self._waiting is not None:
            self._answer(kind, flags, payload)

    def _answer(self, kind: int, flags: int, payload: bytes) -> None:
        if kind == HEADERS:
            self._fields.update(self._decoder.decode(payload))
        elif kind == DATA:
            self._body += payload
            if payload:
                more = struct.pack(">I", len(payload))
                self._writer.write(_frame(WINDOW_UPDATE, 0, 0, more))
        elif kind == RST_STREAM:
            code = struct.unpack(">I", payload)[0]
            refused = 7  # REFUSED_STREAM: nothing was done
            self._settle(NotServed() if code == refused else EOFError(f"reset with {code}"))
            return
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            self._settle(Answer(int(self._fields[":status"]), self._body))

    def _settle(self, outcome: Answer | Exception) -> None:
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        if isinstance(outcome, Exception):
            waiting.set_exception(outcome)
        else:
            waiting.set_result(outcome)


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class Patient:
    """A connection that repeats what it may repeat, on a new connection."""

    def __init__(self, port: int, tls: ssl.SSLContext | None, connection: H2) -> None:
        self._port, self._tls, self._connection = port, tls, connection

    @property
    def is_usable(self) -> bool:
        return self._connection.is_usable

    async def ask(self, path: str) -> Answer:
        try:
            return await self._connection.ask(path)
        except NotServed:
            self._connection.close()
            self._connection = await _connect(self._port, self._tls)
            return await self._connection.ask(path)

    def close(self) -> None:
        self._connection.close()


async def _connect(port: int, tls: ssl.SSLContext | None) -> H2:
    name = None
    if tls is not None:
        tls.set_alpn_protocols(["h2"])
        name = "localhost"
    return H2(*await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name))


async def open_h2(port: int, tls: ssl.SSLContext | None) -> Connection:
    """Connect: with TLS by ALPN, without it by prior knowledge."""
    return Patient(port, tls, await _connect(port, tls))
