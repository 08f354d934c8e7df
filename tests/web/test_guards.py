"""Tests of `gatekeeper.web.guards`, and of where guards stand in a gateway."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.trial.unittest import SynchronousTestCase

from gatekeeper import testing
from gatekeeper.component import Guard
from gatekeeper.config.model import ServiceConfig, Settings
from gatekeeper.message import Decoded, Reply
from gatekeeper.pipeline import Around, Guards
from gatekeeper.web.guards import guarded
from gatekeeper.web.site import Gateway
from gatekeeper.wire.dressed import dress
from gatekeeper.wire.exchange import Exchange
from tests.web.fakes import FakeExchange, FakePipe, endpoint

SEEN = ("X-Seen", "1")


def marks(exchange: Exchange) -> Exchange:
    """Let everything pass, with a line in its answer."""
    return dress(exchange, (SEEN,))


def refuses(exchange: Exchange) -> Reply:
    """Let nothing pass."""
    return Reply(403, (("X-No", "1"),), b"no")


def breaks(exchange: Exchange) -> Exchange:
    """Be a mistake."""
    raise ZeroDivisionError("secret")


def failed(error: Exception) -> Reply:
    return Reply(500, (), type(error).__name__.encode())


class GuardedTests(SynchronousTestCase):
    """What stands around a function that answers."""

    def setUp(self) -> None:
        self.answered: list[tuple[Exchange, int]] = []
        self.exchange = FakeExchange()

    def answer(self, exchange: Exchange, number: int) -> None:
        self.answered.append((exchange, number))
        exchange.respond(200, (), b"")

    def refuse(self, exchange: Exchange, reply: Reply, number: int) -> None:
        self.assertEqual(number, 7)
        assert isinstance(reply.body, bytes)
        exchange.respond(reply.status, reply.headers, reply.body)

    def ask(self, *guards: Guard) -> FakeExchange:
        guarded(self.answer, guards, self.refuse, failed)(self.exchange, 7)
        return self.exchange

    def test_none(self) -> None:
        """Without guards there is nothing around it at all."""
        answer = self.answer
        self.assertIs(guarded(answer, (), self.refuse, failed), answer)

    def test_content(self) -> None:
        """When guards are content, the answer is given, with what they had to say."""
        self.assertEqual(self.ask(marks, marks).lines, [SEEN, SEEN])
        self.assertEqual([number for _, number in self.answered], [7])

    def test_refused(self) -> None:
        """A refusal ends it, and has the lines of those who stand outside."""
        exchange = self.ask(marks, refuses, breaks)
        self.assertEqual((exchange.status, exchange.answer), (403, b"no"))
        self.assertEqual(exchange.lines, [SEEN, ("X-No", "1")])
        self.assertEqual(self.answered, [])

    def test_mistake(self) -> None:
        """A guard that fails lets nothing pass."""
        exchange = self.ask(breaks)
        self.assertEqual((exchange.status, exchange.answer), (500, b"ZeroDivisionError"))
        self.assertEqual(self.answered, [])


class PlacesTests(SynchronousTestCase):
    """What guards at the edge and around the routes see."""

    def gateway(self, edge: Sequence[Guard] = (), router: Sequence[Guard] = ()) -> Gateway:
        self.runtime = testing.runtime()
        self.access: list[str] = []
        service = ServiceConfig(
            echo_endpoint=True,
            extra_config={"router": Settings({"auto_options": True}, "/extra_config/router")},
        )
        pipe = FakePipe(Decoded({"id": 7}))
        return Gateway(
            service,
            [(endpoint("/order"), pipe, Around()), (endpoint("/item/:id"), pipe, Around())],
            self.runtime,
            self.access.append,
            guards=Guards(tuple(edge), tuple(router)),
        )

    def ask(self, gateway: Gateway, target: str, method: str = "GET") -> FakeExchange:
        exchange = FakeExchange(target, method)
        gateway.application(exchange)
        return exchange

    def test_edge(self) -> None:
        """The edge sees every request, served or not."""
        gateway = self.gateway(edge=[marks])
        for target, status in [
            ("/order", 200),
            ("/item/5", 200),
            ("/item/a%252Fb", 400),
            ("/order/", 301),
            ("/nothing", 404),
            ("/__health", 200),
            ("/__echo/", 200),
            ("/%zz", 400),
        ]:
            with self.subTest(target):
                exchange = self.ask(gateway, target)
                self.assertEqual(exchange.status, status)
                self.assertIn(SEEN, exchange.lines)
        self.assertEqual(self.ask(gateway, "/order", "POST").header("X-Seen"), "1")

    def test_router(self) -> None:
        """Around the routes: all pages but the health page, 404 and 405, but no redirect."""
        gateway = self.gateway(router=[marks])
        for target, status, method, seen in [
            ("/order", 200, "GET", True),
            ("/item/5", 200, "GET", True),
            ("/nothing", 404, "GET", True),
            ("/order", 405, "POST", True),
            ("/order", 200, "OPTIONS", True),
            ("/__echo/", 200, "GET", True),
            ("/order/", 301, "GET", False),
            ("/__health", 200, "GET", False),
            ("/item/a%252Fb", 400, "GET", False),
            ("/%zz", 400, "GET", False),
        ]:
            with self.subTest(target=target, method=method):
                exchange = self.ask(gateway, target, method)
                self.assertEqual(exchange.status, status)
                self.assertEqual(SEEN in exchange.lines, seen)

    def test_refused_requests_are_logged(self) -> None:
        """A refusal of the router is in the access log and counted; one of the edge is not."""
        gateway = self.gateway(router=[refuses])
        self.assertEqual(self.ask(gateway, "/order?x=1").status, 403)
        self.assertEqual(self.ask(gateway, "/nothing").status, 403)
        self.assertEqual(len(self.access), 2)
        self.assertIn('"/order?x=1"', self.access[0])
        self.assertEqual(gateway.counters.others[4], 2)
        gateway = self.gateway(edge=[refuses])
        self.assertEqual(self.ask(gateway, "/order").status, 403)
        self.assertEqual(self.access, [])

    def test_mistakes(self) -> None:
        """A guard that fails gives 500 with an id that client and log share, and no more."""
        for places in ({"edge": [breaks]}, {"router": [breaks]}):
            with self.subTest(places=places):
                exchange = self.ask(self.gateway(**places), "/order")
                self.assertEqual((exchange.status, exchange.answer), (500, b""))
                number = exchange.header("X-Gatekeeper-Error")
                assert number is not None
                log = self.runtime.log
                assert isinstance(log, testing.RecordedLog)
                errors = [text for level, text in log.lines if level == "ERROR"]
                self.assertEqual(len(errors), 1)
                self.assertIn(number, errors[0])
                self.assertNotIn("secret", errors[0])

    def test_stock_site(self) -> None:
        """A gateway in a stock site has the same guards."""
        seen: list[str] = []
        gateway = self.gateway(edge=[lambda exchange: seen.append(exchange.target) or exchange])
        general = gateway.resource._general
        general(FakeExchange("/shop/order"), "/order", "/shop")
        self.assertEqual(seen, ["/shop/order"])
