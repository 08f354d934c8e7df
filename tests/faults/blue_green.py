"""
One instance takes the place of another: ``python -m tests.faults.blue_green --switches 4``.

Two gateways in turn behind haproxy, as ``deploy/haproxy/blue-green.cfg`` describes: the next one
is started, the balancer sees that it is ready, the old one is stopped.  No request may fail.
Where haproxy is not installed this says so and is content.

Loopback only, bounded in number and time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.gateways import PATIENCE_S, ROOT, Backend, Instance
from tests.faults.load import Load, open_h1
from tests.faults.storm import free_port

__all__ = ["main"]

FILE = ROOT / "deploy/haproxy/blue-green.cfg"
NODE = {"gatekeeper/node": {"pre_stop_delay": "1s"}}


async def _balancer(front: int, blue: Instance, green: Instance) -> asyncio.subprocess.Process:
    """Start haproxy with the file that operators are given."""
    ports = {
        "FRONT_PORT": front,
        "BLUE_PORT": blue.port,
        "BLUE_ADMIN_PORT": blue.admin_port,
        "GREEN_PORT": green.port,
        "GREEN_ADMIN_PORT": green.admin_port,
    }
    return await asyncio.create_subprocess_exec(
        *("haproxy", "-q", "-db", "-f", str(FILE)),
        env={**os.environ, **{name: str(port) for name, port in ports.items()}},
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _listens(port: int) -> None:
    """Wait until the balancer passes requests on."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                connection = await open_h1(port, None)
                if (await connection.ask("/fast/0")).status == 200:
                    return
            except (OSError, EOFError):
                pass
            await asyncio.sleep(0.02)


async def _answered_by(instance: Instance) -> None:
    """Wait until the balancer sends requests there."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            status = await instance.status()
            if any(endpoint["answers"] for endpoint in status["endpoints"]):
                return
            await asyncio.sleep(0.02)


async def run(switches: int, each: int) -> Load:
    """Let two instances replace each other under load."""
    backend = Backend()
    port = await backend.start()
    with tempfile.TemporaryDirectory() as name:
        now, then = (Instance(Path(name), port) for _ in range(2))
        for instance in (now, then):
            instance.configure(1, NODE)
        load = Load(free_port(), open_h1)
        await now.start("--workers", "2")
        balancer = await _balancer(load.port, now, then)
        try:
            await _listens(load.port)
            load.start(each)
            await load.answers(100)
            for _ in range(switches):
                await then.start("--workers", "2")
                await _answered_by(then)
                if await now.stop() != 0:
                    load.failures.append(f"an instance ended badly: {now.printed()}")
                await load.answers(100)
                now, then = then, now
            await load.stop()
        finally:
            if balancer.returncode is None:
                balancer.send_signal(signal.SIGTERM)
            await balancer.wait()
            await now.stop()
    await backend.stop()
    return load


def main(arguments: Sequence[str]) -> int:
    """Switch between instances and say what it showed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.blue_green")
    parser.add_argument("--switches", type=int, default=4)
    parser.add_argument("--each", type=int, default=4, help="clients of each kind")
    options = parser.parse_args(arguments)
    if shutil.which("haproxy") is None:
        print("blue-green: skipped, haproxy is not installed")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    began = time.monotonic()
    load = asyncio.run(run(options.switches, options.each))
    print(
        f"blue-green: {options.switches} switches, {sum(load.good.values())} right answers, "
        f"{len(load.failures)} failures, {time.monotonic() - began:.1f} s"
    )
    for line in load.failures[:10]:
        print("WRONG", line)
    print(f"{int(not load.failures)} passed, {len(load.failures)} failed")
    return 1 if load.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
