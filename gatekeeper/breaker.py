"""
The states of a circuit breaker.

::

              more than max_errors failures in a row
     CLOSED ───────────────────────────────────────────> OPEN <───────┐
       ^                                                   │          │
       │                                       timeout_s later,       │
       │                                       when somebody calls    │
       │               success                             v          │ failure
       └────────────────────────────────────────────── HALF-OPEN ─────┘

- CLOSED: calls pass.  Failures are forgotten every `interval_s`, if it is not 0.
- OPEN: calls are refused.
- HALF-OPEN: one call passes; the others are refused while it runs.

Every change of state and every end of an interval begins a new *generation*; the result of a
call that began in an older one means nothing.  Each call ends in exactly one of `succeeded`,
`failed` and `excluded`: a call that is never ended would keep a half-open breaker from ever
asking again.

Time is only looked at when somebody calls, so nothing runs while nobody does.

A breaker is some words of memory that all workers of the node share::

    0  state           3  process that makes the one half-open call, or 0
    1  generation      4  when the generation ends, in nanoseconds of the clock; 0 is never
    2  failures        5  1 while somebody is writing

Whoever changes them holds the memory's lock.  A call that passes a closed breaker, and ends
well where no call had failed, only reads: it reads the generation first, so that a change in
between makes its result one of an older generation, which means nothing.  A worker that is
killed while it writes leaves the last word set: whoever comes next begins with a closed
breaker.  One that is killed in the half-open call is found to be gone, and its place is free.

Source: KrakenD documentation, "Circuit breaker"; conformance cases ``throttling``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

from gatekeeper.errors import BackendError
from gatekeeper.nodewide.interface import Memory
from gatekeeper.nodewide.seats import is_alive

__all__ = ["SIZE", "Breaker", "CircuitOpen", "State", "TooManyRequests"]

SIZE = 64
"""Bytes of memory that a breaker needs."""

_STATE, _GENERATION, _FAILURES, _PROBING, _ENDS, _WRITING = range(6)
_CLOSED, _OPEN, _HALF_OPEN = range(3)


class State(Enum):
    """What a breaker does with calls."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


_STATES = (State.CLOSED, State.OPEN, State.HALF_OPEN)


class CircuitOpen(BackendError):
    """The backend failed too often; it is not called for a while."""

    def __init__(self) -> None:
        super().__init__("circuit breaker is open")


class TooManyRequests(BackendError):
    """Another call is finding out whether the backend works again."""

    def __init__(self) -> None:
        super().__init__("too many requests")


class Breaker:
    """
    One breaker.

    Args:
        memory: `SIZE` bytes that belong to it, zero at the beginning.
        max_errors: Failures in a row that are accepted.
        interval_s: After so long failures are forgotten; 0 is never.
        timeout_s: How long it stays open.
        seconds: A clock that is the same in all processes that share the memory.
        changed: Is told the old and the new state, in the process that brought it about.
    """

    def __init__(
        self,
        memory: Memory,
        *,
        max_errors: int,
        interval_s: float,
        timeout_s: float,
        seconds: Callable[[], float],
        changed: Callable[[State, State], None],
    ) -> None:
        self._words = memory.buffer.cast("q")
        self._lock = memory.lock
        self._max_errors = max_errors
        self._interval_ns = int(interval_s * 1e9)
        self._timeout_ns = int(timeout_s * 1e9)
        self._seconds = seconds
        self._changed = changed
        self._changes: list[tuple[int, int]] = []
        if self._interval_ns > 0:
            with self._writing():
                if not self._words[_GENERATION]:
                    self._begin_generation(self._now_ns())

    @property
    def state(self) -> State:
        """The state as it was after the last call."""
        return _STATES[self._words[_STATE]]

    @property
    def failures(self) -> int:
        """How many there were in a row, in this generation."""
        return self._words[_FAILURES]

    def begin(self) -> int:
        """
        Ask whether a call may pass; gives its generation, which its end needs.

        Raises:
            CircuitOpen, TooManyRequests: It may not.  There is nothing to end then.
        """
        words = self._words
        generation = words[_GENERATION]
        if words[_STATE] == _CLOSED and self._is_lasting():
            return generation
        with self._writing():
            self._look_at_time()
            state = words[_STATE]
            if state == _OPEN:
                raise CircuitOpen
            if state == _HALF_OPEN:
                if words[_PROBING] and is_alive(words[_PROBING]):
                    raise TooManyRequests
                words[_PROBING] = os.getpid()
            return words[_GENERATION]

    def succeeded(self, generation: int) -> None:
        """End a call that gave what it should."""
        words = self._words
        if words[_STATE] == _CLOSED and not words[_FAILURES]:
            return
        with self._writing():
            if self._is_current(generation):
                words[_FAILURES] = 0
                if words[_STATE] == _HALF_OPEN:
                    self._change(_CLOSED)

    def failed(self, generation: int) -> None:
        """End a call that did not."""
        words = self._words
        with self._writing():
            if self._is_current(generation):
                words[_FAILURES] += 1
                if words[_STATE] == _HALF_OPEN or words[_FAILURES] > self._max_errors:
                    self._change(_OPEN)

    def excluded(self, generation: int) -> None:
        """End a call that says nothing about the backend."""
        if self._words[_STATE] == _CLOSED:
            return
        with self._writing():
            if self._is_current(generation):
                self._words[_PROBING] = 0

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Keep the others out, notice if somebody died in here, and tell what has changed."""
        words = self._words
        try:
            with self._lock():
                if words[_WRITING]:
                    words[_STATE] = _CLOSED
                    self._begin_generation(self._now_ns())
                words[_WRITING] = 1
                try:
                    yield
                finally:
                    words[_WRITING] = 0
        finally:
            changes, self._changes = self._changes, []
            for before, after in changes:
                self._changed(_STATES[before], _STATES[after])

    def _now_ns(self) -> int:
        return int(self._seconds() * 1e9)

    def _is_lasting(self) -> bool:
        """Whether the generation goes on."""
        ends = self._words[_ENDS]
        return not ends or self._now_ns() <= ends

    def _is_current(self, generation: int) -> bool:
        self._look_at_time()
        return generation == self._words[_GENERATION]

    def _look_at_time(self) -> None:
        """Begin what is due: a new interval, or the first call after the timeout."""
        if self._is_lasting():
            return
        if self._words[_STATE] == _OPEN:
            self._change(_HALF_OPEN)
        else:
            self._begin_generation(self._now_ns())

    def _change(self, state: int) -> None:
        words = self._words
        before, words[_STATE] = words[_STATE], state
        self._begin_generation(self._now_ns())
        self._changes.append((before, state))

    def _begin_generation(self, now_ns: int) -> None:
        words = self._words
        words[_GENERATION] += 1
        words[_FAILURES] = words[_PROBING] = 0
        if words[_STATE] == _OPEN:
            words[_ENDS] = now_ns + self._timeout_ns
        elif words[_STATE] == _CLOSED and self._interval_ns > 0:
            words[_ENDS] = now_ns + self._interval_ns
        else:
            words[_ENDS] = 0
