"""Say on what was measured."""

from __future__ import annotations

import os
import platform
import sysconfig
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import gateways
from gatekeeper import __version__

__all__ = ["described"]

_LIBRARIES = ("twisted", "uvloop", "httptools", "orjson", "pyopenssl", "cryptography")


def described(names: Sequence[str]) -> str:
    """Describe machine, interpreter, libraries and gateways in Markdown."""
    now = datetime.now(UTC)
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    others = [gateways.version(name) for name in names if name != "gatekeeper"]
    return "\n".join([
        f"- {now.day} {now:%B %Y}, {now:%H:%M} UTC",
        f"- {_processor()}, {os.cpu_count()} CPUs, {_memory_gib():.0f} GiB, {platform.system()} {platform.release()}",
        f"- Gatekeeper {__version__}, one process, Python {platform.python_version()} ({_build()})",
        f"- {libraries}",
        *(f"- {other}" for other in others if other),
    ])  # fmt: skip


def _build() -> str:
    """Tell whether the interpreter was built with profiles: a good part of its speed."""
    arguments = str(sysconfig.get_config_var("CONFIG_ARGS"))
    if "--enable-optimizations" in arguments or sysconfig.get_config_var("prefix") == "/usr":
        return "built with profile-guided optimisation, or by a distribution"
    return "built without profile-guided optimisation: expect 10 to 20 % more CPU"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
