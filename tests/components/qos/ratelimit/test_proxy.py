"""Tests of `gatekeeper.components.qos.ratelimit.proxy`."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.qos.ratelimit.proxy import RateLimit, component, rate_limit
from gatekeeper.config.model import Backend, Endpoint, ServiceConfig
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.message import JSON, Decoded, Request, Response
from gatekeeper.proxy import Proxy
from gatekeeper.ratelimit import RateLimited
from gatekeeper.testing import RecordedLog, request, run, runtime

BACKEND = Backend(url_pattern="/prices")
ENDPOINT = Endpoint("/a", "/a", (BACKEND,))


class RateLimitTests(SynchronousTestCase):
    """Calls of one backend."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.runtime = runtime(self.clock)
        self.placement = Placement(ServiceConfig(), ENDPOINT, BACKEND, pointer="/x")

    def build(self, settings: RateLimit) -> Proxy:
        async def inner(_: Request) -> Response:
            return Decoded({})

        return rate_limit(settings, self.placement, self.runtime)(inner)

    def passed(self, proxy: Proxy, tries: int = 20) -> int:
        """Count how many of some calls reach the backend."""
        count = 0
        for _ in range(tries):
            result: list[object] = []
            run(proxy(request())).addBoth(result.append)
            count += isinstance(result[0], Decoded)
        return count

    def test_capacities(self) -> None:
        """At the beginning the capacity passes; by default the rate per second, at least 1."""
        table = [
            (RateLimit(1, 1, 3600), 1), (RateLimit(3, 3, 3600), 3), (RateLimit(50, 0, 600), 1),
            (RateLimit(0.5), 1), (RateLimit(5), 5), (RateLimit(5.9), 5), (RateLimit(1, 7), 7),
            (RateLimit(5, 0, 0.5), 10),
        ]  # fmt: skip
        for settings, expected in table:
            with self.subTest(settings):
                self.runtime = runtime(self.clock)
                self.assertEqual(self.passed(self.build(settings)), expected)

    def test_tokens_come_back(self) -> None:
        """After the time for one token there is one."""
        proxy = self.build(RateLimit(2, 1, 60))
        self.assertEqual(self.passed(proxy), 1)
        self.clock.advance(29.9)
        self.assertEqual(self.passed(proxy), 0)
        self.clock.advance(0.2)
        self.assertEqual(self.passed(proxy), 1)

    def test_short_every(self) -> None:
        """Less than a second is used as it is."""
        proxy = self.build(RateLimit(1, 1, 0.1))
        self.passed(proxy)
        self.clock.advance(0.11)
        self.assertEqual(self.passed(proxy), 1)

    def test_refusal(self) -> None:
        """A refusal is an error of the backend, with the original's text."""
        proxy = self.build(RateLimit(1))
        self.passed(proxy)
        first, second = (
            self.failureResultOf(run(proxy(request())), RateLimited).value for _ in range(2)
        )
        self.assertEqual((str(first), RateLimited.status), ("rate limit exceded", 500))
        self.assertIsNot(first, second)  # each carries its own traceback

    def test_off(self) -> None:
        """A rate of 0 is no limit, and nothing is announced."""
        self.assertEqual(self.passed(self.build(RateLimit(0, 1))), 20)
        assert isinstance(self.runtime.log, RecordedLog)
        self.assertEqual(self.runtime.log.lines, [])

    def test_log(self) -> None:
        """A limit is announced in the original's words."""
        self.build(RateLimit(1))
        assert isinstance(self.runtime.log, RecordedLog)
        line = "[BACKEND: /prices][Ratelimit] Enabling the rate limiter"
        self.assertEqual(self.runtime.log.lines, [("DEBUG", line)])

    def test_own_bucket(self) -> None:
        """Each place in the file has its own bucket, which all workers share."""
        settings = RateLimit(1, 1, 3600)
        self.assertEqual(self.passed(self.build(settings)), 1)
        self.assertEqual(self.passed(self.build(settings)), 0)  # another worker
        self.placement = evolve(self.placement, pointer="/y")
        self.assertEqual(self.passed(self.build(settings)), 1)


class VersionTwoTests(RateLimitTests):
    """Files of version 2: tokens come back all the time, and there is no default."""

    def setUp(self) -> None:
        super().setUp()
        self.placement = evolve(self.placement, service=ServiceConfig(version=2))

    def test_capacities(self) -> None:
        """At the beginning the capacity passes."""
        self.assertEqual(self.passed(self.build(RateLimit(5, 3))), 3)

    def test_tokens_come_back(self) -> None:
        """There is never more than the capacity, and fractional rates work."""
        proxy = self.build(RateLimit(0.5, 2))
        self.passed(proxy, 1)
        self.clock.advance(2.1)
        self.assertEqual(self.passed(proxy), 2)
        self.clock.advance(1000)
        self.assertEqual(self.passed(proxy), 2)

    def test_short_every(self) -> None:
        """``every`` is unknown there, and a warning says so."""
        proxy = self.build(RateLimit(1, 1, 3600))
        self.passed(proxy)
        self.clock.advance(1.1)
        self.assertEqual(self.passed(proxy), 1)
        (warning,) = self.placement.problems.warnings
        self.assertEqual(warning.pointer, "/x")
        self.assertIn('"every" is ignored', warning.message)

    def test_refusal(self) -> None:
        """The text is the older one."""
        proxy = self.build(RateLimit(1, 1))
        self.passed(proxy)
        error = self.failureResultOf(run(proxy(request())), RateLimited).value
        self.assertEqual(str(error), "ERROR: rate limit exceded")

    def test_no_capacity(self) -> None:
        """Without a capacity KrakenD 1 crashes; we do not start."""
        self.build(RateLimit(1))
        (problem,) = self.placement.problems.fatal
        self.assertEqual(problem.pointer, "/x")
        self.assertIn('"capacity"', problem.message)


class SettingsTests(SynchronousTestCase):
    """What may stand in a file."""

    def test_settings(self) -> None:
        """All settings; unknown ones are ignored, near ones with a warning."""
        problems = Problems()
        value: JSON = {"max_rate": 5, "capacity": 2.9, "every": "1m", "@note": 1, "capaciti": 3}
        settings = component.settings(Reader(value, "/x", problems))
        self.assertEqual(settings, RateLimit(5.0, 2, 60.0))
        self.assertEqual(([p.pointer for p in problems.found]), ["/x/capaciti"])
        self.assertEqual(problems.fatal, [])

    def test_refused(self) -> None:
        """Whatever would lift the limit by mistake does not start."""
        for value in ({"max_rate": -1}, {"max_rate": "5"}, {"max_rate": 5, "every": "1 hour"}, []):
            problems = Problems()
            component.settings(Reader(value, "/x", problems))
            self.assertEqual(len(problems.fatal), 1)
