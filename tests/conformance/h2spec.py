"""
Ask h2spec whether we speak HTTP/2: ``python -m tests.conformance.h2spec``.

Needs the program `h2spec <https://github.com/summerwind/h2spec>`_ on the path, or where the
variable ``H2SPEC`` says; without it this says so and is content.  Both engines are asked
without TLS, and the usual one behind TLS, with the reactor that a gateway has.

h2spec is older than RFC 9113.  Where the two differ, or where HTTP/2 leaves us a choice that
h2spec does not know, the case stands in `EXCEPTIONS`, and the reason in
``docs/decisions/0015-http2-engine.md``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from attrs import frozen

__all__ = ["EXCEPTIONS", "Way", "failures", "main"]

ROOT = Path(__file__).resolve().parent.parent.parent

SHARED_PORT = "3.5. HTTP/2 Connection Preface: Sends invalid connection preface"
SELF_DEPENDENCY = "5.3.1. Stream Dependencies: Sends PRIORITY frame that depend on itself"
FULL_WINDOW = (
    "6.9.1. The Flow-Control Window: Sends multiple WINDOW_UPDATE frames increasing the flow "
    "control window to above 2^31-1 on a stream"
)


@frozen
class Way:
    """
    A way in, and what h2spec need not like there.

    Attributes:
        engine: As `tests.conformance.h2server` calls it.
    """

    engine: str
    secure: bool
    exceptions: frozenset[str]


EXCEPTIONS = frozenset((SELF_DEPENDENCY, FULL_WINDOW))

WAYS = (
    Way("nghttp2", True, EXCEPTIONS),
    Way("nghttp2", False, EXCEPTIONS | {SHARED_PORT}),
    Way("h2", False, frozenset((SHARED_PORT,))),
)


def program() -> str | None:
    """Find h2spec."""
    return os.environ.get("H2SPEC") or shutil.which("h2spec")


def failures(output: str) -> tuple[int, set[str]]:
    """Read what h2spec printed: how many cases there were, and which failed."""
    total = re.search(r"(\d+) tests, (\d+) passed", output)
    section, failed = "", set()
    _, _, summary = output.partition("Failures:")
    for line in summary.splitlines():
        if found := re.match(r"\s*(\d+(?:\.\d+)*\. .+)", line):
            section = found[1]
        elif found := re.match(r"\s*× \d+: (.+)", line):
            failed.add(f"{section}: {found[1]}")
    return int(total[1]) if total else 0, failed


def ask(h2spec: str, way: Way, folder: str) -> tuple[int, set[str]]:
    """Start a server and ask h2spec."""
    command = [sys.executable, "-m", "tests.conformance.h2server", way.engine]
    if way.secure:
        command += ["--tls", folder]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert server.stdout is not None
    try:
        port = server.stdout.readline().strip()
        flags = ["-t", "-k"] if way.secure else []
        done = subprocess.run(
            [h2spec, "-h", "127.0.0.1", "-p", port, "-o", "3", *flags],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=300,
            check=False,
        )
    finally:
        server.terminate()
        server.wait()
    return failures(done.stdout)


def main() -> int:
    """Ask in every way; the exit code is 0 when only known exceptions fail."""
    h2spec = program()
    if h2spec is None:
        print("h2spec: skipped, there is no h2spec on the path (H2SPEC can name it)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    passed = wrong = known = 0
    with tempfile.TemporaryDirectory() as folder:
        for way in WAYS:
            total, failed = ask(h2spec, way, folder)
            name = f"{way.engine} {'with' if way.secure else 'without'} TLS"
            surprises = failed - way.exceptions
            if total == 0:
                surprises.add("h2spec did not come to an end")
            for case in sorted(surprises):
                print(f"h2spec: {name}: {case}")
            print(f"h2spec: {name}: {total - len(failed)} of {total}")
            passed += total - len(failed)
            wrong += len(surprises)
            known += len(failed & way.exceptions)
    print(f"{passed} passed, {wrong} failed, {known} skipped")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
