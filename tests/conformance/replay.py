"""
Replay what was recorded of the original: ``python -m tests.conformance.replay``.

The recordings do not belong to this repository.  They are looked for in the folder that
the variable ``CONFORMANCE`` names, then beside the checkout; where there are none, this
says so and is content: what the product promises is also held by the other tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

AREAS = ("caching", "core", "core-v2")
"""Folders of cases that this build answers for."""

LATER = ("flexible-config-", "refuse-flexible-config", "with-other-components")
"""Cases about templates, limits, rules and tokens, which are not implemented yet."""


KNOWN = frozenset(
    {
        "http-protocol.json:use_h2c: HTTP/2 without TLS next to HTTP/1.1:"
        "HTTP/2 by prior knowledge: the ping is answered",
        "http-protocol.json:use_h2c: HTTP/2 without TLS next to HTTP/1.1:"
        "HTTP/2 by upgrade: the protocol is switched",
        "http-protocol.json:the router's own use_h2c:"
        "HTTP/2 by prior knowledge: the ping is answered",
        "tls-server.json:by default TLS 1.3 is needed:HTTP/2 is offered",
    }
)
"""Steps that fail because something is not there yet; each is counted, none is hidden."""


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
    folder = recordings()
    if folder is None:
        print("conformance: skipped, no recordings here (CONFORMANCE can name their folder)")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    with tempfile.TemporaryDirectory() as name:
        verdicts = Path(name, "verdicts.json")
        replay(folder, [*(arguments or cases(folder)), "--json", str(verdicts)])
        found: dict[str, list[str]] = json.loads(verdicts.read_text())
    failed = {step for step, differences in found.items() if differences}
    surprises = (failed - KNOWN) | {step for step in KNOWN & found.keys() if not found[step]}
    for step in sorted(surprises):
        print(f"conformance: {step}: {'fails' if found[step] else 'passes now, tell replay.py'}")
    known = len(failed & KNOWN)
    print(f"conformance: {known} steps fail as known: HTTP/2 is not served yet")
    passed = len(found) - len(failed)
    print(f"{passed} passed, {len(surprises)} failed, {known} skipped")
    return 1 if surprises else 0


def replay(folder: Path, arguments: Sequence[str]) -> None:
    """Run the runner against this checkout."""
    twistd = Path(sys.executable).parent / "twistd"
    launch = f"{sys.executable} {twistd} -n --pidfile= gatekeeper -c {{config}}"
    path = os.pathsep.join((str(ROOT), str(ROOT / "admin")))
    command = [sys.executable, str(folder / "conform.py"), "check", "--launch", launch]
    subprocess.run([*command, *arguments], env={**os.environ, "PYTHONPATH": path}, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
