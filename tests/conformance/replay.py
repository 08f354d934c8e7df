"""
Replay what was recorded of the original: ``python -m tests.conformance.replay --workers 2``.

The recordings do not belong to this repository.  They are looked for in the folder that
the variable ``CONFORMANCE`` names, then beside the checkout; where there are none, this
says so and is content: what the product promises is also held by the other tests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

AREAS = ("auth", "caching", "core", "core-v2", "security", "throttling", "validation")
"""Folders of cases that this build answers for."""

LATER = ("flexible-config-", "refuse-flexible-config")
"""Cases about templates in configuration files, which are not implemented yet."""

ONE_PROCESS = ("backend-hosts.json",)
"""Cases that count turns: each worker takes its own, as each processor of the original does."""


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
    """Run the runner over all cases, or over the files that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.replay")
    parser.add_argument("--workers", type=int, default=0, help="processes of the gateway (0: one)")
    parser.add_argument("files", nargs="*", help="cases; all when none is named")
    options = parser.parse_args(arguments)
    folder = recordings()
    if folder is None:
        print("conformance: skipped, no recordings here (CONFORMANCE can name their folder)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as name:
        found: dict[str, list[str]] = {}
        files = options.files or cases(folder)
        alone = [file for file in files if file.endswith(ONE_PROCESS)]
        others = [file for file in files if file not in alone]
        for some, workers in ((others, options.workers), (alone, 0)):
            if some:
                verdicts = Path(name, f"verdicts-{workers}-{len(some)}.json")
                replay(folder, [*some, "--json", str(verdicts)], workers)
                found |= json.loads(verdicts.read_text())
    failed = sorted(step for step, differences in found.items() if differences)
    for step in failed:
        print(f"conformance: {step}: fails")
    print(f"{len(found) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def replay(folder: Path, arguments: Sequence[str], workers: int) -> None:
    """Run the runner against this checkout."""
    twistd = Path(sys.executable).parent / "twistd"
    launch = f"{sys.executable} {twistd} -n --pidfile= gatekeeper -c {{config}} -w {workers}"
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    command = [sys.executable, str(folder / "conform.py"), "check", "--launch", launch]
    subprocess.run([*command, *arguments], env={**os.environ, "PYTHONPATH": path}, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
