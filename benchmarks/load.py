"""Put load on a gateway and read what it cost."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from attrs import frozen

from benchmarks.scenarios import Scenario

if TYPE_CHECKING:
    from benchmarks.gateways import Gateway

__all__ = ["Measured", "missing_tools", "wrk"]


@frozen
class Measured:
    """
    One load.

    Attributes:
        cpu_us: User and system time of all the gateway's processes, per request.
        errors: Answers of another status than expected, and broken connections.
    """

    cpu_us: float
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


def missing_tools() -> list[str]:
    """Name the programs that are needed and not there."""
    return [name for name in ("wrk", "nginx") if shutil.which(name) is None]


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]  # wrk's own format
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def wrk(gateway: Gateway, scenario: Scenario, seconds: float) -> Measured:
    """
    Load one gateway for some seconds.

    Raises:
        RuntimeError: wrk failed, or not one request was answered.
    """
    before = gateway.cpu_s()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{scenario.connections}", f"-d{seconds:g}s", "--latency"]
        + [f"http://127.0.0.1:{gateway.port}{scenario.path}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 30,
    )
    spent = gateway.cpu_s() - before
    text = done.stdout
    requests = re.search(r"(\d+) requests in", text)
    if requests is None or not int(requests[1]):
        raise RuntimeError(f"{gateway.name}, {scenario.name}: no answers\n{text}{done.stderr}")
    count = int(requests[1])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = int(wrong[1]) if wrong and scenario.expected < 400 else 0
    if broken := re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text
    ):
        errors += sum(map(int, broken.groups()))
    percentiles = dict(re.findall(r"(\d+)% +([\d.]+(?:us|ms|s))", text))
    return Measured(
        cpu_us=spent / count * 1e6,
        per_second=float(re.search(r"Requests/sec: +([\d.]+)", text)[1]),  # type: ignore[index]  # wrk's own format
        p50_ms=_milliseconds(percentiles["50"]),
        p99_ms=_milliseconds(percentiles["99"]),
        errors=errors,
    )
