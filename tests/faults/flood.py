"""
Long bodies in both directions with little memory: ``python -m tests.faults.flood``.

Starts the gateway as a user would and sends so many megabytes through a ``no-op`` endpoint:
down to a client that reads quickly, down to one that reads slowly, and up from a client.
What must hold: every byte arrives, and the gateway's memory at its highest is at most
20 MiB above what it was before.

Loopback only, bounded by ``--megabytes`` and in time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1_000_000
ALLOWED_KIB = 20 * 1024
PATIENCE_S = 300
PIECE = b"x" * 100_000


class Backend:
    """Sends as many bytes as the path says, and counts what it gets."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = _length(head)
            if head.startswith(b"POST"):
                await _count(reader, length)
                answer = b"%d" % length
                writer.write(_head(len(answer)) + answer)
            else:
                length = int(head.split(b" ", 2)[1].rpartition(b"/")[2])
                writer.write(_head(length))
                for _ in range(length // len(PIECE)):
                    writer.write(PIECE)
                    await writer.drain()
            await writer.drain()
        writer.close()


def _head(length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length: ")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def _count(reader: asyncio.StreamReader, length: int) -> int:
    """Read so many bytes, or fewer if there are no more; gives how many there were."""
    seen = 0
    while seen < length:
        data = await reader.read(262_144)
        if not data:
            break
        seen += len(data)
    return seen


async def down(port: int, size: int, pause_s: float = 0.0) -> int:
    """Read an answer, perhaps slowly; gives how many bytes of it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=65_536)
    writer.write(b"GET /down/%d HTTP/1.1\r\nHost: a\r\n\r\n" % size)
    length = _length(await reader.readuntil(b"\r\n\r\n"))
    assert length == size, f"{size} bytes were announced as {length}"
    if pause_s:
        await asyncio.sleep(pause_s)  # everything that can fill up does so
    seen = await _count(reader, length)
    writer.close()
    return seen


async def up(port: int, size: int) -> int:
    """Send a body; gives how many bytes of it the backend saw."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
    for _ in range(size // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()
    answer = await reader.readuntil(b"\r\n\r\n")
    seen = int(await reader.readexactly(_length(answer)))
    writer.close()
    return seen


@contextlib.asynccontextmanager
async def gateway(backend: int, folder: Path) -> AsyncIterator[tuple[int, int]]:
    """Run the gateway; gives its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    endpoint = {"output_encoding": "no-op", "timeout": f"{PATIENCE_S}s"}
    host = [f"http://127.0.0.1:{backend}"]
    document = {
        "version": 3,
        "port": port,
        "host": host,
        "extra_config": {"gatekeeper/admin": {"disabled": True}},
        "endpoints": [
            {**endpoint, "endpoint": "/down/{n}", "backend": [{"url_pattern": "/down/{n}"}]},
            {
                **endpoint, "endpoint": "/up", "method": "POST",
                "backend": [{"url_pattern": "/up", "method": "POST"}],
            },
        ],
    }  # fmt: skip
    file = folder / "krakend.json"
    file.write_text(json.dumps(document))
    twistd = Path(sys.executable).parent / "twistd"
    run = [sys.executable, str(twistd), "-n", "--pidfile=", "gatekeeper", "-c", str(file)]
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    environ = {**os.environ, "PYTHONPATH": path}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(run, stdout=log, stderr=log, env=environ, cwd=folder)
        try:
            await _listening(port, process)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


async def _listening(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        assert process.poll() is None, "the gateway does not start"
        await asyncio.sleep(0.05)
    raise AssertionError("the gateway does not listen")


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def _status_kib(pid: int, name: str) -> int:
    total = 0
    for one in _family(pid):
        for line in Path(f"/proc/{one}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                total += int(line.split()[1])
    return total


async def measured(pid: int, name: str, size: int, work: Callable[[], Awaitable[int]]) -> bool:
    """Do one thing and look at memory; tells whether all was well."""
    for one in _family(pid):
        Path(f"/proc/{one}/clear_refs").write_text("5")  # the peak starts anew
    before = _status_kib(pid, "VmRSS")
    seen = await asyncio.wait_for(work(), PATIENCE_S)
    grown = _status_kib(pid, "VmHWM") - before
    good = seen == size and grown <= ALLOWED_KIB
    verdict = "ok" if good else "FAILED"
    print(f"{name}: {seen / MEGABYTE:,.0f} MB, {grown / 1024:.1f} MiB more at most: {verdict}")
    return good


async def flood(size: int) -> list[bool]:
    """Send a body of this size each way."""
    server = await asyncio.start_server(Backend().serve, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    with tempfile.TemporaryDirectory() as name:
        async with gateway(port, Path(name)) as (front, pid):
            await down(front, MEGABYTE)  # whatever is made once is there now
            await up(front, MEGABYTE)
            results = [
                await measured(pid, "down", size, lambda: down(front, size)),
                await measured(pid, "down, slowly", size, lambda: down(front, size, 1.0)),
                await measured(pid, "up", size, lambda: up(front, size)),
            ]
    server.close()
    return results


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; 0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.flood")
    parser.add_argument("--megabytes", type=int, default=1000, help="of each body (1000)")
    options = parser.parse_args(arguments)
    results = asyncio.run(flood(options.megabytes * MEGABYTE))
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
