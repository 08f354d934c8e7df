"""State of a node that has one process."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.nodewide.local import LocalState


class LocalMemoryTests(SynchronousTestCase):
    """Bytes by name."""

    def test_the_same_name(self) -> None:
        """Is the same memory, for whoever asks."""
        state = LocalState()
        state.memory("a", 2).buffer[0] = 7
        self.assertEqual([7, 0], list(state.memory("a", 2).buffer))
        self.assertEqual([0, 0], list(state.memory("b", 2).buffer))
