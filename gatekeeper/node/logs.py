"""The node's log, which goes where the configuration that runs says."""

from __future__ import annotations

from typing import Any

from gatekeeper.journal import Journal
from gatekeeper.log import Log

__all__ = ["NodeLog"]


class NodeLog(Log):
    """
    Passes lines on to the log of the current configuration.

    Attributes:
        journal: The logs of that configuration.
    """

    def __init__(self, journal: Journal) -> None:
        super().__init__(self._pass_on)
        self.journal = journal

    def _pass_on(self, level: str, text: str) -> None:
        self.journal.log.say(level, text)

    def follow(self, journal: Journal, reactor: Any) -> None:
        """From now on write there; what was open is closed."""
        old, self.journal = self.journal, journal
        journal.begin(reactor)
        old.end()
