"""Listening and stopping."""

from __future__ import annotations

import errno
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import CannotListenError
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.config.model import Server
from gatekeeper.journal import Journal
from gatekeeper.node.notify import Notify
from gatekeeper.refusal import CannotStart
from gatekeeper.service import GatewayService
from gatekeeper.serving import Serving
from gatekeeper.testing import RecordedLog


class World:
    """Everything around a service; remembers what happened to it, in order."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.drained: Deferred[None] = Deferred()
        self.error: Exception | None = None

    def listen(self, factory: object) -> Deferred[Any]:
        self.events.append("listen")
        return succeed(self) if self.error is None else fail(self.error)

    def stopListening(self) -> None:
        self.events.append("stop listening")

    def getHost(self) -> World:
        return self

    port = 8080

    def drain(self, idle_s: float = 0.0) -> Deferred[None]:
        self.events.append("drain")
        return self.drained

    def abort_all(self) -> None:
        self.events.append("abort")

    def close(self) -> None:
        self.events.append("close pool")

    def start(self) -> None:
        self.events.append("start part")

    def stop(self) -> None:
        self.events.append("stop part")

    def begin(self, reactor: object) -> None:
        self.events.append("begin")

    def end(self) -> None:
        self.events.append("end")

    def write(self, line: str) -> None: ...


class ServiceTests(SynchronousTestCase):
    """The life of a gateway."""

    def setUp(self) -> None:
        self.world = World()
        self.log = RecordedLog()
        self.reactor = MemoryReactorClock()

    def service(self, pre_stop_delay_s: float = 0.0, **server: Any) -> GatewayService:
        world = self.world
        serving = Serving(
            factory=object(),
            connections=world,
            pool=world,
            parts=[world],
            reactor=self.reactor,
        )
        return GatewayService(
            Server(**server),
            endpoint=world,
            serving=serving,
            journal=Journal(self.log, lambda line: None, world, [world]),
            reactor=self.reactor,
            notify=Notify({}),
            pre_stop_delay_s=pre_stop_delay_s,
        )

    def test_start(self) -> None:
        """It listens once, although twistd starts twice, and says where."""
        service = self.service()
        self.assertFalse(service.is_ready())
        service.privilegedStartService()
        service.startService()
        self.assertEqual(["listen", "start part"], self.world.events[:2])
        self.assertTrue(service.is_ready())
        self.assertEqual(
            [
                ("INFO", "Starting the KrakenD instance"),
                ("INFO", "[SERVICE: Gin] Listening on port: 8080"),
            ],
            self.log.lines,
        )

    def test_stop_in_order(self) -> None:
        """No new connections first, backends and logs last; requests in flight between."""
        service = self.service()
        service.startService()
        del self.world.events[:]
        stopped = service.stopService()
        self.assertFalse(service.is_ready())
        self.assertEqual(["stop listening"], self.world.events)
        self.reactor.advance(0)
        self.assertEqual(["stop listening", "drain"], self.world.events)
        self.reactor.advance(3600)
        self.assertNoResult(stopped)
        self.world.drained.callback(None)
        self.successResultOf(stopped)
        self.assertEqual(["stop part", "close pool", "end"], self.world.events[2:])
        self.assertEqual(("INFO", "[SERVICE: Gin] Router execution ended"), self.log.lines[-1])

    def test_the_longest_wait(self) -> None:
        """After `max_shutdown_wait_time` what is left is cut off."""
        service = self.service(max_shutdown_wait_time_s=0.2)
        service.startService()
        stopped = service.stopService()
        self.reactor.advance(0)
        self.reactor.advance(0.19)
        self.assertNoResult(stopped)
        self.reactor.advance(0.02)
        self.successResultOf(stopped)
        self.assertIn("abort", self.world.events)

    def refused(self, service: GatewayService) -> str:
        with self.assertRaises(CannotStart) as raised:
            service.startService()
        text = str(raised.exception)
        self.assertIn(("ERROR", f"[SERVICE: Gin] {text}"), self.log.lines)
        self.assertIn("end", self.world.events)
        return text

    def test_a_port_in_use(self) -> None:
        """It is said in the original's words, in the log and to whoever started us."""
        in_use = OSError(errno.EADDRINUSE, "Address already in use")
        self.world.error = CannotListenError("", 8080, in_use)
        self.assertEqual(
            "listen tcp :8080: bind: address already in use", self.refused(self.service())
        )

    def test_other_reasons(self) -> None:
        """What has no number is told as it is."""
        self.world.error = CannotListenError("x", 8080, "odd")  # type: ignore[arg-type]
        self.assertEqual("listen tcp x:8080: bind: odd", self.refused(self.service(listen_ip="x")))
        self.world.error = ValueError("odder")
        self.assertEqual("odder", self.refused(self.service()))

    def test_a_port_out_of_range(self) -> None:
        """As in the conformance case refuse-listener."""
        for port in (70000, -1):
            self.assertEqual(
                f"listen tcp: address {port}: invalid port",
                self.refused(self.service(port=port)),
            )

    def test_stopped_without_a_start(self) -> None:
        """Twisted stops everything when one service cannot start."""
        self.world.drained.callback(None)
        stopped = self.service().stopService()
        self.reactor.advance(0)
        self.successResultOf(stopped)

    def test_a_delay_before_the_stop(self) -> None:
        """It is not ready at once, but goes on serving until balancers have noticed."""
        service = self.service(pre_stop_delay_s=5)
        service.startService()
        del self.world.events[:]
        service.stopService()
        self.assertFalse(service.is_ready())
        self.reactor.advance(4.9)
        self.assertEqual([], self.world.events)
        self.reactor.advance(0.2)
        self.assertIn("stop listening", self.world.events)
