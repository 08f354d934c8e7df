"""
Ten thousand requests to a backend that lies: ``python -m tests.faults.storm``.

Starts the gateway as a user would, puts a `Liar` behind it and asks for honest answers and
faults in turn, many at a time.  What must hold:

- every request gets an answer within its timeout and half a second more (no hang);
- whoever gets 200 gets the answer to the own question, whole (no wrong body);
- afterwards the gateway holds as many file descriptors as before, and its memory has
  stopped growing.

Loopback only, bounded in number and time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen

from tests.faults.liar import FAULTS, HONEST, Liar

__all__ = ["Outcome", "main", "storm"]

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 0.5


@frozen
class Outcome:
    """
    What a storm showed.

    Attributes:
        wrong: Descriptions of everything that must not be.
        statuses: How often each fault led to each status.
    """

    wrong: list[str] = field(factory=list)
    statuses: Counter[tuple[str, int]] = field(factory=Counter)


def free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(port: int, backend: int) -> str:
    """Write a file with one decoding and one passing endpoint."""
    return json.dumps(
        {
            "version": 3,
            "port": port,
            "host": [f"http://127.0.0.1:{backend}"],
            "timeout": f"{int(TIMEOUT_S * 1000)}ms",
            "extra_config": {
                "router": {"disable_access_log": True},
                "telemetry/logging": {"level": "CRITICAL", "stdout": True},
                "gatekeeper/admin": {"disabled": True},
            },
            "endpoints": [
                {
                    "endpoint": f"/{kind}/{{fault}}/{{number}}",
                    "output_encoding": encoding,
                    "backend": [{"url_pattern": "/{fault}/{number}"}],
                }
                for kind, encoding in (("json", "json"), ("noop", "no-op"))
            ],
        }
    )


def descriptors(pid: int) -> int:
    """Count a process's open files."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid: int) -> int:
    """Read a process's resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


async def ask(port: int, path: str) -> tuple[int, bytes, bool]:
    """Send one request on a connection of its own; gives status, body, and whether it is whole."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        text = await reader.read()
    except ConnectionError:
        return 0, b"", False
    finally:
        writer.close()
    head, _, body = text.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if not head:
        return 0, b"", False
    if b"transfer-encoding: chunked" in lines:
        whole = body.endswith(b"0\r\n\r\n")
        body = b"".join(body.split(b"\r\n")[1:-1:2])
    else:
        lengths = [int(line[16:]) for line in lines if line.startswith(b"content-length: ")]
        whole = lengths == [len(body)]
    return int(head.split(b" ")[1]), body, whole


async def one(port: int, number: int, outcome: Outcome) -> None:
    """Ask one question and judge the answer."""
    fault = list(FAULTS)[number % len(FAULTS)] if number % 3 else HONEST[number % 2]
    kind = ("json", "noop")[number // 7 % 2]
    path = f"/{kind}/{fault}/{number}"
    try:
        async with asyncio.timeout(TIMEOUT_S + 10):
            status, body, whole = await ask(port, path)
    except TimeoutError:
        outcome.wrong.append(f"{path}: no answer")
        return
    outcome.statuses[f"{kind} {fault}", status] += 1
    own = b'{"id":%d}' % number
    if status == 200 and whole and body.strip() != own and fault != "not_json":
        outcome.wrong.append(f"{path}: got {body[:60]!r}")
    if fault in HONEST and (status, body) != (200, own):
        outcome.wrong.append(f"{path}: an honest answer became {status} {body[:60]!r}")


async def storm(port: int, pid: int, requests: int, at_once: int) -> Outcome:
    """Send so many requests, so many at once; a tenth first, to warm up."""
    outcome = Outcome()
    numbers = iter(range(1, requests + 1))

    async def worker(until: int) -> None:
        for number in numbers:
            await one(port, number, outcome)
            if number >= until:
                return

    async def run(until: int) -> None:
        await asyncio.gather(*(worker(until) for _ in range(at_once)))
        await asyncio.sleep(TIMEOUT_S)

    await run(requests // 10)
    files, memory = descriptors(pid), resident_kib(pid)
    await run(requests * 6 // 10)
    middle = resident_kib(pid)
    await run(requests + 1)
    grown, files_after = resident_kib(pid) - middle, descriptors(pid)
    print(f"descriptors {files} -> {files_after}, RSS {memory} -> {middle} -> {middle + grown} KiB")
    if files_after > files + at_once:
        outcome.wrong.append(f"descriptors grew from {files} to {files_after}")
    if grown > 4096:
        outcome.wrong.append(f"memory still grew by {grown} KiB in the last 40 %")
    return outcome


async def started(port: int) -> None:
    """Wait until something listens."""
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


async def run(requests: int, at_once: int) -> Outcome:
    """Start a backend and the gateway, make the storm, end both."""
    liar = Liar()
    port, backend = free_port(), await liar.start()
    twistd = str(Path(sys.executable).parent / "twistd")
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "krakend.json")
        file.write_text(configuration(port, backend))
        process = subprocess.Popen(
            [
                *(sys.executable, twistd, "-n", "--pidfile=", "gatekeeper"),
                *("-c", str(file), "--workers", "0"),  # one process, whose files are counted
            ],
            env={**os.environ, "PYTHONPATH": path},
            cwd=folder,
        )
        try:
            await started(port)
            outcome = await storm(port, process.pid, requests, at_once)
            if process.poll() is not None:
                outcome.wrong.append(f"the gateway ended with {process.returncode}")
        finally:
            process.terminate()
            process.wait(10)
            await liar.stop()
    return outcome


def main(arguments: Sequence[str]) -> int:
    """Make a storm and say what it showed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.storm")
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--at-once", type=int, default=64)
    options = parser.parse_args(arguments)
    outcome = asyncio.run(run(options.requests, options.at_once))
    for (fault, status), count in sorted(outcome.statuses.items()):
        print(f"{fault:28} {status or 'cut':>4} {count:6}")
    for line in outcome.wrong[:20]:
        print("WRONG", line)
    print(f"{options.requests - len(outcome.wrong)} passed, {len(outcome.wrong)} failed")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
