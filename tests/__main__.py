"""
Run everything that must pass: ``python -m tests``.

Style, types, import rules, unit tests, the recorded behaviour of the original, HTTP/2's own
tests, a backend that lies, reloads and dying workers under load, packaging.
Each runs in a process of its own with the interpreter that runs this; the last line says
how many tests passed.  ``python -m tests unit lint`` runs only those.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
SCRIPTS = Path(sys.executable).parent


@frozen
class Check:
    """One thing to run."""

    name: str
    command: Sequence[str]


CHECKS = (
    Check("lint", (PYTHON, "-m", "ruff", "check", ".")),
    Check("format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Check("types", (PYTHON, "-m", "mypy")),
    Check("imports", (str(SCRIPTS / "lint-imports"), "--no-cache")),
    Check("unit", (PYTHON, "-m", "twisted.trial", "--reporter=text", "tests")),
    Check("conformance", (PYTHON, "-m", "tests.conformance.replay")),
    Check("conformance-workers", (PYTHON, "-m", "tests.conformance.replay", "--workers", "2")),
    Check("h2spec", (PYTHON, "-m", "tests.conformance.h2spec")),
    Check("faults", (PYTHON, "-m", "tests.faults.storm", "--requests", "2000")),
    Check("reload", (PYTHON, "-m", "tests.faults.reload", "--reloads", "3")),
    Check("crash", (PYTHON, "-m", "tests.faults.crash", "--kills", "2")),
    Check("blue-green", (PYTHON, "-m", "tests.faults.blue_green", "--switches", "2")),
    Check("floods", (PYTHON, "-m", "tests.faults.flood", "--megabytes", "100")),
    Check("packaging", (PYTHON, "-m", "tests.packaging.wheel")),
)


def environment() -> dict[str, str]:
    """Let sub-processes find both packages and Twisted's plugin folder in this checkout."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    return {**os.environ, "PYTHONPATH": path, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}


def counted(output: str) -> tuple[int, int, int]:
    """Find how many tests passed, failed and were skipped in what a runner printed."""
    passed = failed = skipped = 0
    for word, number in re.findall(r"\b(successes|failures|errors|skips)=(\d+)", output):
        if word == "successes":
            passed += int(number)
        elif word == "skips":
            skipped += int(number)
        else:
            failed += int(number)
    closing = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", output, re.MULTILINE)
    for good, bad, left in closing[-1:]:
        passed += int(good)
        failed += int(bad)
        skipped += int(left or 0)
    return passed, failed, skipped


def run(check: Check) -> tuple[bool, tuple[int, int, int]]:
    """Run one check; what it prints is shown as it comes."""
    print(f"== {check.name}: {' '.join(map(os.path.basename, check.command))}", flush=True)
    began = time.monotonic()
    with subprocess.Popen(
        check.command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        lines = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            print(line, end="", flush=True)
    good = process.returncode == 0
    verdict = "ok" if good else f"FAILED ({process.returncode})"
    print(f"== {check.name}: {verdict}, {time.monotonic() - began:.0f} s\n", flush=True)
    passed, failed, skipped = counted("".join(lines))
    if not (passed or failed or skipped):
        passed, failed = int(good), int(not good)
    return good, (passed, failed, skipped)


def main(names: Sequence[str]) -> int:
    """Run the named checks, or all; the exit code is 0 when all are good."""
    known = {check.name for check in CHECKS}
    if unknown := set(names) - known:
        print(f"no such check: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return 2
    results = [run(check) for check in CHECKS if not names or check.name in names]
    passed, failed, skipped = (sum(column) for column in zip(*(n for _, n in results), strict=True))
    good = all(ok for ok, _ in results)
    print(f"{passed} passed, {max(failed, int(not good))} failed, {skipped} skipped")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
