"""
Load the configuration again, one attempt at a time.

Whoever asks while an attempt is under way may have changed the file after it was read, so one
more attempt follows, for all who asked meanwhile.

::

    idle ── request ──▶ under way ── request ──▶ under way, and once more
      ▲                    │                                  │
      └──── came to an end ┘◀─────── came to an end ──────────┘
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred, succeed

from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError, GatekeeperError
from gatekeeper.log import Log
from gatekeeper.view import Change

__all__ = ["CannotReload", "Reloading", "told"]


class CannotReload(GatekeeperError):
    """The configuration that runs stays, and why."""


class Reloading:
    """
    All attempts.

    Args:
        attempt: Makes one; raises `ConfigError` or `CannotReload` when the old one stays.
        log: Where operators read what came of it.
        now: Seconds since the epoch.

    Attributes:
        counts: How many went well, and how many did not.
        last: The last one.
        is_under_way: Whether there is one now.
    """

    def __init__(
        self, attempt: Callable[[], Awaitable[None]], log: Log, now: Callable[[], float]
    ) -> None:
        self.counts = {"ok": 0, "failed": 0}
        self.last: Change | None = None
        self.is_under_way = False
        self._attempt = attempt
        self._log = log
        self._now = now
        self._waiting: list[tuple[str, Deferred[Change]]] = []
        self._idle: list[Deferred[None]] = []

    def request(self, by: str) -> Deferred[Change]:
        """
        Ask for an attempt.

        Args:
            by: Who wants it.
        """
        waiting: Deferred[Change] = Deferred()
        self._waiting.append((by, waiting))
        if not self.is_under_way:
            self.is_under_way = True
            Deferred.fromCoroutine(self._run())
        return waiting

    def over(self) -> Deferred[None]:
        """Wait until nothing is under way."""
        if not self.is_under_way:
            return succeed(None)
        idle: Deferred[None] = Deferred()
        self._idle.append(idle)
        return idle

    async def _run(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            by = ", ".join(dict.fromkeys(name for name, _ in asked))
            self._log.info(f"[SERVICE: Node] loading the configuration again ({by})")
            why = await self._tried()
            change = self._ended(Change(self._now(), not why, why, by))
            for _, waiting in asked:
                waiting.callback(change)
        self.is_under_way = False
        idle, self._idle = self._idle, []
        for waiting_for_end in idle:
            waiting_for_end.callback(None)

    async def _tried(self) -> str:
        try:
            await self._attempt()
        except Exception as error:  # noqa: BLE001 - whatever it is, the old one goes on
            return told(error)
        return ""

    def _ended(self, change: Change) -> Change:
        self.last = change
        self.counts["ok" if change.ok else "failed"] += 1
        for line in change.why.splitlines():
            self._log.error(f"[SERVICE: Node] {line}")
        if not change.ok:
            self._log.error("[SERVICE: Node] not reloaded: the old configuration goes on")
        return change


def told(error: BaseException | None) -> str:
    """Say to a person what went wrong; never nothing."""
    if isinstance(error, ConfigError):
        return render(error.problems)
    if isinstance(error, GatekeeperError) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}"
