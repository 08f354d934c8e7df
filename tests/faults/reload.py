"""
Reload under load: ``python -m tests.faults.reload --reloads 20``.

Starts a gateway for each protocol, loads it steadily and reloads it again and again, in turn by
SIGHUP and by the admin site.  What must hold:

- no request fails, on whatever connection;
- a connection that is opened after a reload is served by the new configuration;
- answers are counted on: no counter ever goes back;
- no worker of an old configuration is left, and memory has stopped growing.

Loopback only, bounded in number and time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.gateways import Backend, Instance, Pair, started
from tests.faults.load import Load
from tests.faults.protocols import PROTOCOLS

__all__ = ["main"]


async def _revision(load: Load) -> int:
    """Ask on a new connection which configuration serves."""
    connection = await load.open(load.port, load.tls)
    answer = await connection.ask("/revision")
    connection.close()
    return int(json.loads(answer.body)["revision"])


async def _reload(instance: Instance, load: Load, revision: int) -> None:
    """Reload once, and see that it is true."""
    instance.configure(revision)
    if revision % 2:
        status, change = await instance.reload()
        if status != 200 or not change["ok"]:
            load.failures.append(f"reload {revision}: {status} {change}")
    else:
        instance.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(20):
            while (await instance.status())["name"] != f"revision {revision}":
                await asyncio.sleep(0.01)
    found = await _revision(load)
    if found != revision:
        load.failures.append(f"after reload {revision} a new connection got revision {found}")


async def _counted(instance: Instance) -> int:
    status = await instance.status()
    return sum(sum(endpoint["answers"].values()) for endpoint in status["endpoints"])


async def _only_current(instance: Instance, load: Load) -> None:
    """See that the old workers end."""
    until = time.monotonic() + 20
    while True:
        status = await instance.status()
        generations = {worker["generation"] for worker in status["workers"]}
        if generations == {status["node"]["generation"]}:
            return
        if time.monotonic() > until:
            load.failures.append(f"workers of configurations {sorted(generations)} are left")
            return
        await asyncio.sleep(0.05)


async def run(protocol: str, reloads: int, each: int) -> Load:
    """Reload a gateway of one protocol under load."""
    backend = Backend()
    port = await backend.start()
    opens, with_tls = PROTOCOLS[protocol]
    with tempfile.TemporaryDirectory() as name:
        pair = Pair(Path(name)) if with_tls else None
        async with started(Instance(Path(name), port, pair)) as instance:
            load = Load(instance.port, opens, pair.trust() if pair else None)
            load.start(each)
            await load.answers(100)
            counted = 0
            for revision in range(2, reloads + 2):
                await _reload(instance, load, revision)
                await load.answers(100)
                before, counted = counted, await _counted(instance)
                if counted < before:
                    load.failures.append(f"counts went back from {before} to {counted}")
            await load.stop()
            await _only_current(instance, load)
            counted = await _counted(instance)
            good = sum(load.good.values()) + reloads
            if counted != good:
                load.failures.append(f"{good} answers were given and {counted} counted")
    await backend.stop()
    return load


def main(arguments: Sequence[str]) -> int:
    """Reload with every protocol and say what it showed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.reload")
    parser.add_argument("--reloads", type=int, default=20, help="for each protocol")
    parser.add_argument("--each", type=int, default=4, help="clients of each kind")
    parser.add_argument("--protocols", nargs="*", default=list(PROTOCOLS))
    options = parser.parse_args(arguments)
    passed = failed = 0
    for protocol in options.protocols:
        began = time.monotonic()
        load = asyncio.run(run(protocol, options.reloads, options.each))
        good = sum(load.good.values())
        print(
            f"reload: {protocol}: {options.reloads} reloads, {good} right answers "
            f"{dict(load.good)}, {len(load.failures)} failures, {time.monotonic() - began:.1f} s"
        )
        for line in load.failures[:10]:
            print("WRONG", line)
        passed += not load.failures
        failed += len(load.failures)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
