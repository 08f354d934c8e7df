"""
Lend workers the state of their node.

The one place that knows where it lives: `gatekeeper.nodewide.shared`, which is memory that all
workers of a configuration share.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from gatekeeper.nodewide.interface import NodeState
from gatekeeper.nodewide.local import LocalState

__all__ = ["NodeMemory", "attached"]


def _implementation() -> Any:
    try:
        return importlib.import_module("gatekeeper.nodewide.shared").SharedState
    except ModuleNotFoundError:
        return None


class NodeMemory:
    """
    The state of one configuration, on the supervisor's side.

    Attributes:
        state: What parts of the node use.
    """

    def __init__(self) -> None:
        shared = _implementation()
        self.state: Any = shared.create() if shared else LocalState()
        self._number = self.state.fileno() if shared else os.memfd_create("gatekeeper-state")

    def fileno(self) -> int:
        """Give the descriptor, for a worker."""
        return self._number

    def close(self) -> None:
        """Give it back."""
        if isinstance(self.state, LocalState):
            os.close(self._number)
        else:
            self.state.close()


def attached(number: int) -> NodeState:
    """Give the same state in a worker."""
    shared = _implementation()
    state: NodeState = shared.attach(number) if shared else LocalState()
    return state
