"""Measure how long it takes to the first answer, and how much memory 500 endpoints take."""

from __future__ import annotations

import socket
import statistics
import subprocess
import time
from collections.abc import Collection
from pathlib import Path

from attrs import frozen

from benchmarks.gateways import available, command
from benchmarks.load import load
from benchmarks.processes import Process, ended, environment, free_port
from benchmarks.scenarios import Group, Scenario
from benchmarks.secrets import Secrets

__all__ = ["GROUP", "Start", "measure_start"]

GROUP = Group("start", (Scenario("json", "/json"),), routes=500)

_PATIENCE_S = 60.0


@frozen
class Start:
    """
    One gateway's start.

    Attributes:
        first_answer_s: From the call of the program to the first 200.
        fresh_mib, used_mib: PSS after that answer, and after some load.
    """

    name: str
    first_answer_s: float
    fresh_mib: float
    used_mib: float


def measure_start(
    origin: str, secrets: Secrets, folder: Path, only: Collection[str], rounds: int
) -> list[Start]:
    """Start each gateway so many times; gives medians."""
    found = []
    for name in available(only):
        if name == "haproxy":  # does not know the JSON endpoint
            continue
        runs = [_start(name, origin, secrets, folder) for _ in range(rounds)]
        seconds, fresh, used = (statistics.median(column) for column in zip(*runs, strict=True))
        found.append(Start(name, seconds, fresh, used))
    return found


def _start(name: str, origin: str, secrets: Secrets, folder: Path) -> tuple[float, float, float]:
    port = free_port()
    run = command(name, GROUP, port, origin, secrets, folder)
    with (folder / f"{name}-start.log").open("wb") as log:
        begun = time.monotonic()
        popen = subprocess.Popen(run, stdout=log, stderr=log, env=environment(), cwd=folder)
        with ended(popen):
            _wait_for_answer(popen, port, begun)
            seconds = time.monotonic() - begun
            process = Process(name, port, popen)
            fresh = process.pss_mib()
            load(process, GROUP.scenarios[0], 1.0, folder, secure=False, token="")
            return seconds, fresh, process.pss_mib()


def _wait_for_answer(popen: subprocess.Popen[bytes], port: int, begun: float) -> None:
    request = f"GET /json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    while time.monotonic() - begun < _PATIENCE_S and popen.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1.0) as probe:
                probe.sendall(request.encode())
                if probe.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            time.sleep(0.002)
    raise RuntimeError("no answer from a gateway that was started")
