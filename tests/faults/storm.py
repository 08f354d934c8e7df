"""
Ten thousand requests to a backend that lies: ``python -m tests.faults.storm``.

Starts the gateway as a user would, puts a `Liar` behind it and asks for honest answers and
faults in turn, many at a time: decoded, passed through, cached and merged, one by one and
pipelined, and with clients that leave in the middle.  What must hold:

- every request gets an answer within its timeout and half a second more (no hang);
- whoever gets 200 gets the answer to the own question, whole and in order (no wrong body);
- a merged answer has its honest part, whatever became of the other;
- afterwards the gateway holds as many file descriptors as before, no connection to the
  backend is left behind, and its memory has stopped growing.

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
from itertools import islice
from pathlib import Path

from attrs import field, frozen

from tests.faults.clients import Answer, leave, pipelined
from tests.faults.liar import FAULTS, HONEST, Liar

__all__ = ["Outcome", "main", "storm"]

ROOT = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 0.5
SLACK_S = 10.0
"""For a loaded machine; without it a slow one would look like a hang."""
BATCH = 5
KINDS = ("json", "noop", "cached", "merged")
FAULT_NAMES = tuple(FAULTS)


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
    """Write a file with a decoding, a passing, a cached and a merging endpoint."""
    cache = {"qos/http-cache": {"max_items": 50, "max_size": 100_000}}
    fault, good = {"url_pattern": "/{fault}/{number}"}, {"url_pattern": "/good/{number}"}
    kinds: dict[str, tuple[str, list[dict[str, object]]]] = {
        "json": ("json", [{**fault}]),
        "noop": ("no-op", [{**fault}]),
        "cached": ("no-op", [{**fault, "extra_config": cache}]),
        "merged": ("json", [{**fault, "group": "fault"}, {**good, "group": "good"}]),
    }
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
                    "backend": backends,
                }
                for kind, (encoding, backends) in kinds.items()
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


def question(number: int) -> tuple[str, str]:
    """Give the kind of endpoint and the fault of a request: all pairs in turn."""
    kind = KINDS[number // 7 % len(KINDS)]
    fault = FAULT_NAMES[number % len(FAULT_NAMES)] if number % 3 else HONEST[number % 2]
    return kind, fault


def judge(number: int, answer: Answer, outcome: Outcome) -> None:
    """Say what is wrong with an answer."""
    kind, fault = question(number)
    outcome.statuses[f"{kind} {fault}", answer.status] += 1
    own = b'{"id":%d}' % number
    place = f"/{kind}/{fault}/{number}: {answer.status} {answer.body[:60]!r}"
    if kind == "merged":
        both = b'{"fault":%b,"good":%b}' % (own, own)
        right = both if answer.complete == "true" else b'{"good":%b}' % own
        if (answer.status, answer.body.strip()) != (200, right):
            outcome.wrong.append(place)
        return
    is_honest = fault in HONEST
    is_own = answer.is_whole and answer.body.strip() == own
    if answer.status == 200 and answer.is_whole and not is_own and fault != "not_json":
        outcome.wrong.append(f"{place} is not the own answer")
    if is_honest and not (answer.status == 200 and is_own):
        outcome.wrong.append(f"{place} to an honest answer")


async def ask(port: int, numbers: Sequence[int], outcome: Outcome) -> None:
    """Ask some questions on one connection and judge the answers."""
    paths = ["/{}/{}/{}".format(*question(number), number) for number in numbers]
    try:
        async with asyncio.timeout(len(paths) * (TIMEOUT_S + 0.5) + SLACK_S):
            answers = await pipelined(port, paths)
    except TimeoutError:
        outcome.wrong.append(f"{paths}: no answer")
        return
    is_cut = False
    for number, answer in zip(numbers, answers, strict=True):
        if not is_cut:  # what was asked behind a cut answer cannot be answered
            judge(number, answer, outcome)
        is_cut = is_cut or not answer.is_whole


async def some(port: int, numbers: Sequence[int], outcome: Outcome) -> None:
    """Be one client: most are patient, some pipeline, some leave."""
    if numbers[0] % 5 == 0:
        for number in numbers:
            path = "/{}/{}/{}".format(*question(number), number)
            await leave(port, path, number % 4 * 0.005, reset=number % 2 == 0)
    elif numbers[0] % 5 == 1:
        await ask(port, numbers, outcome)
    else:
        for number in numbers:
            await ask(port, [number], outcome)


async def storm(port: int, pid: int, liar: Liar, requests: int, at_once: int) -> Outcome:
    """Send so many requests, so many at once; a tenth first, to warm up."""
    outcome = Outcome()
    numbers = iter(range(1, requests + 1))

    async def worker(until: int) -> None:
        while batch := list(islice(numbers, BATCH)):
            await some(port, batch, outcome)
            if batch[-1] >= until:
                return

    async def run(until: int) -> None:
        await asyncio.gather(*(worker(until) for _ in range(at_once)))
        await asyncio.sleep(2 * TIMEOUT_S)

    await run(requests // 10)
    files, memory = descriptors(pid), resident_kib(pid)
    await run(requests * 6 // 10)
    middle = resident_kib(pid)
    await run(requests + 1)
    grown, files_after = resident_kib(pid) - middle, descriptors(pid)
    print(f"descriptors {files} -> {files_after}, RSS {memory} -> {middle} -> {middle + grown} KiB")
    print(f"connections to the backend: {liar.connections}, stalled: {liar.stalled}")
    if files_after > files + at_once:
        outcome.wrong.append(f"descriptors grew from {files} to {files_after}")
    if liar.stalled:
        outcome.wrong.append(f"{liar.stalled} calls that were given up are still connected")
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
            outcome = await storm(port, process.pid, liar, requests, at_once)
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
