"""
Clients of the storm: patient ones, pipelining ones, and ones that leave.

They speak just enough HTTP/1.1 to know whether an answer is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from attrs import frozen

__all__ = ["CUT", "Answer", "leave", "pipelined"]


@frozen
class Answer:
    """
    What came back.

    Attributes:
        status: 0 when the connection ended before there was a head.
        complete: The value of ``X-Krakend-Completed``.
        is_whole: Whether the body ended as its framing says.
    """

    status: int
    body: bytes = b""
    complete: str = ""
    is_whole: bool = False


CUT = Answer(0)


async def pipelined(port: int, paths: Sequence[str]) -> list[Answer]:
    """Send requests in one piece and give their answers; those that are missing are `CUT`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers: list[Answer] = []
    try:
        last = len(paths) - 1
        for number, path in enumerate(paths):
            close = "Connection: close\r\n" if number == last else ""
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{close}\r\n".encode())
        while len(answers) < len(paths):
            answers.append(await _answer(reader))
            if not answers[-1].is_whole:
                break
        if len(answers) == len(paths) and answers[-1].is_whole and await reader.read(1):
            answers[-1] = CUT  # something stood behind the last answer
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()
    return answers + [CUT] * (len(paths) - len(answers))


async def leave(port: int, path: str, after_s: float, *, reset: bool) -> None:
    """Ask, read nothing, and go: with a FIN, or with a reset."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.sleep(after_s)
    if reset:
        writer.transport.abort()
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
    status = int(head[0].split(" ")[1])
    complete = headers.get("x-krakend-completed", "")
    try:
        if headers.get("transfer-encoding") == "chunked":
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(headers["content-length"]))
    except (ConnectionError, asyncio.IncompleteReadError):
        return Answer(status, b"", complete)
    return Answer(status, body, complete, is_whole=True)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return body
