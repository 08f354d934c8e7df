"""
What an operator may order a running gateway to do, and who does it.

The admin site is lent these; it can do nothing else.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred

from gatekeeper.view import Change

__all__ = ["Orders"]


class Orders(Protocol):
    """Somebody who does what is ordered."""

    def reload(self, by: str) -> Deferred[Change]:
        """
        Load the configuration again.

        Args:
            by: Who wants it, for the log.

        Returns:
            Fires with what came of it; never fails.
        """
