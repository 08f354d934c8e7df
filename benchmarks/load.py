"""Put load on a gateway and read what it cost."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from benchmarks.processes import Process
from benchmarks.scenarios import Scenario

__all__ = ["Measured", "load", "missing_tools", "offers_http2", "paced", "read_h2load", "read_wrk"]


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
    return [name for name in ("wrk", "nginx", "h2load") if shutil.which(name) is None]


def load(
    gateway: Process, scenario: Scenario, seconds: float, folder: Path, *, secure: bool, token: str
) -> Measured:
    """
    Load one gateway for some seconds.

    Raises:
        RuntimeError: Not one request was answered.
    """
    url = f"{'https' if secure else 'http'}://127.0.0.1:{gateway.port}{scenario.path}"
    if scenario.http2:
        run = ["h2load", "-c16", "-m10", "-t1", "-D", f"{seconds:g}"]
        return _h2load(gateway, scenario, [*run, url], seconds, folder)
    headers = {name: text.replace("@TOKEN@", token) for name, text in scenario.headers.items()}
    wrk = _wrk(url, scenario, headers, seconds, folder)
    before = gateway.cpu_s()
    done = subprocess.run(wrk, capture_output=True, text=True, check=False, timeout=seconds + 60)
    spent = gateway.cpu_s() - before
    requests, measured = read_wrk(done.stdout, spent, expects_success=scenario.expected < 400)
    if not requests:
        raise _Silent(gateway, scenario, done.stdout + done.stderr)
    return measured


class _Silent(RuntimeError):
    """A gateway that answered nothing."""

    def __init__(self, gateway: Process, scenario: Scenario, output: str) -> None:
        super().__init__(f"{gateway.name}, {scenario.name}: no answers\n{output[-1000:]}")


def offers_http2(port: int) -> bool:
    """Ask a TLS port whether it speaks HTTP/2."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        context.wrap_socket(plain) as tls,
    ):
        return tls.selected_alpn_protocol() == "h2"


def _wrk(
    url: str, scenario: Scenario, headers: dict[str, str], seconds: float, folder: Path
) -> Sequence[str]:
    run = ["wrk", "-t1", f"-c{scenario.connections}", f"-d{max(1, round(seconds))}s", "--latency"]
    for name, text in headers.items():
        run += ["-H", f"{name}: {text}"]
    if scenario.method != "GET":
        script = folder / "post.lua"
        body = json.dumps(scenario.body.decode())
        script.write_text(
            f'wrk.method = "{scenario.method}"\nwrk.body = {body}\n'
            'wrk.headers["Content-Type"] = "application/json"\n'
        )
        run += ["-s", str(script)]
    return [*run, url]


def paced(
    gateway: Process, scenario: Scenario, rate: float, seconds: float, folder: Path
) -> Measured:
    """
    Ask so many times a second, whatever the gateway makes of it, and look at latency.

    Raises:
        RuntimeError: Not one request was answered.
    """
    clients = 32
    run = ["h2load", "--h1", "-t1", f"-c{clients}", f"--rps={max(1.0, rate / clients):.1f}"]
    url = f"http://127.0.0.1:{gateway.port}{scenario.path}"
    return _h2load(gateway, scenario, [*run, "-D", f"{seconds:g}", url], seconds, folder)


def _h2load(
    gateway: Process, scenario: Scenario, run: Sequence[str], seconds: float, folder: Path
) -> Measured:
    """Run h2load, which writes down when each answer came."""
    log = folder / "requests.tsv"
    log.unlink(missing_ok=True)
    before = gateway.cpu_s()
    done = subprocess.run(
        [*run, f"--log-file={log}"],
        capture_output=True, text=True, check=False, timeout=seconds + 60,
    )  # fmt: skip
    spent = gateway.cpu_s() - before
    text = log.read_text() if log.exists() else ""
    requests, measured = read_h2load(text, spent, seconds, scenario.expected)
    if not requests:
        raise _Silent(gateway, scenario, done.stdout + done.stderr)
    return measured


def read_wrk(text: str, spent_s: float, *, expects_success: bool = True) -> tuple[int, Measured]:
    """Read what wrk prints; gives the number of requests, too."""
    found = re.search(r"(\d+) requests in", text)
    requests = int(found[1]) if found else 0
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = int(wrong[1]) if wrong and expects_success else 0
    pattern = r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)"
    if broken := re.search(pattern, text):
        errors += sum(map(int, broken.groups()))
    percentiles = dict(re.findall(r"(\d+)% +([\d.]+(?:us|ms|s))", text))
    rate = re.search(r"Requests/sec: +([\d.]+)", text)
    return requests, Measured(
        cpu_us=spent_s / max(1, requests) * 1e6,
        per_second=float(rate[1]) if rate else 0.0,
        p50_ms=_milliseconds(percentiles.get("50", "0ms")),
        p99_ms=_milliseconds(percentiles.get("99", "0ms")),
        errors=errors,
    )


def read_h2load(
    text: str, spent_s: float, seconds: float, expected: int = 200
) -> tuple[int, Measured]:
    """Read h2load's log: start, status and microseconds of each request."""
    rows = [line.split("\t") for line in text.splitlines()]
    times = sorted(int(row[2]) / 1000 for row in rows) or [0.0]
    return len(rows), Measured(
        cpu_us=spent_s / max(1, len(rows)) * 1e6,
        per_second=len(rows) / seconds,
        p50_ms=statistics.median(times),
        p99_ms=times[int(len(times) * 0.99)],
        errors=sum(row[1] != str(expected) for row in rows),
    )


def _milliseconds(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]] if found else 0.0
