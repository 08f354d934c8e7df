"""Run the command line: ``python -m gatekeeper``, or the script ``gatekeeper``."""

from __future__ import annotations

import sys

from gatekeeper.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
