"""
Count what a request costs the interpreter: ``python -m benchmarks.instructions /json``.

The whole gateway runs in this process, between a client and a backend that are only memory.
Instructions of the interpreter are counted for each function, which gives the same figures
on every machine and at every load: a change of a few per cent can be seen.  The time stands
beside it: without sockets, so it is what Python costs.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from attrs import evolve
from twisted.internet.address import IPv4Address
from twisted.internet.defer import succeed
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from zope.interface import implementer

from benchmarks import settings
from benchmarks.bodies import FILES
from benchmarks.scenarios import COMPONENTS
from benchmarks.secrets import make_secrets
from gatekeeper import pipeline
from gatekeeper.assembly import routes
from gatekeeper.component import Runtime
from gatekeeper.config.load import load
from gatekeeper.errors import Problems
from gatekeeper.log import Log
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.pool import Pool

__all__ = ["main"]

PATHS = (
    "/noop",
    "/json",
    "/allow",
    "/merge",
    "/route250/4711",
    "/nowhere",
    "/limited",
    "/cel/4711",
)
HEAD = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sat, 28 Nov 2026 03:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: keep-alive\r\n"
    b'Last-Modified: Sat, 28 Nov 2026 03:00:00 GMT\r\nETag: "67483d9e-150"\r\n'
    b"Accept-Ranges: bytes\r\n\r\n"
)
CLIENTS = 16


@implementer(ITCPTransport)
class Wire:
    """A transport that keeps what was written last."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written = data

    def getPeer(self) -> IPv4Address:
        """Give somebody."""
        return IPv4Address("TCP", "127.0.0.1", 50_000)

    def __getattr__(self, name: str) -> Any:
        """Accept every other call of a transport, and do nothing."""
        return lambda *_: None


class World:
    """A gateway, clients, and a backend that answers when it is told to."""

    def __init__(self, folder: Path) -> None:
        group = evolve(COMPONENTS, routes=500)
        known = pipeline.implemented()
        document = settings.krakend(
            group, 8080, "http://127.0.0.1:9000", make_secrets(folder), known
        )
        file = folder / "krakend.json"
        file.write_text(json.dumps(document))
        clock: Any = Clock()
        deadlines = Deadlines(clock)
        pool = Pool(deadlines, lambda _: self)  # type: ignore[arg-type, return-value]  # ours
        log = Log(_unheard, "ERROR")
        runtime = Runtime(clock, deadlines, pool, log)
        gateway = routes(load(str(file), implemented=known), runtime, None, Problems())
        factory = HTTPFactory(gateway.application, Limits(requests=10**9), deadlines)
        self.asked: list[tuple[Any, bytes]] = []
        self.answers = {
            f"/{name}".encode(): HEAD % len(body) + body for name, body in FILES.items()
        }
        self.clients: list[tuple[Any, Wire]] = []
        for _ in range(CLIENTS):
            channel, wire = factory.buildProtocol(None), Wire()
            channel.makeConnection(wire)
            self.clients.append((channel, wire))

    def connect(self, factory: Any) -> Any:
        """Connect to the backend; as an endpoint."""
        protocol, wire = factory.buildProtocol(None), Wire()
        wire.write = lambda data: self.asked.append((protocol, data))  # type: ignore[method-assign]
        protocol.makeConnection(wire)
        return succeed(protocol)

    def turn(self, path: str) -> bytes:
        """Let every client ask once, and everything be answered; gives one answer."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n".encode()
        for channel, _ in self.clients:
            channel.dataReceived(request)
        while self.asked:
            asked, self.asked = self.asked, []
            for protocol, data in asked:
                protocol.dataReceived(self.answers[data.split(b" ", 2)[1]])
        return self.clients[0][1].written


def _unheard(level: str, text: str) -> None:
    """Take a line of the log."""


def count(world: World, path: str) -> Counter[CodeType]:
    """Count instructions by function, for one turn."""
    counted: Counter[CodeType] = Counter()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            counted[frame.f_code] += 1
        return trace

    before = sys.gettrace()  # somebody may measure coverage
    sys.settrace(trace)
    try:
        world.turn(path)
    finally:
        sys.settrace(before)
    return counted


def best_us(world: World, path: str) -> float:
    """Give the shortest time of a request in many short runs."""
    gc.collect()
    runs = []
    for _ in range(40):
        begun = time.process_time()
        for _ in range(16):
            world.turn(path)
        runs.append((time.process_time() - begun) / 16 / CLIENTS * 1e6)
    return min(runs)


def main(arguments: Sequence[str]) -> int:
    """Show the cost of some paths; with one path, function by function."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions")
    parser.add_argument("paths", nargs="*", help=f"of the benchmark's gateway: {' '.join(PATHS)}")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        world = World(Path(name))
        for path in options.paths or PATHS:
            status = world.turn(path).split(b"\r\n", 1)[0].decode()
            counted = count(world, path)
            total = sum(counted.values()) / CLIENTS
            print(f"{path}: {total:,.0f} instructions, {best_us(world, path):.1f} µs ({status})")
            if len(options.paths) == 1:
                for code, number in counted.most_common(40):
                    place = "/".join(Path(code.co_filename).parts[-2:])
                    print(f"{number / CLIENTS:8.0f}  {place}:{code.co_qualname}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
