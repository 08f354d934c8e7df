"""
One worker, as the supervisor knows it: the other end of a connection.

A worker is there as long as its connection is.  Its death is not told by the kernel but by the
connection's end, which also works when the template that bore it is gone.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from gatekeeper.errors import GatekeeperError
from gatekeeper.node.commands import (
    Accept,
    Built,
    Drain,
    Failed,
    Look,
    LookOn,
    Renew,
    Reopen,
    Side,
)

__all__ = ["Link", "NotBuilt"]


class NotBuilt(GatekeeperError):
    """A worker could not make itself ready, and why."""


class Link(Side):
    """
    The supervisor's end of the connection to a worker.

    Args:
        slot, generation: Which one it is.
        born_at: When it was asked for, on the reactor's clock.
        gone: Called once when the worker is gone.

    Attributes:
        stage: ``starting``, ``ready``, ``serving`` or ``draining``.
        pid: Its process, once the template has told; 0 before.
        accepts: The numbers of the sockets that it was told to accept from.
        built: Fires when it is ready, or fails with `NotBuilt`.
    """

    def __init__(
        self, slot: int, generation: int, born_at: float, gone: Callable[[Link], None]
    ) -> None:
        super().__init__()
        self.slot = slot
        self.generation = generation
        self.born_at = born_at
        self.stage = "starting"
        self.pid = 0
        self.accepts: list[int] = []
        self.built: Deferred[None] = Deferred()
        self._gone = gone
        self._why = f"worker {slot} ended before it was ready"

    def born(self, pid: int) -> None:
        """The template has made it."""
        self.pid = pid

    # what it says

    @Built.responder
    def its_built(self) -> dict[str, object]:
        """It is ready."""
        self.stage = "ready"
        self.built.callback(None)
        return {}

    @Failed.responder
    def its_failed(self, why: str) -> dict[str, object]:
        """It is not, and ends; `connectionLost` follows."""
        self._why = why
        return {}

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is gone."""
        super().connectionLost(reason)
        was_starting = self.stage == "starting"
        if was_starting:
            self.built.errback(NotBuilt(self._why))
        self._gone(self)

    # what it is told

    async def accept(self, numbers: Sequence[int]) -> None:
        """Let it accept connections from the sockets of these numbers."""
        if self.stage not in ("ready", "serving") or self.accepts == list(numbers):
            return
        self.accepts = list(numbers)
        await self.callRemote(Accept, numbers=self.accepts)
        if self.stage == "ready":
            self.stage = "serving"

    def drain(self, longest_s: float, idle_s: float, *, is_last: bool) -> None:
        """Let it finish and end; see `gatekeeper.node.commands.Drain`."""
        if self.stage == "starting":
            self.give_up("it is not needed any more")
            return
        self.stage = "draining"
        told = self.callRemote(Drain, longest_s=longest_s, idle_s=idle_s, is_last=is_last)
        told.addErrback(_gone_by_now)

    def give_up(self, why: str) -> None:
        """End it the hard way."""
        self._why = why
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        transport: Any = self.transport
        if transport is not None:
            transport.loseConnection()

    def reopen(self) -> None:
        """Let it open its logs anew."""
        self.callRemote(Reopen).addErrback(_gone_by_now)

    async def renew(self) -> str:
        """Let it read certificates anew; gives why that failed, or nothing."""
        answer = await self.callRemote(Renew)
        return str(answer["why"])

    async def look(self) -> dict[str, Any]:
        """Ask how it is."""
        answer = await self.callRemote(Look)
        text = answer["text"]
        while answer["more"]:
            answer = await self.callRemote(LookOn)
            text += answer["text"]
        described: dict[str, Any] = json.loads(text)
        return described


def _gone_by_now(_: Failure) -> None:
    """It ended on its own; `connectionLost` sees to it."""
