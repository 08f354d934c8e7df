"""Tests of `gatekeeper.backend.discovery`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.names import dns
from twisted.names.error import DNSServerError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.backend.discovery import Discovery, Place, hosts_of
from gatekeeper.testing import RecordedLog


class FakeResolver:
    """Answers when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Deferred[Any]]] = []

    def lookupService(self, name: str, timeout: Sequence[int]) -> Deferred[Any]:
        self.asked.append((name, Deferred()))
        return self.asked[-1][1]

    def answer(self, *records: dns.RRHeader) -> None:
        self.asked[-1][1].callback((list(records), [], []))


def record(target: str, port: int = 80, priority: int = 1, weight: int = 1) -> dns.RRHeader:
    payload = dns.Record_SRV(priority, weight, port, target)
    return dns.RRHeader("_http._tcp.example", dns.SRV, payload=payload)


class HostsTests(SynchronousTestCase):
    """From records to a list."""

    def test_lists(self) -> None:
        """Lowest priority only, heaviest first, repeated by weight, scaled and reduced."""
        table = [
            ([], []),
            ([Place(1, 1, "a.", 80)], ["s://a.:80"]),
            ([Place(2, 1, "a.", 80), Place(1, 1, "b.", 81)], ["s://b.:81"]),
            ([Place(1, 1, "a.", 80), Place(1, 2, "b.", 80)], ["s://b.:80"] * 2 + ["s://a.:80"]),
            ([Place(1, 4, "b.", 80), Place(1, 4, "a.", 80)], ["s://a.:80", "s://b.:80"]),
            ([Place(1, 9, "a.", 2), Place(1, 9, "a.", 1)], ["s://a.:1", "s://a.:2"]),
            ([Place(1, 0, "a.", 80), Place(1, 0, "b.", 80)], []),
            ([Place(1, 0, "a.", 80), Place(1, 5, "b.", 80)], ["s://b.:80"]),
            (
                [Place(1, 300, "a.", 80), Place(1, 100, "b.", 80)],
                ["s://a.:80"] * 3 + ["s://b.:80"],
            ),
        ]
        for places, expected in table:
            with self.subTest(places):
                self.assertEqual(hosts_of(places, "s"), expected)

    def test_many(self) -> None:
        """Huge weights cannot make a huge list."""
        places = [Place(1, 65535, f"h{number:03}.", 80) for number in range(150)]
        self.assertEqual(len(hosts_of(places, "http")), 150)


class DiscoveryTests(SynchronousTestCase):
    """Looking up again and again."""

    def setUp(self) -> None:
        self.clock, self.resolver, self.log = Clock(), FakeResolver(), RecordedLog()
        time: Any = self.clock
        names: Any = self.resolver
        self.discovery = Discovery(names, time, self.log, period_s=30, shuffle=list.reverse)
        self.hosts = self.discovery.watch("_http._tcp.example", "")
        self.discovery.start()

    def texts(self) -> list[str]:
        return [host.text for host in self.hosts()]

    def test_first(self) -> None:
        """The first look-up is made at start; until then there are no hosts."""
        self.assertEqual(self.texts(), [])
        self.resolver.answer(record("a.example", 8080))
        self.assertEqual(self.texts(), ["http://a.example.:8080"])

    def test_again(self) -> None:
        """A period later the list is new."""
        self.resolver.answer(record("a"))
        self.clock.advance(30)
        self.resolver.answer(record("b"))
        self.assertEqual(self.texts(), ["http://b.:80"])

    def test_failure_keeps(self) -> None:
        """A look-up that fails, or is nonsense, changes nothing, and the next one is made."""
        self.resolver.answer(record("a"))
        self.clock.advance(30)
        self.resolver.asked[-1][1].errback(DNSServerError(None))
        self.clock.advance(30)
        self.resolver.asked[-1][1].callback(None)
        self.assertEqual(self.texts(), ["http://a.:80"])
        self.assertEqual([level for level, _ in self.log.lines], ["WARNING", "WARNING"])
        self.clock.advance(30)
        self.assertEqual(len(self.resolver.asked), 4)

    def test_shared(self) -> None:
        """One name is looked up once, however many backends use it."""
        self.discovery.watch("_http._tcp.example", "http")
        self.assertEqual(len(self.resolver.asked), 1)
        self.discovery.watch("_http._tcp.example", "https")
        self.assertEqual(len(self.resolver.asked), 2)

    def test_shuffled(self) -> None:
        """Long lists are mixed."""
        self.resolver.answer(*[record(f"h{number:03}") for number in range(101)])
        self.assertEqual(self.texts()[0], "http://h100.:80")

    def test_other_records(self) -> None:
        """Records that are no SRV records are left out."""
        alias = dns.RRHeader("x", dns.CNAME, payload=dns.Record_CNAME("y"))
        self.resolver.answer(alias, record("a"))
        self.assertEqual(self.texts(), ["http://a.:80"])

    def test_stop(self) -> None:
        """Stopping leaves neither timers nor questions."""
        self.assertIsNone(self.discovery.stop())
        self.assertEqual((self.clock.getDelayedCalls(), self.log.lines), ([], []))
        self.discovery.start()
        self.resolver.answer(record("a"))
        self.discovery.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
