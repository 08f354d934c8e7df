"""
Install the wheel into an empty place and use it: ``python -m tests.packaging.wheel``.

A checkout finds its files by accident; an installation only finds what was packed.  So
this builds a wheel, installs it into a fresh virtual environment, goes to an empty folder
and looks: is the twistd plugin found, do the templates load, does the demo answer, and is
there no package called ``admin``?
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

CHECKS = (
    ("twistd finds the plugin", "twistd gatekeeper --help", "--config"),
    ("the console script works", "gatekeeper version", "Gatekeeper"),
    (
        "the admin pages load",
        "python -c 'import gatekeeper_admin.pages.overview as o; print(len(o.TEMPLATE + o.STYLE))'",
        "",
    ),
    (
        "types are shipped",
        "python -c 'import gatekeeper, pathlib; "
        'print((pathlib.Path(gatekeeper.__file__).parent / "py.typed").is_file())\'',
        "True",
    ),
    (
        "there is no package called admin",
        "python -c 'import importlib.util as u; print(u.find_spec(\"admin\"))'",
        "None",
    ),
    ("the demo is complete", "gatekeeper demo --check", "ok"),
)


def run(command: list[str], folder: Path, environ: dict[str, str]) -> str:
    """Run something; its output is shown only when it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode:
        print(done.stdout)
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


def main() -> int:
    """Build, install, look."""
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheels, home, empty = folder / "wheels", folder / "venv", folder / "empty"
        empty.mkdir()
        run([sys.executable, "-m", "build", "--wheel", "--outdir", str(wheels), "."], ROOT, clean)
        venv.create(home, with_pip=True)
        (wheel,) = wheels.glob("*.whl")
        run([str(home / "bin" / "pip"), "install", "--quiet", str(wheel)], empty, clean)
        clean["PATH"] = f"{home / 'bin'}{os.pathsep}{clean['PATH']}"
        for promise, command, expected in CHECKS:
            output = run(["sh", "-c", command], empty, clean)
            good = expected in output
            failed += not good
            print(f"{'ok  ' if good else 'FAIL'} {promise}" + ("" if good else f": {output}"))
    print(f"{len(CHECKS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
