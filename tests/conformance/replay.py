"""
Replay what was recorded of the original: ``python -m tests.conformance.replay``.

The recordings do not belong to this repository.  They are looked for in the folder that
the variable ``CONFORMANCE`` names, then beside the checkout; where there are none, this
says so and is content: what the product promises is also held by the other tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

AREAS = ("core", "core-v2")
"""Folders of cases that this build answers for."""

LATER = ("flexible-config-", "refuse-flexible-config")
"""Cases about templates in configuration files, which are not implemented yet."""


def recordings() -> Path | None:
    """Find the folder with the runner and the cases."""
    named = os.environ.get("CONFORMANCE")
    folder = Path(named) if named else ROOT.parent / "shared" / "conformance"
    return folder if (folder / "conform.py").is_file() else None


def cases(folder: Path) -> list[str]:
    """List the files of cases that must pass."""
    return [
        str(path)
        for area in AREAS
        for path in sorted((folder / "cases" / area).glob("*.json"))
        if not path.name.startswith(LATER)
    ]


def main(arguments: Sequence[str]) -> int:
    """Run the runner; further arguments are its own."""
    folder = recordings()
    if folder is None:
        print("conformance: skipped, no recordings here (CONFORMANCE can name their folder)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    twistd = Path(sys.executable).parent / "twistd"
    launch = f"{sys.executable} {twistd} -n --pidfile= gatekeeper -c {{config}}"
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    return subprocess.run(
        [sys.executable, folder / "conform.py", "check", "--launch", launch]
        + (list(arguments) or cases(folder)),
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
