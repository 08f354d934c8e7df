"""Pretend that a library is not installed."""

from __future__ import annotations

import sys

from twisted.trial.unittest import SynchronousTestCase

__all__ = ["missing"]


def missing(test: SynchronousTestCase, module: str) -> None:
    """Let the import of a module fail until the test is over."""
    before = sys.modules.get(module)

    def back() -> None:
        if before is None:
            del sys.modules[module]
        else:
            sys.modules[module] = before

    test.addCleanup(back)
    sys.modules[module] = None  # type: ignore[assignment]
