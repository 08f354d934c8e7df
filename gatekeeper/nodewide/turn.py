"""
Let one process of the node do what all need, such as a download.

It does it, publishes what came of it in a `Document`, and gives the lease back.  The others
look every 20 milliseconds whether something was published, or whether the one who was at
it is gone and it is their turn.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from gatekeeper.nodewide.interface import Document
from gatekeeper.wire.deadlines import Timers

__all__ = ["LOOK_S", "my_turn"]

LOOK_S = 0.02


async def my_turn(document: Document, clock: Timers, lease_s: float, seen: int) -> bool:
    """
    Wait until it is our turn, or another has published; may be cancelled.

    Args:
        lease_s: How long the work may take; longer than its own limit.
        seen: The version that the caller knows.

    Returns:
        Whether the lease is ours.  Otherwise the version is no longer the one that was seen.
    """
    while document.version == seen:
        if document.try_lease(lease_s):
            if document.version == seen:
                return True
            document.release()
        else:
            await _pause(clock)
    return False


def _pause(clock: Timers) -> Deferred[None]:
    ringing: Any = None
    pause: Deferred[None] = Deferred(lambda _: ringing.cancel())
    ringing = clock.callLater(LOOK_S, pause.callback, None)
    return pause
