"""
A backend that closes, stalls, truncates and lies, each by the path that it is asked for.

Every honest answer carries the number of the request, ``{"id": N}``, so that a client can
tell whether it was given somebody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["FAULTS", "Liar"]


def _answer(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    count = len(body) if length is None else length
    head = [b"HTTP/1.1 200 OK", b"Content-Type: application/json", b"Content-Length: %d" % count]
    return b"\r\n".join([*head, *headers, b"", body])


def _chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


HUGE = b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(20000)) + b"\r\n"

FAULTS: dict[str, Callable[[bytes], bytes | None]] = {
    # honest, so that faults meet connections that were used before
    "good": lambda own: _answer(own),
    "good_chunked": lambda own: _chunked(own[:3], own[3:]),
    # closes
    "close_at_once": lambda own: b"",
    "close_in_head": lambda own: b"HTTP/1.1 200 OK\r\nContent-",
    "close_in_body": lambda own: _answer(own[:4], length=len(own)),
    "close_in_chunk": lambda own: _chunked(own[:4], end=b"ff\r\nabc"),
    # stalls: what is sent is not all
    "stall": lambda own: None,
    # lies
    "extra_bytes": lambda own: (
        _answer(own) + b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"id":0}'
    ),
    "two_lengths": lambda own: _answer(own, b"Content-Length: 3"),
    "length_and_chunks": lambda own: _answer(own, b"Transfer-Encoding: chunked"),
    "negative_length": lambda own: _answer(own, length=-1),
    "not_http": lambda own: b"220 mail.example ESMTP\r\n",
    "switches": lambda own: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + own,
    "head_without_end": lambda own: HUGE[:-2],
    "huge_head": lambda own: HUGE + own,
    "not_json": lambda own: _answer(b"<html>" + own),
    "chunk_size_nonsense": lambda own: _chunked(own, end=b"zz\r\n"),
}

HONEST = ("good", "good_chunked")


class Liar:
    """
    The server.

    Attributes:
        connections: How many are open now.
        stalled: How many of them wait until the gateway gives up.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.stalled = 0

    async def start(self) -> int:
        """Listen on a port of the loopback interface; gives the port."""
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        return int(self.server.sockets[0].getsockname()[1])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests until a fault, or the gateway, ends the connection."""
        self.connections += 1
        try:
            while await self.one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.connections -= 1
            writer.close()

    async def one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Read one request and answer it; gives whether the connection goes on."""
        head = await reader.readuntil(b"\r\n\r\n")
        _, fault, number = head.split(b" ")[1].decode().split("/")
        answer = FAULTS[fault](b'{"id":%d}' % int(number))
        if answer is None:
            self.stalled += 1
            try:
                await self._until_gone(reader)
            finally:
                self.stalled -= 1
            return False
        writer.write(answer)
        await writer.drain()
        if fault == "extra_bytes":  # keeps the connection, as the worst liar would
            return True
        return fault in HONEST

    @staticmethod
    async def _until_gone(reader: asyncio.StreamReader) -> None:
        while await reader.read(65536):
            pass

    async def stop(self) -> None:
        """Stop listening."""
        self.server.close()
