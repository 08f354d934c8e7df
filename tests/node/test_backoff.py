"""How long to wait before a worker is replaced."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.node.backoff import LONGEST_S, STEADY_S, Backoff


class BackoffTests(SynchronousTestCase):
    """The waits of one slot."""

    def test_a_rare_death(self) -> None:
        """Who had lived for a while is replaced at once, each time."""
        backoff = Backoff()
        self.assertEqual([0.0, 0.0], [backoff.after(STEADY_S), backoff.after(3600)])

    def test_deaths_of_the_young(self) -> None:
        """The wait doubles up to a limit, and is forgotten after a long life."""
        backoff = Backoff()
        waits = [backoff.after(0.1) for _ in range(20)]
        self.assertEqual([0.25, 0.5, 1.0, 2.0], waits[:4])
        self.assertEqual(LONGEST_S, waits[-1])
        backoff.after(STEADY_S)
        self.assertEqual(0.25, backoff.after(0.1))
