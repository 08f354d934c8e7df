"""Tests of `gatekeeper.components.qos.ratelimit.router`."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.component import Placement
from gatekeeper.components.qos.ratelimit.router import RouterLimit, component, router_limit
from gatekeeper.config.model import Endpoint, ServiceConfig, Settings
from gatekeeper.config.reader import Reader
from gatekeeper.errors import Problems
from gatekeeper.gate import wrapper
from gatekeeper.message import JSON, ClientRequest, Reply
from gatekeeper.proxy import Handler
from gatekeeper.testing import RecordedLog, client_request, run, runtime

ENDPOINT = Endpoint("/shops/{shop}", "/shops/:shop", (), params=("shop",))
TRUSTED = {"router": Settings({"trusted_proxies": ["10.0.0.0/8"]}, "/extra_config/router")}
MINUTE = 60.0


class RouterLimitTestCase(SynchronousTestCase):
    version = 3

    def setUp(self) -> None:
        self.clock = Clock()
        self.runtime = runtime(self.clock)
        service = ServiceConfig(version=self.version, extra_config=TRUSTED)
        self.placement = Placement(service, ENDPOINT, pointer="/x")

    def build(self, **settings: Any) -> Handler:
        async def inner(_: ClientRequest) -> Reply:
            return Reply(200)

        gate = router_limit(RouterLimit(**settings), self.placement, self.runtime)
        return inner if gate is None else wrapper(gate)(inner)

    def ask(self, handler: Handler, times: int = 1, **client: Any) -> list[int]:
        given = client_request("/shops/7", params={"shop": "7"}, **client)
        return [self.successResultOf(run(handler(given))).status for _ in range(times)]

    def lines(self) -> list[tuple[str, str]]:
        assert isinstance(self.runtime.log, RecordedLog)
        return self.runtime.log.lines

    def warnings(self) -> list[str]:
        return [problem.message for problem in self.placement.problems.warnings]


class EndpointTests(RouterLimitTestCase):
    """All clients together."""

    def test_capacities(self) -> None:
        """The capacity passes, then 503; by default the rate per second, at least 1."""
        table = [
            ({"max_rate": 2, "every_s": MINUTE}, 1),
            ({"max_rate": 2, "every_s": MINUTE, "capacity": 2}, 2),
            ({"max_rate": 50, "every_s": 600.0}, 1),
            ({"max_rate": 5}, 5),
            ({"max_rate": 5, "every_s": 0.1}, 5),
            ({"max_rate": 0.5, "capacity": 3}, 3),
        ]
        for settings, expected in table:
            with self.subTest(settings):
                self.runtime = runtime(self.clock)
                answers = self.ask(self.build(**settings), expected + 2)
                self.assertEqual(answers, [200] * expected + [503, 503])

    def test_every_client(self) -> None:
        """Clients share the limit."""
        handler = self.build(max_rate=1)
        answers = [self.ask(handler, peer=f"192.0.2.{number}") for number in range(2)]
        self.assertEqual(answers, [[200], [503]])

    def test_recovery(self) -> None:
        """An idle bucket gives twice the capacity and one, as in the original."""
        handler = self.build(max_rate=2, capacity=2)
        self.clock.advance(3)
        self.assertEqual(self.ask(handler, 8), [200] * 5 + [503] * 3)
        self.clock.advance(0.6)
        self.assertEqual(self.ask(handler, 2), [200, 503])
        self.clock.advance(3)
        self.assertEqual(self.ask(handler, 4), [200] * 3 + [503])

    def test_short_every(self) -> None:
        """Less than a second is a second."""
        handler = self.build(max_rate=1, every_s=0.1)
        self.ask(handler)
        self.clock.advance(0.9)
        self.assertEqual(self.ask(handler), [503])
        self.clock.advance(0.2)
        self.assertEqual(self.ask(handler), [200])

    def test_off(self) -> None:
        """Without a rate there is no limit, no gate, and nothing is announced."""
        for settings in (RouterLimit(), RouterLimit(max_rate=0.0, capacity=1)):
            self.assertIsNone(router_limit(settings, self.placement, self.runtime))
        self.assertEqual((self.lines(), self.warnings()), ([], []))

    def test_refusal(self) -> None:
        """The answer is empty; the access log gets the original's text."""
        handler = self.build(max_rate=1)
        self.ask(handler)
        reply = self.successResultOf(run(handler(client_request())))
        self.assertEqual(reply, Reply(503, errors=("rate limit exceded",)))

    def test_shared(self) -> None:
        """Workers share the bucket; other endpoints have their own."""
        self.assertEqual(self.ask(self.build(max_rate=1)), [200])
        self.assertEqual(self.ask(self.build(max_rate=1)), [503])
        self.placement = evolve(self.placement, pointer="/y")
        self.assertEqual(self.ask(self.build(max_rate=1)), [200])


class ClientTests(RouterLimitTestCase):
    """Each client."""

    def test_each(self) -> None:
        """Every client has a bucket; an empty one is 429."""
        handler = self.build(
            client_max_rate=2, client_capacity=2, every_s=MINUTE, strategy="header", key="X-U"
        )
        for user in "ab":
            answers = self.ask(handler, 3, headers={"X-U": [user]})
            self.assertEqual(answers, [200, 200, 429])

    def test_nobody(self) -> None:
        """Whoever cannot be told from others is refused."""
        for strategy, key in (("header", "X-U"), ("param", "nobody"), ("param", "Shop")):
            handler = self.build(client_max_rate=9, strategy=strategy, key=key)
            self.assertEqual(self.ask(handler, 2), [429, 429])
            self.placement = evolve(self.placement, pointer=self.placement.pointer + "x")

    def test_strategies(self) -> None:
        """Strategies are read without case."""
        for strategy, key in (("IP", ""), ("Param", "shop"), ("HEADER", "X-U")):
            handler = self.build(client_max_rate=1, strategy=strategy, key=key, every_s=MINUTE)
            self.assertEqual(self.ask(handler, 2, headers={"X-U": ["a"]}), [200, 429])
            self.placement = evolve(self.placement, pointer=self.placement.pointer + "x")

    def test_refusal(self) -> None:
        """The answer is empty."""
        handler = self.build(client_max_rate=1, strategy="header", key="X-U")
        reply = self.successResultOf(run(handler(client_request())))
        self.assertEqual(reply, Reply(429, errors=("rate limit exceded",)))

    def test_default_capacity(self) -> None:
        """The default looks at the endpoint's rate, and may leave nothing in stock."""
        table = [
            ({"client_max_rate": 10}, 1),
            ({"client_max_rate": 3, "every_s": MINUTE}, 1),
            ({"client_max_rate": 10, "max_rate": 0.9}, 1),
            ({"client_max_rate": 10, "max_rate": 100}, 10),
            ({"client_max_rate": 3, "max_rate": 100, "every_s": MINUTE}, 0),
            ({"client_max_rate": 0.5, "max_rate": 100}, 0),
            ({"client_max_rate": 0.5, "max_rate": 100, "client_capacity": 2}, 2),
        ]
        for settings, expected in table:
            with self.subTest(settings):
                self.setUp()
                answers = self.ask(self.build(strategy="ip", **settings), 12)
                self.assertEqual(answers.count(200), expected)
                self.assertEqual(len(self.warnings()), int(not expected))

    def test_no_stock(self) -> None:
        """Then the first request passes an interval after the client was first seen."""
        handler = self.build(max_rate=100, client_max_rate=0.5, strategy="ip")
        self.clock.advance(100)
        self.assertEqual(self.ask(handler, 2), [429, 429])
        self.clock.advance(2.1)
        self.assertEqual(self.ask(handler, 2), [200, 429])
        self.assertIn("first requests are refused", self.warnings()[0])

    def test_both(self) -> None:
        """The client's token is spent by a request that the endpoint refuses."""
        handler = self.build(
            max_rate=2, capacity=2, client_max_rate=5, client_capacity=5, every_s=MINUTE,
            strategy="ip",
        )  # fmt: skip
        self.assertEqual(self.ask(handler, 6), [200, 200, 503, 503, 503, 429])

    def test_client_first(self) -> None:
        """A request that the client's bucket refuses leaves the endpoint's alone."""
        handler = self.build(
            max_rate=2, capacity=2, client_max_rate=1, client_capacity=1, every_s=MINUTE,
            strategy="ip",
        )  # fmt: skip
        self.assertEqual(self.ask(handler, 3), [200, 429, 429])
        self.assertEqual(self.ask(handler, 1, peer="192.0.2.2"), [200])

    def test_idle(self) -> None:
        """A client that was away for ten minutes, or a quarter more than ``every``, is new."""
        for every_s, away_s, expected in (
            (MINUTE * 10, 601.0, [200, 429]),
            (MINUTE * 60, 3601.0, [429, 429]),
            (MINUTE * 60, MINUTE * 75 + 1, [200, 429]),
        ):
            with self.subTest(every_s=every_s, away_s=away_s):
                self.setUp()
                handler = self.build(client_max_rate=0.1, strategy="ip", every_s=every_s)
                self.assertEqual(self.ask(handler, 2), [200, 429])
                self.clock.advance(away_s)
                self.assertEqual(self.ask(handler, 2), expected)


class OperatorTests(RouterLimitTestCase):
    """Log, warnings, problems."""

    def test_log(self) -> None:
        """Limits are announced in the original's words."""
        self.build(max_rate=2, client_max_rate=3, strategy="ip", every_s=MINUTE)
        label = "[ENDPOINT: /shops/:shop][Ratelimit] Rate limit enabled."
        self.assertEqual(
            self.lines(),
            [
                ("DEBUG", f"{label} MaxRate: 0.033333, Capacity: 1"),
                ("DEBUG", f"{label} Strategy: ip (key: ), MaxRate: 0.050000, Capacity: 1"),
            ],
        )

    def test_strategy(self) -> None:
        """A limit for clients without a usable strategy does not start."""
        for strategy in ("", "foo", "cookie"):
            self.setUp()
            self.build(client_max_rate=1, strategy=strategy)
            (problem,) = self.placement.problems.fatal
            self.assertEqual(problem.pointer, "/x")
            self.assertIn('one of "ip", "header", "param"', problem.message)

    def test_unused_strategy(self) -> None:
        """Without a limit for clients it does not matter."""
        self.build(max_rate=1, strategy="foo")
        self.assertEqual(self.placement.problems.found, [])

    def test_addresses(self) -> None:
        """There is one warning, however many limits by forgeable addresses there are."""
        options: list[tuple[JSON, int]] = [
            ({}, 1), ({"trusted_proxies": []}, 1), ("x", 1), ({"trusted_proxies": ["::1"]}, 0),
            ({"forwarded_by_client_ip": False}, 0),
        ]  # fmt: skip
        for value, expected in options:
            with self.subTest(value):
                self.setUp()
                router = {"router": Settings(value, "/extra_config/router")}
                service = evolve(self.placement.service, extra_config=router)
                for pointer in ("/x", "/y"):
                    self.placement = evolve(self.placement, service=service, pointer=pointer)
                    self.build(client_max_rate=1, strategy="ip")
                self.assertEqual(len(self.warnings()), expected)

    def test_useless_keys(self) -> None:
        """Keys that refuse everybody are worth a warning."""
        for strategy, key, expected in (
            ("header", "", 1), ("param", "", 1), ("param", "Shop", 1), ("param", "shop", 0),
            ("header", "X-U", 0),
        ):  # fmt: skip
            self.setUp()
            self.build(client_max_rate=1, strategy=strategy, key=key)
            self.assertEqual(len(self.warnings()), expected)

    def test_settings(self) -> None:
        """All settings; the sweeper's have no effect."""
        problems = Problems()
        value: JSON = {
            "max_rate": 5, "capacity": 2.9, "client_max_rate": 0.5, "client_capacity": 4,
            "strategy": "IP", "key": "X", "every": "1m", "num_shards": 4, "cleanup_period": "bad",
            "cleanup_threads": -1, "@note": [],
        }  # fmt: skip
        settings = component.settings(Reader(value, "/x", problems))
        self.assertEqual(settings, RouterLimit(5.0, 2, 0.5, 4, "IP", "X", 60.0))
        self.assertEqual(problems.found, [])
        self.assertEqual(component.settings(Reader({}, "/x", problems)), RouterLimit())

    def test_refused(self) -> None:
        """Whatever would lift a limit by mistake does not start."""
        for value in (
            {"max_rate": -1}, {"client_max_rate": "5"}, {"capacity": "1"}, {"every": "hour"},
            {"client_capacity": -1}, {"strategy": 5}, {"key": 5}, [], "5",
        ):  # fmt: skip
            with self.subTest(value):
                problems = Problems()
                component.settings(Reader(value, "/x", problems))
                self.assertEqual(len(problems.fatal), 1)


class VersionTwoTests(RouterLimitTestCase):
    """Files of version 2."""

    version = 2

    def test_endpoint(self) -> None:
        """The capacity is the whole rate; nothing is ever saved beyond it."""
        handler = self.build(max_rate=2.9)
        self.assertEqual(self.ask(handler, 4), [200, 200, 503, 503])
        self.clock.advance(60)
        self.assertEqual(self.ask(handler, 4), [200, 200, 503, 503])

    def test_client(self) -> None:
        """So is a client's, and its bucket is full at the beginning."""
        handler = self.build(max_rate=100, client_max_rate=2, strategy="ip")
        self.assertEqual(self.ask(handler, 3), [200, 200, 429])
        self.clock.advance(0.5)
        self.assertEqual(self.ask(handler, 2), [200, 429])

    def test_small_rates(self) -> None:
        """Less than one a second is no limit there; a warning says so."""
        handler = self.build(max_rate=0.5, client_max_rate=0.5, strategy="ip")
        self.assertEqual(self.ask(handler, 5), [200] * 5)
        self.assertIn("no limit in files of version 2", self.warnings()[0])

    def test_new_settings(self) -> None:
        """Settings of version 3 have no effect, and are named."""
        handler = self.build(max_rate=2, capacity=9, client_capacity=9, every_s=MINUTE)
        self.assertEqual(self.ask(handler, 3), [200, 200, 503])
        self.assertEqual(len(self.warnings()), 3)

    def test_strategies(self) -> None:
        """Parameters are no strategy there; it does not start."""
        self.build(client_max_rate=1, strategy="param", key="shop")
        (problem,) = self.placement.problems.fatal
        self.assertIn('one of "ip", "header";', problem.message)

    def test_refusal(self) -> None:
        """The access log gets the older text."""
        handler = self.build(max_rate=1)
        self.ask(handler)
        reply = self.successResultOf(run(handler(client_request())))
        self.assertEqual(reply.errors, ("ERROR: rate limit exceded",))
