"""Start the backend and whatever gateways this machine has, on ports of loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import field, frozen

from benchmarks.scenarios import BODIES, configuration

__all__ = ["Gateway", "available", "backend"]

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    types {{ application/json json; application/octet-stream bin; }}
    keepalive_requests 1000000000;
    {body}
}}
"""

BACKEND = "server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ root {root}; open_file_cache max=100; }} }}"

PROXY = """
    upstream backend {{ server 127.0.0.1:{backend}; keepalive 512; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location = /noop {{ proxy_pass http://backend/small.json; }}
        location = /json {{ proxy_pass http://backend/small.json; }}
        location = /collection {{ proxy_pass http://backend/collection.json; }}
        location = /large {{ proxy_pass http://backend/large.bin; }}
        location ~ ^/route {{ rewrite ^ /small.json break; proxy_pass http://backend; }}
        location / {{ return 404; }}
    }}
"""


@frozen
class Gateway:
    """
    A running gateway.

    Attributes:
        unable: Scenarios that it cannot do.
    """

    name: str
    port: int
    process: subprocess.Popen[bytes]
    unable: Sequence[str] = field(default=())

    def pids(self) -> list[int]:
        """Its process and all that it started."""
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, task.read_text().split())
        return found

    def cpu_s(self) -> float:
        """CPU time so far, user and system, of all its processes."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS

    def pss_mib(self) -> float:
        """Memory, pages that are shared counted by share."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024


def free_port() -> int:
    """Find a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(name: str, command: Sequence[str], port: int, folder: Path) -> Iterator[Gateway]:
    """Run a program until the block ends; it must listen within ten seconds."""
    log = (folder / f"{name}.log").open("wb")
    environ = {
        **os.environ,
        "USAGE_DISABLE": "1",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "admin"))),
    }
    process = subprocess.Popen(command, stdout=log, stderr=log, env=environ, cwd=folder)
    try:
        for _ in range(1000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended: {(folder / f'{name}.log').read_text()}")
            time.sleep(0.01)
        yield Gateway(name, port, process, ("json, allow", "merge of 3") if name == "nginx" else ())
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@contextmanager
def backend(folder: Path) -> Iterator[str]:
    """Serve the bodies from nginx; gives the origin."""
    root, own, port = folder / "root", folder / "backend", free_port()
    root.mkdir()
    own.mkdir()
    folder.chmod(0o755)
    for name, text in BODIES.items():
        (root / name).write_text(text)
    conf = own / "nginx.conf"
    server = BACKEND.format(port=port, root=root)
    conf.write_text(NGINX.format(workers=1, folder=own, body=server))
    with started("backend", [str(shutil.which("nginx")), "-c", str(conf)], port, own):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def available(folder: Path, origin: str, only: str) -> Iterator[list[Gateway]]:
    """Start this gateway, nginx and, where ``KRAKEND_BIN`` names one, KrakenD."""
    wanted = set(only.split(",")) if only else {"gatekeeper", "nginx", "krakend"}
    with ExitStack() as stack:
        gateways = []
        if "gatekeeper" in wanted:
            port = free_port()
            file = folder / "gatekeeper.json"
            file.write_text(json.dumps(configuration(port, origin)))
            twistd = [sys.executable, str(Path(sys.executable).parent / "twistd")]
            command = [*twistd, "-n", "--pidfile=", "gatekeeper", "-c", str(file)]
            gateways.append(stack.enter_context(started("gatekeeper", command, port, folder)))
        if "nginx" in wanted:
            port, own = free_port(), folder / "proxy"
            own.mkdir()
            conf = own / "nginx.conf"
            proxy = PROXY.format(port=port, backend=origin.rpartition(":")[2])
            conf.write_text(NGINX.format(workers=1, folder=own, body=proxy))
            command = [str(shutil.which("nginx")), "-c", str(conf)]
            gateways.append(stack.enter_context(started("nginx", command, port, own)))
        binary = os.environ.get("KRAKEND_BIN")
        if binary and "krakend" in wanted:
            port = free_port()
            file = folder / "krakend.json"
            file.write_text(json.dumps(configuration(port, origin)))
            command = [binary, "run", "-c", str(file)]
            gateways.append(stack.enter_context(started("krakend", command, port, folder)))
        yield gateways
