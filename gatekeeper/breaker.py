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

Source: KrakenD documentation, "Circuit breaker"; conformance cases ``throttling``.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from gatekeeper.errors import BackendError

__all__ = ["Breaker", "CircuitOpen", "State", "TooManyRequests"]


class State(Enum):
    """What a breaker does with calls."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


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
        max_errors: Failures in a row that are accepted.
        interval_s: After so long failures are forgotten; 0 is never.
        timeout_s: How long it stays open.
        seconds: A clock.
        changed: Is told the old and the new state.

    Attributes:
        state: As it was after the last call.
        failures: In a row, in this generation.
    """

    def __init__(
        self,
        *,
        max_errors: int,
        interval_s: float,
        timeout_s: float,
        seconds: Callable[[], float],
        changed: Callable[[State, State], None],
    ) -> None:
        self.state = State.CLOSED
        self.failures = 0
        self._max_errors = max_errors
        self._interval_s = interval_s
        self._timeout_s = timeout_s
        self._seconds = seconds
        self._changed = changed
        self._generation = 0
        self._is_probing = False
        self._ends: float | None = None
        self._begin_generation(seconds())

    def begin(self) -> int:
        """
        Ask whether a call may pass; gives its generation, which its end needs.

        Raises:
            CircuitOpen, TooManyRequests: It may not.  There is nothing to end then.
        """
        if self._ends is not None:
            self._look_at_time()
        if self.state is not State.CLOSED:
            if self.state is State.OPEN:
                raise CircuitOpen
            if self._is_probing:
                raise TooManyRequests
            self._is_probing = True
        return self._generation

    def succeeded(self, generation: int) -> None:
        """End a call that gave what it should."""
        if self._is_current(generation):
            self.failures = 0
            if self.state is State.HALF_OPEN:
                self._change(State.CLOSED)

    def failed(self, generation: int) -> None:
        """End a call that did not."""
        if self._is_current(generation):
            self.failures += 1
            if self.state is State.HALF_OPEN or self.failures > self._max_errors:
                self._change(State.OPEN)

    def excluded(self, generation: int) -> None:
        """End a call that says nothing about the backend."""
        if self._is_current(generation):
            self._is_probing = False

    def _is_current(self, generation: int) -> bool:
        if self._ends is not None:
            self._look_at_time()
        return generation == self._generation

    def _look_at_time(self) -> None:
        """Begin what is due: a new interval, or the first call after the timeout."""
        now = self._seconds()
        if self._ends is None or now <= self._ends:
            return
        if self.state is State.OPEN:
            self._change(State.HALF_OPEN)
        else:
            self._begin_generation(now)

    def _change(self, state: State) -> None:
        before, self.state = self.state, state
        self._begin_generation(self._seconds())
        self._changed(before, state)

    def _begin_generation(self, now: float) -> None:
        self._generation += 1
        self.failures = 0
        self._is_probing = False
        if self.state is State.OPEN:
            self._ends = now + self._timeout_s
        elif self.state is State.CLOSED and self._interval_s > 0:
            self._ends = now + self._interval_s
        else:
            self._ends = None
