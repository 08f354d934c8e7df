"""Workers that are no processes: the other ends of connections, in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.test.iosim import FakeTransport, IOPump, connect

from gatekeeper.node.commands import Accept, Built, Drain, Failed, Look, LookOn, Renew, Side, pieces
from gatekeeper.node.order import Descriptors, Order

__all__ = ["FakeBirths", "FakeReactor", "FakeWorker"]


class FakeWorker(Side):
    """Remembers what it is told."""

    pump: IOPump

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order
        self.accepts: list[int] = []
        self.drained: dict[str, Any] = {}
        self.description = '{"connections": 3, "in_flight": 1, "board": [["a", "b", {"c": 1}]]}'
        self.why = ""

    def built(self) -> None:
        """Say that it is ready."""
        self.callRemote(Built)
        self.pump.flush()

    def failed(self, why: str) -> None:
        """Say that it is not, and end."""
        self.callRemote(Failed, why=why)
        self.die()

    def die(self) -> None:
        """End without a word."""
        self.pump.flush()
        transport: Any = self.transport
        transport.abortConnection()
        self.pump.flush()

    @Accept.responder
    def its_accept(self, numbers: list[int]) -> dict[str, object]:
        self.accepts = numbers
        return {}

    @Drain.responder
    def its_drain(self, **how: Any) -> dict[str, object]:
        self.drained = how
        return {}

    @Renew.responder
    def its_renew(self) -> dict[str, object]:
        return {"why": self.why}

    @Look.responder
    def its_look(self) -> dict[str, object]:
        self.pieces = pieces(self.description)
        return self.its_look_on()

    @LookOn.responder
    def its_look_on(self) -> dict[str, object]:
        text = self.pieces.pop(0)
        return {"text": text, "more": bool(self.pieces)}


class FakeReactor(Clock):
    """A clock that keeps the protocols of connections until somebody connects them."""

    def __init__(self) -> None:
        super().__init__()
        self.protocols: list[Any] = []

    def adoptStreamConnection(self, number: int, family: int, factory: Any) -> None:
        self.protocols.append(factory.buildProtocol(None))


class FakeBirths:
    """Makes such workers; each is in `workers`."""

    def __init__(self, reactor: FakeReactor) -> None:
        self.reactor = reactor
        self.workers: list[FakeWorker] = []

    def bear(self, order: Order, descriptors: Descriptors, born: Any) -> None:
        link, worker = self.reactor.protocols.pop(), FakeWorker(order)
        worker.pump = connect(
            link, FakeTransport(link, True), worker, FakeTransport(worker, False), clock=Clock()
        )
        self.workers.append(worker)
        born(1 << 30)  # nobody's number

    def flush(self) -> None:
        """Let everything that was said arrive."""
        for worker in self.workers:
            worker.pump.flush()
