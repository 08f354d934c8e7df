"""
Limits that hold for the node: ``python -m tests.faults.limit --workers 4``.

Starts the gateway with several workers, asks more often than is allowed for some seconds, and
kills a worker in the middle.  What must hold:

- what passes is what *one* bucket allows, not one for each worker: neither more nor less;
- the same for each of two clients that have limits of their own;
- every other answer is the refusal that the limit stands for.

A gateway whose command line has no ``--workers`` is tried with its one process, and the output
says so.  Loopback only, bounded in time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import frozen

from tests.faults.storm import ROOT, free_port, started

__all__ = ["main"]

TWISTD = str(Path(sys.executable).parent / "twistd")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "admin")))}
CONNECTIONS = 8
"""For each target; they are spread over the workers."""

SHARE = 0.03
"""How far a count may be off: the seconds are measured by the client."""


@frozen
class Target:
    """Something that is asked too often."""

    name: str
    path: str
    client: str
    rate: int
    refusal: int


TARGETS = (
    Target("all clients", "/all", "x", 100, 503),
    Target("client a", "/each", "a", 50, 429),
    Target("client b", "/each", "b", 50, 429),
)


def configuration(port: int, backend: int) -> str:
    """Write a file with a limit for all and one for each client."""
    each = {"client_max_rate": 50, "client_capacity": 50, "strategy": "header", "key": "X-Client"}
    limits = {"/all": {"max_rate": 100}, "/each": each}
    return json.dumps(
        {
            "version": 3,
            "port": port,
            "host": [f"http://127.0.0.1:{backend}"],
            "extra_config": {
                "router": {"disable_access_log": True},
                "telemetry/logging": {"level": "CRITICAL", "stdout": True},
                "gatekeeper/admin": {"disabled": True},
            },
            "endpoints": [
                {
                    "endpoint": path,
                    "backend": [{"url_pattern": "/"}],
                    "extra_config": {"qos/ratelimit/router": limit},
                }
                for path, limit in limits.items()
            ],
        }
    )


class Backend(asyncio.Protocol):
    """Answers every read with an empty object: the gateway sends one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


async def hammer(port: int, target: Target, count: Callable[[int], None], until: float) -> None:
    """Ask again and again, on one connection as long as it lives."""
    asked = f"GET {target.path} HTTP/1.1\r\nHost: x\r\nX-Client: {target.client}\r\n\r\n".encode()
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while time.monotonic() < until:
                writer.write(asked)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length))
                count(int(head[9:12]))
            writer.close()
        except (OSError, asyncio.IncompleteReadError):  # it was closed, or its worker was killed
            count(0)
            await asyncio.sleep(0.01)


def judge(target: Target, counts: Counter[int], seconds: float) -> list[str]:
    """Say what is wrong with what was counted while the bucket was empty all the time."""
    passed, allowed = counts[200], target.rate * seconds
    wrong = []
    if abs(passed - allowed) > allowed * SHARE + 3:
        wrong.append(f"{target.name}: {passed} passed in {seconds:.2f} s, {allowed:.0f} may")
    if strange := set(counts) - {0, 200, target.refusal}:
        wrong.append(f"{target.name}: answers with {sorted(strange)}")
    if not counts[target.refusal]:
        wrong.append(f"{target.name}: nothing was refused, so nothing was shown")
    shown = {status or "closed": count for status, count in sorted(counts.items())}
    print(f"{target.name:12} {seconds:.2f} s: {shown}, {allowed:.0f} may pass")
    return wrong


def workers_of(pid: int) -> list[int]:
    """Find the workers: they have no children, whoever made them has."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [leaf for child in map(int, text.split()) for leaf in workers_of(child) or [child]]


async def measure(port: int, pid: int, seconds: float, *, kill: bool) -> list[str]:
    """Empty all buckets, then count for some seconds."""
    began = time.monotonic()
    until = began + 2 + seconds
    counts: dict[str, Counter[int]] = {target.name: Counter() for target in TARGETS}
    work = [
        asyncio.ensure_future(
            hammer(
                port, target, lambda status, name=target.name: counts[name].update([status]), until
            )
        )
        for target in TARGETS
        for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(2)  # the buckets are empty by now
    for count in counts.values():
        count.clear()
    counting = time.monotonic()
    if kill and (workers := workers_of(pid)):
        await asyncio.sleep(seconds / 2)
        os.kill(workers[0], signal.SIGKILL)
        print(f"killed worker {workers[0]} of {len(workers)}")
    await asyncio.gather(*work)
    elapsed = time.monotonic() - counting
    return [line for target in TARGETS for line in judge(target, counts[target.name], elapsed)]


def has_workers() -> bool:
    """Whether the command line knows several workers."""
    said = subprocess.run(
        [sys.executable, TWISTD, "gatekeeper", "--help"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    return "--workers" in said.stdout


async def run(workers: int, seconds: float) -> list[str]:
    """Start a backend and the gateway, measure, end both."""
    loop = asyncio.get_running_loop()
    backend = await loop.create_server(Backend, "127.0.0.1", 0)
    port = free_port()
    several = has_workers()
    if not several:
        print("this gateway has no --workers: one process is tried")
    options = ["--workers", str(workers)] if several else []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "krakend.json")
        file.write_text(configuration(port, backend.sockets[0].getsockname()[1]))
        process = subprocess.Popen(
            [sys.executable, TWISTD, "-n", "--pidfile=", "gatekeeper", "-c", str(file), *options],
            env=ENVIRONMENT,
            cwd=folder,
        )
        try:
            await started(port)
            wrong = await measure(port, process.pid, seconds, kill=several and workers > 1)
            if process.poll() is not None:
                wrong.append(f"the gateway ended with {process.returncode}")
        finally:
            process.terminate()
            process.wait(20)
            backend.close()
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Hammer the limits and say what passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.limit")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=4.0)
    options = parser.parse_args(arguments)
    wrong = asyncio.run(run(options.workers, options.seconds))
    for line in wrong:
        print("WRONG", line)
    print(f"{len(TARGETS) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
