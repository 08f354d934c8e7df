"""Programs under test: started, measured and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

__all__ = ["Process", "ended", "environment", "free_port", "started"]

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 60


@frozen
class Process:
    """A running program that listens."""

    name: str
    port: int
    popen: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """Its process and all that it started."""
        found = [self.popen.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def cpu_s(self) -> float:
        """CPU time so far, user and system, of all its processes, to the nanosecond if possible."""
        return sum(_cpu_s(pid) for pid in self.pids())

    def pss_mib(self) -> float:
        """Memory, pages that are shared counted by share."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024


def _cpu_s(pid: int) -> float:
    nanoseconds = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        nanoseconds += int(task.read_text().split()[0])
    if nanoseconds:
        return nanoseconds / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(name: str, command: Sequence[str], port: int, folder: Path) -> Iterator[Process]:
    """
    Run a program until the block ends.

    Raises:
        RuntimeError: It ended, or does not listen after a minute.
    """
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        popen = subprocess.Popen(
            command, stdout=output, stderr=output, env=environment(), cwd=folder
        )
        with ended(popen):
            if not _listens(popen, port):
                raise RuntimeError(f"{name} does not start: {log.read_text()[-2000:]}")
            yield Process(name, port, popen)


def environment() -> dict[str, str]:
    """Let the gateway be found in this checkout, and let KrakenD tell nobody."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    return {**os.environ, "USAGE_DISABLE": "1", "PYTHONPATH": path}


def _listens(popen: subprocess.Popen[bytes], port: int) -> bool:
    for _ in range(PATIENCE_S * 200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        if popen.poll() is not None:
            return False
        time.sleep(0.005)
    return False


@contextmanager
def ended(popen: subprocess.Popen[bytes]) -> Iterator[None]:
    """End a program behind the block, politely if it can be."""
    try:
        yield
    finally:
        popen.send_signal(signal.SIGTERM)
        try:
            popen.wait(5)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
