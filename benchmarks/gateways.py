"""The gateways that are compared, as far as this machine has them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import settings
from benchmarks.bodies import FILES
from benchmarks.processes import Process, free_port, started
from benchmarks.scenarios import Group
from benchmarks.secrets import Secrets
from gatekeeper import pipeline
from gatekeeper.tap import Options

__all__ = ["NAMES", "available", "backend", "command", "gateways", "implemented", "version"]

NAMES = ("gatekeeper", "nginx", "haproxy", "krakend")


def implemented() -> Collection[str]:
    """Name what this build understands."""
    return pipeline.implemented()


def available(only: Collection[str]) -> list[str]:
    """Name the gateways that can be started here, of those that are wanted."""
    found = [name for name in NAMES if not only or name in only]
    return [name for name in found if _program(name)]


def _program(name: str) -> str | None:
    if name == "gatekeeper":
        return sys.executable
    if name == "krakend":
        return os.environ.get("KRAKEND_BIN")
    return shutil.which(name)


def command(  # noqa: PLR0917 - who, what, where
    name: str, group: Group, port: int, origin: str, secrets: Secrets, folder: Path
) -> Sequence[str]:
    """Write a gateway's configuration, and give the command that runs it."""
    file = folder / name
    if name in {"nginx", "haproxy"}:
        text = (
            settings.nginx(str(folder), group, port, origin, secrets)
            if name == "nginx"
            else settings.haproxy(port, origin)
        )
        file.write_text(text)
        flag = "-c" if name == "nginx" else "-f"
        return [str(_program(name)), flag, str(file)]
    file = file.with_suffix(".json")
    known = implemented() if name == "gatekeeper" else None
    file.write_text(json.dumps(settings.krakend(group, port, origin, secrets, known)))
    if name == "krakend":
        return [str(_program(name)), "run", "-c", str(file)]
    twistd = Path(sys.executable).parent / "twistd"
    one_process = ["--workers=0"] if "workers=" in Options().longOpt else []
    return [
        sys.executable, str(twistd), "-n", "--pidfile=", "gatekeeper", "-c", str(file), *one_process
    ]  # fmt: skip


@contextmanager
def backend(folder: Path) -> Iterator[str]:
    """Serve the bodies from nginx; gives the origin."""
    root, own, port = folder / "root", folder / "backend", free_port()
    root.mkdir()
    own.mkdir()
    folder.chmod(0o755)  # its workers run as nobody
    for name, body in FILES.items():
        (root / name).write_bytes(body)
    file = own / "nginx.conf"
    file.write_text(settings.nginx_backend(str(own), str(root), port))
    with started("backend", [str(shutil.which("nginx")), "-c", str(file)], port, own):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def gateways(
    group: Group, origin: str, secrets: Secrets, folder: Path, only: Collection[str]
) -> Iterator[list[Process]]:
    """Start those gateways that do something in a group."""
    wanted = {name for scenario in group.scenarios for name in scenario.only or NAMES}
    with ExitStack() as stack:
        running = []
        for name in available(only):
            if name in wanted:
                port = free_port()
                run = command(name, group, port, origin, secrets, folder)
                running.append(stack.enter_context(started(name, run, port, folder)))
        yield running


def version(name: str) -> str:
    """Ask a program what it is."""
    program = _program(name)
    if name == "gatekeeper" or program is None:
        return ""
    flags = {"nginx": "-v", "haproxy": "-v", "krakend": "version"}
    done = subprocess.run([program, flags[name]], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else program
