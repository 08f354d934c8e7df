"""Tests of `gatekeeper.components.auth.revoker`."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import pipeline, testing
from gatekeeper.component import Placement
from gatekeeper.components.auth.revoker import Revoker, revoker
from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.errors import Problems
from gatekeeper.message import JSON
from gatekeeper.refusal import CannotStart
from gatekeeper.revocation.filters import SlidingFilter
from gatekeeper.revocation.rejecter import rejecter
from gatekeeper.revocation.settings import Revocation
from tests.revocation import captured

SETTINGS = Revocation(1000, 1e-6, "optimal", 60, 1234, ("jti",))
WRITTEN: dict[str, JSON] = {
    "N": 1000,
    "P": 1e-6,
    "hash_name": "optimal",
    "TTL": 60,
    "port": 1234,
    "token_keys": ["jti"],
}


def service(**others: JSON) -> ServiceConfig:
    namespaces = {"auth/revoker": WRITTEN, **others}
    return ServiceConfig(
        extra_config={name: Settings(value, f"/{name}") for name, value in namespaces.items()}
    )


class Transport(StringTransport):
    """Knows keep-alive."""

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Nothing happens in memory."""


class RevokerTests(SynchronousTestCase):
    """The part of the node that listens and lets time slide."""

    def setUp(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.runtime = testing.runtime(self.reactor)

    def part(self, config: ServiceConfig | None = None, **changes: Any) -> Revoker:
        """Build it as the pipeline does."""
        placement = Placement(config or service(), pointer="/auth/revoker")
        made = revoker(evolve(SETTINGS, **changes), placement, self.runtime)
        assert isinstance(made, Revoker)
        return made

    def add(self) -> None:
        SlidingFilter(SETTINGS, self.runtime.node).add(b"jti-J1")

    def is_revoked(self) -> bool:
        """Ask as a worker does."""
        ask = rejecter(service(), self.runtime, Problems())
        assert ask is not None
        return ask({"jti": "J1"})

    def test_a_call_reaches_workers(self) -> None:
        """What is added over the RPC is what validators refuse."""
        self.part().start()
        [(_, factory, _, _)] = self.reactor.tcpServers
        connection = factory.buildProtocol(None)
        connection.makeConnection(Transport())
        self.assertFalse(self.is_revoked())
        connection.dataReceived(captured.ADD_ONE)
        self.assertTrue(self.is_revoked())

    def test_loopback(self) -> None:
        """It listens on the machine only, unless the file names an address."""
        self.part().start()
        self.part(service(**{"gatekeeper/revoker": {"listen": "0.0.0.0"}})).start()
        where = [(port, interface) for port, _, _, interface in self.reactor.tcpServers]
        self.assertEqual([(1234, "127.0.0.1"), (1234, "0.0.0.0")], where)

    def test_time(self) -> None:
        """Elements are there for two to three times TTL, by the clock since the start."""
        self.part().start()
        self.reactor.advance(59)
        self.add()
        there = []
        for _ in range(4):
            there.append(self.is_revoked())
            self.reactor.advance(60)
        self.assertEqual([True, True, True, False], there)

    def test_fixed_ticks(self) -> None:
        """A tick that comes late does not move the following ones, and none is made up for."""
        self.part().start()
        self.reactor.advance(60 + 45)
        self.add()
        self.reactor.advance(15)
        self.assertTrue(self.is_revoked())
        self.reactor.advance(600)
        self.assertTrue(self.is_revoked())
        self.reactor.advance(60)
        self.assertFalse(self.is_revoked())

    def test_a_busy_port(self) -> None:
        """Stops the start: tokens could not be revoked."""

        def busy(port: int, *_: object, **__: object) -> None:
            raise CannotListenError("127.0.0.1", port, OSError(98, "busy"))

        self.reactor.listenTCP = busy
        with self.assertRaises(CannotStart) as raised:
            self.part().start()
        self.assertIn(
            "listen tcp 127.0.0.1:1234: bind: address already in use", str(raised.exception)
        )

    def test_stop(self) -> None:
        """The port is closed and nothing ticks any more; also when it never started."""
        never = self.part()
        self.assertIsNone(never.stop())
        part = self.part()
        part.start()
        stopped = part.stop()
        if isinstance(stopped, Deferred):
            self.successResultOf(stopped)
        self.assertEqual([], self.reactor.getDelayedCalls())

    def test_the_board(self) -> None:
        """Operators see where it listens and how full it may be."""
        part = self.part()
        [notice] = self.runtime.board.read()
        self.assertIsNone(notice.facts["listens_on"])
        part.start()
        self.reactor.advance(10)
        [notice] = self.runtime.board.read()
        self.assertEqual("auth/revoker", notice.kind)
        self.assertEqual(
            {"connections": 0, "added_since_start": 0, "made_for": 1000, "next_slide_s": 50.0},
            {name: value for name, value in notice.facts.items() if name != "listens_on"},
        )


class PipelineTests(SynchronousTestCase):
    """The component in its place."""

    def parts(self, config: ServiceConfig) -> tuple[list[Any], Problems]:
        problems = Problems()
        return list(pipeline.node_parts(config, testing.runtime(), problems)), problems

    def test_once_per_node(self) -> None:
        """It is a part of the node, not of each worker."""
        parts, problems = self.parts(service())
        self.assertEqual(([Revoker], []), ([type(part) for part in parts], problems.found))
        self.assertEqual([], pipeline.service_parts(service(), testing.runtime(), Problems()))

    def test_mistakes(self) -> None:
        """Nothing is built, and every mistake is known."""
        config = service(
            **{"auth/revoker": {**WRITTEN, "N": 0}, "gatekeeper/revoker": {"listen": 1}}
        )
        parts, problems = self.parts(config)
        self.assertEqual([], parts)
        self.assertEqual(2, len(problems.fatal))
