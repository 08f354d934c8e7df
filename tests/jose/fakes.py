"""A key server without a network, and the edges around it."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock

from gatekeeper.board import Board
from gatekeeper.jose.client import Document
from gatekeeper.jose.download import KeySetDownload
from gatekeeper.jose.edges import Edges
from gatekeeper.nodewide.local import LocalState
from gatekeeper.testing import FakeBackend, RecordedLog
from gatekeeper.wire.deadlines import Deadlines
from tests.jose.tokens import JSON, key_set, oct_jwk


def edges(clock: Clock, backend: FakeBackend | None = None) -> Edges:
    """Lend edges on a clock that the test moves."""
    node = LocalState(lambda: int(clock.seconds() * 1e9))
    return Edges(clock, Deadlines(clock), backend or FakeBackend(), RecordedLog(), Board(), node)


class KeyServer:
    """
    Answers with a key set.

    Attributes:
        asked: How often.
        error: Answer with this instead.
        content_type: What is said of the body.
        hangs: Answer only when `answer` is called.
    """

    def __init__(self, *keys: JSON) -> None:
        self.asked = 0
        self.error: Exception | None = None
        self.content_type = "application/json"
        self.hangs = False
        self.body = key_set(*(keys or (oct_jwk(kid="a"),)))
        self.waiting: list[Deferred[Document]] = []

    def rotate(self, *keys: JSON) -> None:
        """Publish other keys."""
        self.body = key_set(*keys)

    def fetch(self, url: str) -> Deferred[Document]:
        """Do as `gatekeeper.jose.client.fetch`."""
        self.asked += 1
        if self.hangs:
            waiting: Deferred[Document] = Deferred()
            self.waiting.append(waiting)
            return waiting
        if self.error is not None:
            return fail(self.error)
        return succeed(Document(self.content_type, self.body))

    def answer(self) -> None:
        """Answer the calls that hang."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            if self.error is not None:
                one.errback(self.error)
            else:
                one.callback(Document(self.content_type, self.body))

    def source(self, world: Edges, types: Sequence[str] = ("application/json",)) -> KeySetDownload:
        """Make the download of this server's set."""
        url = "https://user:pw@id.example/keys"
        return KeySetDownload(f"{url} {types}", url, self.fetch, world, types)
