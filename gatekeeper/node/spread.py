"""
Which worker accepts from which socket.

Every worker has a socket of its own, so that connections are dealt out evenly.  While a worker
is dead the others accept for it: nobody waits in a queue that nobody looks at.  Sockets that a
service manager has given us are everybody's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["spread"]


def spread(alive: Collection[int], sockets: int, *, is_given: bool) -> Mapping[int, list[int]]:
    """
    Deal out sockets.

    Args:
        alive: The slots whose worker serves.
        sockets: How many sockets there are; unless they are given, one for each slot.
        is_given: Whether all workers accept from all of them.

    Returns:
        For each of these slots the numbers of its sockets.
    """
    slots = sorted(alive)
    if is_given:
        return {slot: list(range(sockets)) for slot in slots}
    taken: dict[int, list[int]] = {slot: [slot] for slot in slots}
    orphans = [number for number in range(sockets) if number not in taken]
    for turn, number in enumerate(orphans):
        if slots:
            taken[slots[turn % len(slots)]].append(number)
    return taken
