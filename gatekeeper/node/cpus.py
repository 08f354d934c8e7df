"""
How many workers a node wants: one for each processor that it may use.

A container may be allowed fewer than the machine has: its affinity says which, its control
group how much of them.  ``GOMAXPROCS`` says it to the original, and deployments set it, so it
counts here, too.

Source: Linux, ``cgroups(7)``, files ``cpu.max`` (version 2) and ``cpu.cfs_quota_us`` (version 1).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

__all__ = ["VARIABLE", "usable_cpus", "worker_count"]

VARIABLE = "GATEKEEPER_WORKERS"
MOST = 1024

_ROOT = Path("/")


def worker_count(wanted: str | None, environ: Mapping[str, str]) -> int:
    """
    Read how many workers are wanted.

    Args:
        wanted: ``auto`` or a number, from the command line; without it the environment says.

    Returns:
        A number; 0 means that one process does everything.

    Raises:
        ValueError: It is neither.
    """
    text = (wanted or environ.get(VARIABLE) or "auto").strip()
    if text == "auto":
        return _automatic(environ) if hasattr(os, "memfd_create") else 0
    if not (text.isascii() and text.isdigit() and int(text) <= MOST):
        raise ValueError(f'workers: expected "auto" or a number up to {MOST}, found "{text}"')
    if int(text) and not hasattr(os, "memfd_create"):
        raise ValueError("workers: only Linux can have them; use 0")
    return int(text)


def _automatic(environ: Mapping[str, str]) -> int:
    most = environ.get("GOMAXPROCS", "")
    cpus = usable_cpus()
    return min(cpus, int(most)) if most.isascii() and most.isdigit() and int(most) else cpus


def usable_cpus(root: Path = _ROOT) -> int:
    """Count the processors that this process may use, at least 1."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:
        allowed = os.cpu_count() or 1
    quotas = [math.ceil(quota) for quota in _quotas(root)]
    return max(1, min([allowed, *quotas]))


def _quotas(root: Path) -> Iterator[float]:
    """Give every limit, in processors, of our control group and of those around it."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        base = root / "sys/fs/cgroup"
        names = controllers.split(",")
        if controllers and "cpu" not in names:
            continue
        if controllers:
            base /= "cpu" if (base / "cpu").is_dir() else controllers
        for folder in _upwards(base, path):
            yield from _quota(folder)


def _upwards(base: Path, path: str) -> Iterator[Path]:
    """Give the folder of a group and those above it; in a container there is only the base."""
    parts = [part for part in path.split("/") if part not in ("", "..")]
    for length in range(len(parts), -1, -1):
        yield base.joinpath(*parts[:length])


def _quota(folder: Path) -> Iterator[float]:
    words = _read(folder / "cpu.max").split() or [
        _read(folder / "cpu.cfs_quota_us").strip(),
        _read(folder / "cpu.cfs_period_us").strip(),
    ]
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):
        yield int(words[0]) / int(words[1])


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return ""
