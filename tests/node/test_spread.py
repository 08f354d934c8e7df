"""Which worker accepts from which socket."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.node.spread import spread


class SpreadTests(SynchronousTestCase):
    """Sockets are dealt out to those who live."""

    def test_a_table(self) -> None:
        """Everybody has an own one; those of the dead are dealt out in turn."""
        table: list[tuple[set[int], int, dict[int, list[int]]]] = [
            ({0, 1, 2}, 3, {0: [0], 1: [1], 2: [2]}),
            ({0, 2}, 3, {0: [0, 1], 2: [2]}),
            ({3}, 4, {3: [3, 0, 1, 2]}),
            ({1, 2}, 4, {1: [1, 0], 2: [2, 3]}),
            (set(), 2, {}),
        ]
        for alive, sockets, dealt in table:
            with self.subTest(alive):
                self.assertEqual(dealt, spread(alive, sockets, is_given=False))

    def test_given_sockets(self) -> None:
        """What a service manager gave is everybody's."""
        self.assertEqual({0: [0, 1], 5: [0, 1]}, spread({0, 5}, 2, is_given=True))
