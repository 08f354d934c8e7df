"""Tests of `gatekeeper.components.qos.circuit_breaker`."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.breaker import CircuitOpen, TooManyRequests
from gatekeeper.component import Placement
from gatekeeper.components.qos.circuit_breaker import CircuitBreaker, circuit_breaker, component
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import (
    BodyTooLarge,
    DeadlineExceeded,
    DecodeError,
    InvalidStatus,
    Problems,
    RequestGone,
    TransportError,
)
from gatekeeper.message import JSON, Decoded, Request, Response, Streamed
from gatekeeper.proxy import Proxy
from gatekeeper.testing import RecordedLog, request, run, runtime

BACKEND = Backend(url_pattern="/prices")
ENDPOINT = Endpoint("/shop/{id}", "/shop/:id", (BACKEND,))
AFTER_ONE = CircuitBreaker(timeout_s=10, name="n1", log_status_change=True)


class CircuitBreakerTestCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.runtime = runtime(self.clock)
        self.placement = Placement(ServiceConfig(), ENDPOINT, BACKEND)
        self.calls: list[Deferred[Response]] = []
        self.build(AFTER_ONE)

    def build(self, settings: CircuitBreaker) -> None:
        async def inner(_: Request) -> Response:
            self.calls.append(Deferred())
            return await self.calls[-1]

        self.proxy: Proxy = circuit_breaker(settings, self.placement, self.runtime)(inner)

    def start(self) -> Deferred[Response]:
        return run(self.proxy(request()))

    def call(self, result: Response | Exception) -> Deferred[Response]:
        """Make a call that the backend answers at once, if it is asked."""
        asked = len(self.calls)
        running = self.start()
        if len(self.calls) > asked:
            if isinstance(result, Exception):
                self.calls[-1].errback(result)
            else:
                self.calls[-1].callback(result)
        return running

    def facts(self) -> dict[str, Any]:
        (notice,) = self.runtime.board.read()
        return dict(notice.facts)

    @property
    def state(self) -> object:
        return self.facts()["state"]

    def half_open(self) -> None:
        self.failureResultOf(self.call(TransportError("x")), TransportError)
        self.clock.advance(10.1)


class ResultTests(CircuitBreakerTestCase):
    """What counts."""

    def test_failures(self) -> None:
        """Every error of the backend opens it, and reaches the caller as it is."""
        errors = (
            TransportError("refused"), InvalidStatus("500"), DecodeError("html"),
            DeadlineExceeded(), ZeroDivisionError("a bug"),
        )  # fmt: skip
        for error in errors:
            with self.subTest(error):
                self.setUp()
                self.assertIs(self.failureResultOf(self.call(error)).value, error)
                self.assertEqual(self.state, "open")
                refused = self.failureResultOf(self.call(error), CircuitOpen).value
                self.assertEqual(str(refused), "circuit breaker is open")
                self.assertEqual(len(self.calls), 1)

    def test_successes(self) -> None:
        """Data and streams, whatever their status, are successes."""
        for response in (Decoded({}), Decoded(None), Streamed(500, (), b"")):
            self.assertIs(self.successResultOf(self.call(response)), response)
        self.assertEqual(self.state, "closed")

    def test_deadline(self) -> None:
        """A call that is cancelled because its time is over is a failure."""
        running = self.start()
        self.runtime.deadlines.start(2.0, running.cancel)
        self.clock.advance(2.0)
        self.failureResultOf(running, CancelledError)
        self.assertEqual(self.state, "open")

    def test_within(self) -> None:
        """The same for whatever has a deadline of its own around it."""
        running = self.runtime.within(2.0, self.proxy(request()))
        self.clock.advance(2.0)
        self.failureResultOf(running, DeadlineExceeded)
        self.assertEqual(self.state, "open")

    def test_client_leaves(self) -> None:
        """A call that nobody waits for any more says nothing, in any version."""
        for version in (2, 3):
            self.setUp()
            self.placement = evolve(self.placement, service=ServiceConfig(version=version))
            running = self.start()
            running.cancel()
            self.failureResultOf(running, CancelledError)
            self.assertEqual((self.state, self.facts()["failures in a row"]), ("closed", 0))

    def test_doings_of_clients(self) -> None:
        """Neither does a client's own fault."""
        for error in (RequestGone("left"), BodyTooLarge(10)):
            self.failureResultOf(self.call(error), type(error))
        self.assertEqual(self.state, "closed")


class HalfOpenTests(CircuitBreakerTestCase):
    """The one call that finds out; whatever becomes of it, the next one may pass or be told."""

    def setUp(self) -> None:
        super().setUp()
        self.half_open()

    def test_one_at_a_time(self) -> None:
        """Others are refused while it runs."""
        probe = self.start()
        self.assertEqual(self.state, "half-open")
        error = self.failureResultOf(self.start(), TooManyRequests).value
        self.assertEqual(str(error), "too many requests")
        self.calls[-1].callback(Decoded({}))
        self.successResultOf(probe)
        self.assertEqual(self.state, "closed")

    def test_excluded(self) -> None:
        """A client that leaves, or is at fault, frees the place."""
        running = self.start()
        running.cancel()
        self.failureResultOf(running, CancelledError)
        for error in (RequestGone("left"), BodyTooLarge(10)):
            self.failureResultOf(self.call(error), type(error))
        self.assertEqual(self.state, "half-open")
        self.successResultOf(self.call(Decoded({})))
        self.assertEqual(self.state, "closed")

    def test_failures(self) -> None:
        """A failure opens it again, also one by time or by a mistake of ours."""
        running = self.start()
        self.runtime.deadlines.start(2.0, running.cancel)
        self.clock.advance(2.0)
        self.failureResultOf(running, CancelledError)
        self.assertEqual(self.state, "open")
        self.clock.advance(10.1)
        self.failureResultOf(self.call(ZeroDivisionError()), ZeroDivisionError)
        self.assertEqual(self.state, "open")

    def test_thrown_away(self) -> None:
        """A call that is thrown away without an end frees the place as well."""
        coroutine = self.proxy(request())
        coroutine.send(None)
        coroutine.close()
        self.successResultOf(self.call(Decoded({})))
        self.assertEqual(self.state, "closed")

    def test_never_begun(self) -> None:
        """A call that was never begun takes no place."""
        self.proxy(request()).close()
        self.successResultOf(self.call(Decoded({})))


class OperatorTests(CircuitBreakerTestCase):
    """Settings, log, board."""

    def lines(self, level: str) -> list[str]:
        log = self.runtime.log
        assert isinstance(log, RecordedLog)
        return [text for name, text in log.lines if name == level]

    def test_log(self) -> None:
        """Changes are logged in the original's words, when that is asked for."""
        self.half_open()
        self.failureResultOf(self.call(TransportError("x")))
        self.assertEqual(
            self.lines("WARNING"),
            [
                "[CB] Circuit breaker named 'n1' went from 'closed' to 'open'",
                "[CB] Circuit breaker named 'n1' went from 'open' to 'half-open'",
                "[CB] Circuit breaker named 'n1' went from 'half-open' to 'open'",
            ],
        )
        self.assertEqual(
            self.lines("DEBUG"),
            ["[BACKEND: /prices][CB] Creating the circuit breaker named 'n1'"],
        )

    def test_old_log(self) -> None:
        """Files of version 2 have the older words."""
        self.placement = evolve(self.placement, service=ServiceConfig(version=2))
        self.build(AFTER_ONE)
        self.half_open()
        self.assertEqual(
            self.lines("WARNING"), ["circuit breaker named 'n1' went from 'closed' to 'open'"]
        )

    def test_quiet(self) -> None:
        """Otherwise nothing is logged."""
        self.build(evolve(AFTER_ONE, log_status_change=False))
        self.half_open()
        self.assertEqual(self.lines("WARNING"), [])

    def test_board(self) -> None:
        """Operators see which backend it is about."""
        (notice,) = self.runtime.board.read()
        self.assertEqual(notice.kind, "qos/circuit-breaker")
        self.assertEqual(notice.place, "GET /shop/{id}, backend /prices")
        expected = {"name": "n1", "state": "closed", "failures in a row": 0, "max_errors": 0}
        self.assertEqual(self.facts(), expected)

    def test_no_breaker(self) -> None:
        """With nothing but zeros there is none, and none is announced."""
        self.setUp()
        self.build(CircuitBreaker())
        self.failureResultOf(self.call(TransportError("x")))
        self.failureResultOf(self.call(TransportError("x")), TransportError)
        self.assertEqual(len(self.runtime.board.read()), 1)

    def test_a_name_is_enough(self) -> None:
        """Any setting that is not zero makes one, which opens with the first failure."""
        for settings in (CircuitBreaker(name="x"), CircuitBreaker(log_status_change=True)):
            self.runtime = runtime(self.clock)
            self.build(settings)
            self.failureResultOf(self.call(TransportError("x")))
            self.assertEqual(self.state, "open")

    def test_default_timeout(self) -> None:
        """Without a timeout, or with a negative one, it is open for a minute."""
        for timeout_s in (0, -5):
            self.runtime = runtime(self.clock)
            self.build(CircuitBreaker(timeout_s=timeout_s, name="x"))
            self.failureResultOf(self.call(TransportError("x")))
            self.clock.advance(59.9)
            self.failureResultOf(self.call(Decoded({})), CircuitOpen)
            self.clock.advance(0.2)
            self.successResultOf(self.call(Decoded({})))


class SettingsTests(SynchronousTestCase):
    """What may stand in a file."""

    def read(self, value: JSON) -> tuple[CircuitBreaker, Problems]:
        problems = Problems()
        settings: CircuitBreaker = component.settings(Reader(value, "/x", problems))
        return settings, problems

    def test_all(self) -> None:
        """All settings, with fractions cut off."""
        settings, problems = self.read(
            {"interval": 60.9, "timeout": 10, "max_errors": 2.5, "name": "x",
             "log_status_change": True}
        )  # fmt: skip
        self.assertEqual(settings, CircuitBreaker(60, 10, 2, "x", True))
        self.assertEqual((problems.found, self.read({})[0]), ([], CircuitBreaker()))

    def test_refused(self) -> None:
        """A breaker that would be off by mistake does not start."""
        for value in (
            {"max_errors": "1"}, {"max_errors": -1}, {"interval": "60"}, {"timeout": []},
            {"timeout": float("inf")}, {"log_status_change": "yes"}, {"name": 5}, [], "on",
        ):  # fmt: skip
            with self.subTest(value):
                self.assertEqual(len(self.read(value)[1].fatal), 1)
