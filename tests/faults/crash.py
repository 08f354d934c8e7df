"""
Workers that die under load: ``python -m tests.faults.crash --kills 5``.

A worker is killed without warning while clients ask.  What must hold:

- only connections that it carried break; everybody else is served, and so is everybody who
  connects while it is dead;
- another one serves in its place soon;
- what it had counted is still counted.

Loopback only, bounded in number and time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.faults.gateways import Backend, Instance, started
from tests.faults.load import KINDS, Load, open_h1

__all__ = ["main"]

BACK_WITHIN_S = 5.0
"""Generous, because machines that run tests are busy; it is printed what it took."""


def _serving(status: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {each["pid"]: each for each in status["workers"] if each["state"] == "serving"}


def _counted(status: dict[str, Any]) -> int:
    return sum(sum(endpoint["answers"].values()) for endpoint in status["endpoints"])


async def _kill_one(instance: Instance, load: Load, each: int) -> float:
    """Kill a worker; gives how long it took until another one was in its place."""
    before = await instance.status()
    pid, worker = min(_serving(before).items())
    carried = worker["connections"] + each  # those that open one per request may come on top
    broken = load.broken
    os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    while pid in _serving(after := await instance.status()) or len(_serving(after)) < 2:
        if time.monotonic() > began + BACK_WITHIN_S:
            load.failures.append(f"no worker in the place of {pid} after {BACK_WITHIN_S} s")
            break
        await asyncio.sleep(0.02)
    took = time.monotonic() - began
    await load.answers(100)
    if load.broken - broken > carried:
        load.failures.append(f"{load.broken - broken} connections broke, {carried} were carried")
    if _counted(after) < _counted(before):
        load.failures.append("counts went back")
    return took


async def run(kills: int, each: int) -> tuple[Load, list[float]]:
    """Kill workers of one gateway under load."""
    backend = Backend()
    port = await backend.start()
    with tempfile.TemporaryDirectory() as name:
        async with started(Instance(Path(name), port)) as instance:
            load = Load(instance.port, open_h1, forgiving=True)
            load.start(each)
            await load.answers(100)
            took = [await _kill_one(instance, load, each) for _ in range(kills)]
            await load.stop()
            restarts = (await instance.status())["node"]["restarts"]
            if restarts != kills:
                load.failures.append(f"{kills} kills, {restarts} replacements")
    await backend.stop()
    return load, took


def main(arguments: Sequence[str]) -> int:
    """Kill workers and say what it showed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crash")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--each", type=int, default=4, help="clients of each kind")
    options = parser.parse_args(arguments)
    load, took = asyncio.run(run(options.kills, options.each))
    clients = options.each * len(KINDS)
    print(
        f"crash: {options.kills} kills, {clients} clients, "
        f"{sum(load.good.values())} right answers, "
        f"{load.broken} connections of dead workers broke, "
        f"back after {', '.join(f'{seconds:.2f}' for seconds in took)} s"
    )
    for line in load.failures[:10]:
        print("WRONG", line)
    print(f"{int(not load.failures)} passed, {len(load.failures)} failed")
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
