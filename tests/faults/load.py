"""
Steady load that forgives nothing.

Clients of several kinds ask over and over: some keep their connection, with and without pauses,
some open one for every request.  Every answer must be whole, right and 200.  A connection may
only be closed by the gateway where HTTP lets it: after it has said so, or while it is idle, and
the client saw that before it sent the next request.

A protocol is one function that opens a connection; see `tests.faults.protocols`.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from attrs import define, field, frozen

__all__ = ["KINDS", "Answer", "Connection", "Kind", "Load", "Open", "open_h1"]

PATIENCE_S = 20.0


@frozen
class Answer:
    """What a client got."""

    status: int
    body: bytes


class Connection(Protocol):
    """A connection that can be asked."""

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent, as far as one can know."""

    async def ask(self, path: str) -> Answer:
        """Send a request and read its answer; raises `OSError` or `EOFError`."""

    def close(self) -> None:
        """Forget it."""


Open = Callable[[int, ssl.SSLContext | None], Awaitable[Connection]]


class H1:
    """A connection that speaks HTTP/1.1."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._last = False

    @property
    def is_usable(self) -> bool:
        return not (self._last or self._reader.at_eof() or self._writer.is_closing())

    async def ask(self, path: str) -> Answer:
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lines = head.lower().split("\r\n")
        self._last = "connection: close" in lines
        length = next(int(line[16:]) for line in lines if line.startswith("content-length: "))
        return Answer(int(head.split(" ")[1]), await self._reader.readexactly(length))

    def close(self) -> None:
        self._writer.close()


async def open_h1(port: int, tls: ssl.SSLContext | None) -> Connection:
    """Connect, with TLS or without."""
    name = None if tls is None else "localhost"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
    return H1(reader, writer)


@frozen
class Kind:
    """
    How a client behaves.

    Attributes:
        name: For the report.
        pause_s: Between an answer and the next request.
        keeps: Whether the connection is used again.
    """

    name: str
    pause_s: float
    keeps: bool = True


KINDS = (
    Kind("busy", 0.002),
    Kind("calm", 0.05),
    Kind("slow", 0.4),
    Kind("sleepy", 2.7),
    Kind("new", 0.02, keeps=False),
)


@define
class Load:
    """
    Clients of all kinds on one port.

    Attributes:
        port: Where they ask.
        open: Opens connections.
        tls: Whom they trust; None without TLS.
        paths: What they ask for.
        good: How many answers were right, by kind of client.
        failures: What was not, in words.
        broken: How many connections ended in the middle of a request.
        forgiving: Whether those are expected.
    """

    port: int
    open: Open
    tls: ssl.SSLContext | None = None
    paths: Sequence[str] = ("/fast/", "/slow/")
    forgiving: bool = False
    good: Counter[str] = field(factory=Counter)
    failures: list[str] = field(factory=list)
    broken: int = 0
    _going: bool = True
    _number: int = 0
    _tasks: list[asyncio.Task[None]] = field(factory=list)

    def start(self, each: int) -> None:
        """Start so many clients of each kind."""
        for kind in KINDS:
            self._tasks += [asyncio.create_task(self._client(kind)) for _ in range(each)]

    async def stop(self) -> None:
        """Let every client finish what it does."""
        self._going = False
        await asyncio.gather(*self._tasks)

    async def answers(self, count: int) -> None:
        """Wait until so many more answers have come."""
        until = sum(self.good.values()) + count
        while sum(self.good.values()) < until and not self.failures:
            await asyncio.sleep(0.01)

    async def _client(self, kind: Kind) -> None:
        connection: Connection | None = None
        while self._going:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    if connection is None or not connection.is_usable:
                        if connection is not None:
                            connection.close()
                        connection = await self.open(self.port, self.tls)
                    await self._one(kind, connection)
            except (OSError, EOFError, TimeoutError) as error:
                self._failed(kind, error)
                connection = None
            if connection is not None and not kind.keeps:
                connection.close()
                connection = None
            await asyncio.sleep(kind.pause_s)
        if connection is not None:
            connection.close()

    async def _one(self, kind: Kind, connection: Connection) -> None:
        self._number += 1
        number = self._number
        path = f"{self.paths[number % len(self.paths)]}{number}"
        answer = await connection.ask(path)
        if answer.status != 200 or json.loads(answer.body).get("id") != number:
            self.failures.append(f"{kind.name} {path}: {answer.status} {answer.body[:80]!r}")
        else:
            self.good[kind.name] += 1

    def _failed(self, kind: Kind, error: BaseException) -> None:
        self.broken += 1
        if not self.forgiving:
            self.failures.append(f"{kind.name}: {type(error).__name__}: {error}")
