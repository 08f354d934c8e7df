"""Parts that run once on a node."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.node.parts import Parts

EVENTS: list[str] = []


class Part:
    """Says what happens to it."""

    def __init__(self, name: str, *, fails: bool = False) -> None:
        self.name = name
        self.fails = fails

    def start(self) -> None:
        if self.fails:
            raise ValueError(self.name)
        EVENTS.append(f"+{self.name}")

    def stop(self) -> None:
        EVENTS.append(f"-{self.name}")


class PartsTests(SynchronousTestCase):
    """Replacing them."""

    def setUp(self) -> None:
        EVENTS.clear()
        self.parts = Parts()
        self.kept = Part("kept")

    def replace(self, *new: Part) -> Deferred[None]:
        return Deferred.fromCoroutine(self.parts.replace(new, lambda: [self.kept, Part("again")]))

    def test_the_old_stop_first(self) -> None:
        """They may hold the port that the new ones want; one that stays is left alone."""
        self.parts.start([self.kept, Part("old")])
        self.successResultOf(self.replace(self.kept, Part("new")))
        self.assertEqual(["+kept", "+old", "-old", "+new"], EVENTS)

    def test_a_new_one_fails(self) -> None:
        """What ran before runs again, made anew."""
        self.parts.start([self.kept, Part("old")])
        self.failureResultOf(self.replace(self.kept, Part("new"), Part("bad", fails=True)))
        self.assertEqual(["-old", "+new", "-new", "+again"], EVENTS[2:])

    def test_the_end(self) -> None:
        """The last stops first."""
        self.parts.start([self.kept, Part("other")])
        self.successResultOf(Deferred.fromCoroutine(self.parts.end()))
        self.assertEqual(["-other", "-kept"], EVENTS[2:])
