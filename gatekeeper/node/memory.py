"""
How much memory a process uses, as Linux tells.

Source: ``proc_pid_smaps(5)``, file ``smaps_rollup``.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["memory_of"]

_PROC = Path("/proc")


def memory_of(pid: int, proc: Path = _PROC) -> tuple[int, int]:
    """
    Give the bytes that a process uses.

    Returns:
        Resident, and proportional: what it shares counts in part.  0 is unknown.
    """
    found = {"Rss:": 0, "Pss:": 0}
    for line in _lines(proc / str(pid) / "smaps_rollup"):
        words = line.split()
        if words and words[0] in found:
            found[words[0]] = int(words[1]) << 10
    return found["Rss:"], found["Pss:"]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("ascii", "replace").splitlines()
    except OSError:  # it is gone, or not ours
        return []
