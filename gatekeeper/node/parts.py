"""
The parts that run once on a node, such as the admin site: started, stopped, replaced.

Many of them listen on a port, so the old ones must stop before the new ones can start.  When
a new one cannot, parts of the old configuration are started again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from twisted.internet.defer import maybeDeferred

from gatekeeper.component import ServicePart
from gatekeeper.nodewide.shared import SharedState

__all__ = ["Parts", "TakesOver"]


class TakesOver(ServicePart):
    """
    Carries over what survives a configuration, when the old parts have stopped.

    It comes first, so that the new parts start with what the old ones left.
    """

    def __init__(self, new: SharedState, old: SharedState) -> None:
        self._new, self._old = new, old

    def start(self) -> None:
        """Copy it."""
        self._new.take_over(self._old)

    def stop(self) -> None:
        """There is nothing to end."""


class Parts:
    """Those that run."""

    def __init__(self) -> None:
        self._running: list[ServicePart] = []

    def start(self, parts: Sequence[ServicePart]) -> None:
        """
        Start parts; those that run already run on.

        Raises:
            Exception: One of them did not start.
        """
        for part in parts:
            if part not in self._running:
                part.start()
                self._running.append(part)

    async def replace(
        self, parts: Sequence[ServicePart], old: Callable[[], Sequence[ServicePart]]
    ) -> None:
        """
        Stop those that run and start others; one that is in both runs on.

        Args:
            parts: The others.
            old: Makes those that run anew, if the others do not start.

        Raises:
            Exception: One of the others did not start.
        """
        await self._keep(parts)
        try:
            self.start(parts)
        except Exception:
            again = old()
            await self._keep(again)
            self.start(again)
            raise

    async def end(self) -> None:
        """Stop them, the last first."""
        await self._keep(())

    async def _keep(self, parts: Sequence[ServicePart]) -> None:
        for part in reversed(self._running[:]):
            if part not in parts:
                self._running.remove(part)
                await maybeDeferred(part.stop)
