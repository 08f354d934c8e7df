"""
Give each process of the node a number of its own, so that it can count without a lock.

A seat is free when the process that sat there is gone.  What it counted stays: the next one
counts on.
"""

from __future__ import annotations

import os

from gatekeeper.nodewide.directory import SEATS, SEATS_TAKEN, Directory, NoRoom

__all__ = ["MAX_SEATS", "is_alive", "take_seat"]

MAX_SEATS = 256


def take_seat(directory: Directory) -> int:
    """
    Find a seat for this process, from 0; the same one each time.

    Raises:
        NoRoom: There are more processes than seats.
    """
    words, own = directory.head.words, os.getpid()
    with directory.lock:
        sitting = words[SEATS : SEATS + MAX_SEATS].tolist()
        if own in sitting:
            return sitting.index(own)
        for seat, pid in enumerate(sitting):
            if not pid or not is_alive(pid):
                words[SEATS_TAKEN] = max(words[SEATS_TAKEN], seat + 1)
                words[SEATS + seat] = own
                return seat
    raise NoRoom(f"more than {MAX_SEATS} processes share state")


def is_alive(pid: int) -> bool:
    """Tell whether a process is still there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
