"""Run ``gatekeeper``, also as ``python -m gatekeeper``."""

from __future__ import annotations

import sys

from gatekeeper.cli import command

__all__ = ["main"]


def main() -> None:
    """Called by the console script."""
    sys.exit(command(sys.argv[1:]))


if __name__ == "__main__":
    main()
