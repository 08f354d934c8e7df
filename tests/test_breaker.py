"""The states of a circuit breaker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.breaker import SIZE, Breaker, CircuitOpen, State, TooManyRequests
from gatekeeper.nodewide.local import LocalState
from gatekeeper.nodewide.shared import SharedState

FAILS_TWICE = """
import sys
from gatekeeper.breaker import SIZE, Breaker
from gatekeeper.nodewide.shared import SharedState
memory = SharedState.attach(int(sys.argv[1])).memory("breaker", SIZE)
unheard = lambda before, after: None
breaker = Breaker(
    memory, max_errors=1, interval_s=0, timeout_s=10, seconds=float, changed=unheard
)
for _ in range(2):
    breaker.failed(breaker.begin())
"""


class BreakerTests(SynchronousTestCase):
    """One error is accepted; open for ten seconds."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.changes: list[str] = []
        self.breaker = self.make()

    def make(self, max_errors: int = 1, interval_s: float = 0.0) -> Breaker:
        """Make a new one."""
        self.memory = LocalState().memory("breaker", SIZE)
        return self.join(max_errors, interval_s)

    def join(self, max_errors: int = 1, interval_s: float = 0.0) -> Breaker:
        """Make what another worker has of the same one."""
        return Breaker(
            self.memory,
            max_errors=max_errors,
            interval_s=interval_s,
            timeout_s=10.0,
            seconds=self.clock.seconds,
            changed=lambda before, after: self.changes.append(f"{before.value}>{after.value}"),
        )

    def fail_call(self, times: int = 1) -> None:
        for _ in range(times):
            self.breaker.failed(self.breaker.begin())

    def succeed(self) -> None:
        self.breaker.succeeded(self.breaker.begin())

    def half_open(self) -> int:
        """Bring it to HALF-OPEN, with its one call running."""
        self.fail_call(2)
        self.clock.advance(10.1)
        return self.breaker.begin()

    def test_opens(self) -> None:
        """It opens with one failure more than is accepted, and says so."""
        self.fail_call()
        self.assertEqual(self.breaker.state, State.CLOSED)
        self.fail_call()
        self.assertEqual(self.breaker.state, State.OPEN)
        self.assertRaises(CircuitOpen, self.breaker.begin)
        self.assertEqual(self.changes, ["closed>open"])

    def test_max_errors(self) -> None:
        """The number of failures that open it is one more than the setting."""
        for accepted in range(6):
            with self.subTest(accepted):
                self.breaker = self.make(accepted)
                self.fail_call(accepted)
                self.assertEqual(self.breaker.state, State.CLOSED)
                self.fail_call()
                self.assertEqual(self.breaker.state, State.OPEN)

    def test_in_a_row(self) -> None:
        """A success in between starts the count again."""
        for _ in range(5):
            self.fail_call()
            self.succeed()
        self.assertEqual(self.changes, [])

    def test_stays_open(self) -> None:
        """It stays open for the whole timeout, to the last moment."""
        self.fail_call(2)
        self.clock.advance(10.0)
        self.assertRaises(CircuitOpen, self.breaker.begin)

    def test_one_at_a_time(self) -> None:
        """While half-open, one call passes; the others are refused until it has ended."""
        probe = self.half_open()
        self.assertRaises(TooManyRequests, self.breaker.begin)
        self.assertRaises(TooManyRequests, self.breaker.begin)
        self.breaker.succeeded(probe)
        self.breaker.begin()
        self.assertEqual(self.changes, ["closed>open", "open>half-open", "half-open>closed"])

    def test_closes_fresh(self) -> None:
        """After closing all accepted failures are accepted again."""
        self.breaker.succeeded(self.half_open())
        self.fail_call()
        self.assertEqual(self.breaker.state, State.CLOSED)

    def test_opens_again(self) -> None:
        """A failure while half-open opens it for a new timeout."""
        self.breaker.failed(self.half_open())
        self.assertRaises(CircuitOpen, self.breaker.begin)
        self.clock.advance(9.9)
        self.assertRaises(CircuitOpen, self.breaker.begin)
        self.clock.advance(0.2)
        self.breaker.begin()
        self.assertEqual(self.changes[2:], ["half-open>open", "open>half-open"])

    def test_excluded(self) -> None:
        """A call that says nothing frees the place while half-open, and changes nothing else."""
        probe = self.half_open()
        self.breaker.excluded(probe)
        self.assertEqual(self.breaker.state, State.HALF_OPEN)
        self.breaker.succeeded(self.breaker.begin())
        self.assertEqual(self.breaker.state, State.CLOSED)

    def test_excluded_while_closed(self) -> None:
        """It neither counts nor interrupts a row of failures."""
        self.fail_call()
        self.breaker.excluded(self.breaker.begin())
        self.assertEqual(self.breaker.state, State.CLOSED)
        self.fail_call()
        self.assertEqual(self.breaker.state, State.OPEN)

    def test_late_results(self) -> None:
        """What a call of an older generation became means nothing."""
        ends: tuple[Callable[[int], None], ...] = (
            self.breaker.failed,
            self.breaker.succeeded,
            self.breaker.excluded,
        )
        old = [self.breaker.begin() for _ in ends]
        probe = self.half_open()
        for end, generation in zip(ends, old, strict=True):
            end(generation)
            self.assertEqual(self.breaker.state, State.HALF_OPEN)
            self.assertRaises(TooManyRequests, self.breaker.begin)
        self.breaker.succeeded(probe)
        self.assertEqual(self.breaker.state, State.CLOSED)

    def test_late_failure_while_open(self) -> None:
        """It does not prolong the timeout."""
        old = self.breaker.begin()
        self.fail_call(2)
        self.clock.advance(9)
        self.breaker.failed(old)
        self.clock.advance(1.1)
        self.breaker.begin()

    def test_interval(self) -> None:
        """Failures are forgotten when the interval is over, and not before."""
        self.breaker = self.make(interval_s=5.0)
        self.fail_call()
        self.clock.advance(5.1)
        self.fail_call()
        self.assertEqual(self.breaker.state, State.CLOSED)
        self.clock.advance(5.0)
        self.fail_call()
        self.assertEqual(self.breaker.state, State.OPEN)

    def test_across_intervals(self) -> None:
        """A call that began in the interval before does not count."""
        self.breaker = self.make(max_errors=0, interval_s=5.0)
        old = self.breaker.begin()
        self.clock.advance(5.1)
        self.breaker.failed(old)
        self.assertEqual(self.breaker.state, State.CLOSED)

    def test_no_interval(self) -> None:
        """Without one failures are never forgotten."""
        self.fail_call()
        self.clock.advance(10_000_000)
        self.fail_call()
        self.assertEqual(self.breaker.state, State.OPEN)

    def test_texts(self) -> None:
        """Clients may see the words of the original."""
        self.assertEqual(str(CircuitOpen()), "circuit breaker is open")
        self.assertEqual(str(TooManyRequests()), "too many requests")
        self.assertEqual((CircuitOpen.status, TooManyRequests.status), (500, 500))


class NodeTests(BreakerTests):
    """Two workers, which take turns: everything above holds for them together."""

    def setUp(self) -> None:
        super().setUp()
        self.breaker = self.join()

    def test_one_for_all(self) -> None:
        """What one worker learns the other knows, and a change is told once."""
        other = self.join()
        self.fail_call()
        other.failed(other.begin())
        self.assertRaises(CircuitOpen, self.breaker.begin)
        self.assertRaises(CircuitOpen, other.begin)
        self.clock.advance(10.1)
        probe = other.begin()
        self.assertRaises(TooManyRequests, self.breaker.begin)
        other.succeeded(probe)
        self.breaker.begin()
        self.assertEqual(self.changes, ["closed>open", "open>half-open", "half-open>closed"])

    def test_a_worker_that_dies_in_the_half_open_call(self) -> None:
        """Its place is free for the next call."""
        self.half_open()
        with subprocess.Popen(["true"]) as process:
            process.wait()
        self.memory.buffer.cast("q")[3] = process.pid
        self.breaker.succeeded(self.breaker.begin())
        self.assertEqual(self.breaker.state, State.CLOSED)

    def test_a_worker_that_dies_while_it_writes(self) -> None:
        """Whoever comes next begins with a closed breaker."""
        self.fail_call(2)
        self.memory.buffer.cast("q")[5] = 1
        self.fail_call()
        self.assertEqual(self.breaker.state, State.CLOSED)
        self.assertEqual(self.breaker.failures, 1)

    def test_processes(self) -> None:
        """Failures of another process open the breaker here."""
        state = SharedState.create()
        self.addCleanup(state.close)
        self.memory = state.memory("breaker", SIZE)
        breaker = self.join()
        subprocess.run(
            [sys.executable, "-c", FAILS_TWICE, str(state.fileno())],
            pass_fds=[state.fileno()],
            check=True,
        )
        self.assertRaises(CircuitOpen, breaker.begin)
