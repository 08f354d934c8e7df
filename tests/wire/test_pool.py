"""Tests for `gatekeeper.wire.pool`."""

from __future__ import annotations

from twisted.internet import error
from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.wire.client import ConnectFailed, ConnectionBroken, ExchangeError, Origin
from gatekeeper.wire.connection import LINGER_S
from gatekeeper.wire.pool import PoolLimits
from tests.wire.backends import OK, ORIGIN, Backends, Link
from tests.wire.test_request_body import Upstream

OTHER = Origin("http", "stock.example", 80)


class PoolTestCase(SynchronousTestCase):
    """A pool and its backends."""

    def setUp(self) -> None:
        self.backends = Backends()

    def limit(self, limits: PoolLimits) -> None:
        self.backends = Backends(limits)

    def counts(self) -> tuple[int, int]:
        self.backends.turn()
        return self.backends.pool.idle, self.backends.pool.open

    def idle(self, count: int = 1, origin: Origin = ORIGIN) -> list[Link]:
        """Make idle connections; the last of them was used last."""
        asked = [self.backends.ask(origin=origin) for _ in range(count)]
        links = [dial.accept() for dial in self.backends.dials[-count:]]
        for link in links:
            link.answer(OK)
            link.sent()
        for deferred in asked:
            self.successResultOf(deferred)
        return links


class ReuseTests(PoolTestCase):
    """Connections are used again."""

    def test_last_first(self) -> None:
        """The connection used last is used next."""
        first, last = self.idle(2)
        self.backends.ask()
        self.assertEqual((first.sent(), bool(last.sent())), (b"", True))

    def test_by_origin(self) -> None:
        """A connection serves only its own origin."""
        self.idle()
        for origin in [
            OTHER,
            Origin("https", "shop.example", 8080),
            Origin("http", "shop.example", 8081),
        ]:
            before = len(self.backends.dials)
            self.backends.ask(origin=origin)
            self.assertEqual(len(self.backends.dials), before + 1)

    def test_closed_while_idle(self) -> None:
        """A connection that the backend closes is forgotten at once."""
        (link,) = self.idle()
        link.hang_up()
        self.assertEqual(self.counts(), (0, 0))
        self.backends.ask()
        self.assertEqual(len(self.backends.dials), 2)

    def test_disabled(self) -> None:
        """Without keep-alives the backend is told so, and nothing is kept."""
        self.limit(PoolLimits(disable_keep_alives=True))
        asked = self.backends.ask()
        link = self.backends.accept()
        self.assertIn(b"\r\nConnection: close\r\n", link.sent())
        link.answer(OK)
        self.successResultOf(asked)
        self.assertEqual(self.counts(), (0, 0))

    def test_asked_to_close(self) -> None:
        """A request that says `close` itself is the last."""
        asked = self.backends.ask(headers=[("Connection", "close, X-Hop")])
        self.backends.accept().answer(OK)
        self.successResultOf(asked)
        self.assertEqual(self.counts(), (0, 0))

    def test_within_the_callback(self) -> None:
        """Who asks again as soon as the answer is there gets the same connection."""
        asked = self.backends.ask()
        again = asked.addCallback(lambda _: self.backends.ask(target="/again"))
        link = self.backends.accept()
        link.sent()
        link.answer(OK)
        self.assertIn(b"GET /again ", link.sent())
        link.answer(OK)
        self.assertEqual(self.successResultOf(again).status, 200)
        self.assertEqual(self.counts(), (1, 1))


class LimitTests(PoolTestCase):
    """Idle connections are bounded in number and age."""

    def test_per_host(self) -> None:
        """Those above the limit of one origin are closed."""
        self.limit(PoolLimits(max_idle_per_host=2))
        self.idle(3)
        self.assertEqual(self.counts(), (2, 2))

    def test_unset_per_host(self) -> None:
        """No limit configured means the usual one."""
        self.limit(PoolLimits(max_idle_per_host=0))
        self.idle()
        self.assertEqual(self.counts(), (1, 1))

    def test_burst(self) -> None:
        """What a burst leaves over is closed after a second, unless it is used again."""
        self.idle(254)
        self.assertEqual(self.counts(), (254, 254))
        self.backends.turn(0.5)
        links = [dial.link for dial in self.backends.dials]
        asked = [self.backends.ask() for _ in range(252)]
        for link in links[2:]:
            link.answer(OK)
        for deferred in asked:
            self.successResultOf(deferred)
        self.backends.turn(0.5)
        self.assertEqual(self.counts(), (252, 252))
        self.assertEqual([link.lost for link in links[:3]], [True, True, False])
        self.backends.turn(1)
        self.assertEqual(self.counts(), (250, 250))

    def test_total(self) -> None:
        """Above the limit of all origins together the oldest goes."""
        self.limit(PoolLimits(max_idle_total=2))
        (first,) = self.idle()
        self.backends.turn(1)
        self.idle(2, OTHER)
        self.assertEqual(self.counts(), (2, 2))
        self.assertTrue(first.lost)

    def test_age(self) -> None:
        """What was idle too long is closed, and only that."""
        for limits, seconds in [
            (PoolLimits(idle_timeout_s=5), 5),
            (PoolLimits(idle_timeout_s=0), 60),
        ]:
            with self.subTest(seconds=seconds):
                self.limit(limits)
                (old,) = self.idle()
                self.backends.turn(seconds - 1)
                (young,) = self.idle(origin=OTHER)
                self.backends.turn(1)
                self.assertEqual(self.counts(), (1, 1))
                self.assertTrue(old.lost)
                self.backends.turn(seconds - 1)
                self.assertEqual(self.counts(), (0, 0))
                self.assertTrue(young.lost)
                self.backends.turn(LINGER_S)
                self.assertEqual(self.backends.clock.getDelayedCalls(), [])

    def test_use_renews(self) -> None:
        """A connection that is used does not age."""
        (link,) = self.idle()
        for _ in range(5):
            self.backends.turn(50)
            asked = self.backends.ask()
            link.answer(OK)
            self.successResultOf(asked)
        self.assertEqual(self.counts(), (1, 1))

    def test_close(self) -> None:
        """A closed pool keeps nothing and leaves no timer behind."""
        _, link = self.idle(2)
        running = self.backends.ask()
        self.backends.pool.close()
        self.assertEqual(self.counts(), (0, 1))
        link.answer(OK)
        self.successResultOf(running)
        self.assertEqual(self.counts(), (0, 0))
        self.backends.turn(LINGER_S)
        self.assertEqual(self.backends.clock.getDelayedCalls(), [])

    def test_origins_are_forgotten(self) -> None:
        """Origins without connections take no memory."""
        self.idle()[0].hang_up()
        self.failureResultOf(self.backends.ask(method="G T", origin=OTHER), ValueError)
        self.assertEqual(self.backends.pool._shelves, {})


class StaleTests(PoolTestCase):
    """The backend closes a connection while we use it again."""

    def test_repeated(self) -> None:
        """Harmless requests without a body are repeated, on a new connection only."""
        for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
            with self.subTest(method=method):
                self.setUp()
                first, last = self.idle(2)
                asked = self.backends.ask(method)
                last.hang_up(error.ConnectionLost())
                self.assertEqual(first.sent(), b"")
                link = self.backends.accept()
                self.assertTrue(link.sent().startswith(method.encode()))
                link.answer(b"HTTP/1.1 204 No Content\r\n\r\n")
                self.assertEqual(self.successResultOf(asked).status, 204)

    def test_repeated_once(self) -> None:
        """A new connection that is closed, too, is an error."""
        (link,) = self.idle()
        asked = self.backends.ask()
        link.hang_up()
        self.backends.accept().hang_up()
        self.failureResultOf(asked, ConnectionBroken)
        self.assertEqual(self.counts(), (0, 0))

    def test_never_repeated(self) -> None:
        """What may have had an effect is never sent twice."""
        for method, body in [
            ("POST", b""),
            ("POST", b"x"),
            ("PUT", b""),
            ("DELETE", b""),
            ("PATCH", b"x"),
            ("GET", b"x"),
            ("GET", Upstream(None)),
        ]:
            with self.subTest(method=method, body=body):
                self.setUp()
                (link,) = self.idle()
                asked = self.backends.ask(method, body=body)
                link.hang_up()
                self.failureResultOf(asked, ConnectionBroken)
                self.assertEqual(len(self.backends.dials), 1)
                self.assertEqual(self.counts(), (0, 0))

    def test_not_after_the_first_byte(self) -> None:
        """A request whose answer had begun is not repeated."""
        for beginning in (b"H", b"HTTP/1.1 100 Continue\r\n\r\n"):
            (link,) = self.idle()
            asked = self.backends.ask()
            link.answer(beginning)
            before = len(self.backends.dials)
            link.hang_up()
            self.failureResultOf(asked, ConnectionBroken)
            self.assertEqual(len(self.backends.dials), before)

    def test_not_a_new_connection(self) -> None:
        """A new connection that is closed without an answer is an error at once."""
        asked = self.backends.ask()
        self.backends.accept().hang_up()
        self.failureResultOf(asked, ConnectionBroken)
        self.assertEqual(len(self.backends.dials), 1)

    def test_cancelled_while_repeating(self) -> None:
        """A repetition can be cancelled like anything else."""
        (link,) = self.idle()
        asked = self.backends.ask()
        link.hang_up()
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertTrue(self.backends.dials[-1].cancelled)
        self.assertEqual(self.counts(), (0, 0))


class CancelTests(PoolTestCase):
    """The caller does not want to wait any more."""

    def test_connecting(self) -> None:
        """An attempt to connect is given up."""
        asked = self.backends.ask()
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertTrue(self.backends.dials[0].cancelled)
        self.assertEqual(self.counts(), (0, 0))

    def test_connected_nevertheless(self) -> None:
        """A connection that an endpoint makes in spite of that is closed unused."""
        asked = self.backends.ask()
        self.patch(self.backends.dials[0].deferred, "cancel", lambda: None)
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        link = self.backends.accept()
        self.assertEqual(link.sent(), b"")
        self.assertEqual(self.counts(), (0, 0))

    def test_in_the_moment_of_connecting(self) -> None:
        """A connection that was made but not handed over yet is closed, and counted once."""
        asked = self.backends.ask()
        dial = self.backends.dials[0]
        protocol = dial.factory.buildProtocol(None)
        link = Link(self.backends.clock, protocol)
        protocol.makeConnection(link)
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertTrue(link.aborted)
        self.assertEqual(self.counts(), (0, 0))

    def test_waiting(self) -> None:
        """A connection that waits for an answer is closed; an answer is too late."""
        asked = self.backends.ask()
        link = self.backends.accept()
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        link.answer(OK)
        self.assertTrue(link.aborted)
        self.assertEqual(self.counts(), (0, 0))

    def test_half_a_head(self) -> None:
        """So is one in the middle of a head."""
        asked = self.backends.ask()
        link = self.backends.accept()
        link.answer(OK[:20])
        asked.cancel()
        self.failureResultOf(asked, CancelledError)
        self.assertEqual(self.counts(), (0, 0))

    def test_after_the_answer(self) -> None:
        """Cancelling what is over does nothing."""
        asked = self.backends.ask()
        self.backends.accept().answer(OK)
        asked.cancel()
        self.successResultOf(asked)
        self.assertEqual(self.counts(), (1, 1))


class TimeoutTests(PoolTestCase):
    """Phases that have a limit of their own."""

    def test_connecting(self) -> None:
        """Connecting takes too long."""
        self.limit(PoolLimits(connect_timeout_s=1))
        asked = self.backends.ask()
        self.backends.turn(1)
        failure = self.failureResultOf(asked, ConnectFailed)
        self.assertEqual(str(failure.value), "dial tcp shop.example:8080: i/o timeout")
        self.assertTrue(self.backends.dials[0].cancelled)
        self.assertEqual(self.counts(), (0, 0))

    def test_connected_in_time(self) -> None:
        """The limit of connecting ends with it."""
        self.limit(PoolLimits(connect_timeout_s=1))
        asked = self.backends.ask()
        link = self.backends.accept()
        self.backends.turn(2)
        link.answer(OK)
        self.successResultOf(asked)

    def test_head(self) -> None:
        """The head takes too long, on new and on kept connections."""
        self.limit(PoolLimits(response_header_timeout_s=1))
        self.idle()
        for kept in (True, False):
            asked = self.backends.ask()
            if not kept:
                self.backends.accept()
            self.backends.turn(1)
            failure = self.failureResultOf(asked, ExchangeError)
            self.assertEqual(str(failure.value), "net/http: timeout awaiting response headers")
            self.assertEqual(self.counts(), (0, 0))

    def test_late_body(self) -> None:
        """A body may take longer (core/backend-connections)."""
        self.limit(PoolLimits(response_header_timeout_s=1))
        asked = self.backends.ask()
        link = self.backends.accept()
        link.answer(OK[:-2])
        self.backends.turn(2)
        link.answer(b"ok")
        self.successResultOf(asked)
        self.assertEqual(self.counts(), (1, 1))


class RefusedTests(PoolTestCase):
    """There is no connection."""

    def test_refused(self) -> None:
        """The failure names the address."""
        asked = self.backends.ask()
        self.backends.dials[0].refuse(error.ConnectionRefusedError())
        failure = self.failureResultOf(asked, ConnectFailed)
        self.assertEqual(
            str(failure.value), "dial tcp shop.example:8080: connect: connection refused"
        )
        self.assertEqual(self.counts(), (0, 0))

    def test_no_endpoint(self) -> None:
        """An endpoint that cannot even be made is a failure, not an exception."""

        def connect(_origin: Origin) -> object:
            raise RuntimeError

        self.patch(self.backends.pool, "_connect", connect)
        self.failureResultOf(self.backends.ask(), ConnectFailed)
        self.assertEqual(self.counts(), (0, 0))

    def test_unwritable(self) -> None:
        """A request that cannot be written opens no connection."""
        self.failureResultOf(self.backends.ask(target="/a b"), ValueError)
        self.failureResultOf(self.backends.ask(headers=[("A", "b\r\nC: d")]), ValueError)
        self.assertEqual(self.backends.dials, [])
