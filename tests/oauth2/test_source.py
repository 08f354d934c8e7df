"""Tests of `gatekeeper.oauth2.source`."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from gatekeeper.errors import DeadlineExceeded
from gatekeeper.nodewide.interface import NodeState
from gatekeeper.nodewide.local import LocalState
from gatekeeper.nodewide.shared import SharedState
from gatekeeper.oauth2.answer import Token
from gatekeeper.oauth2.errors import NoToken
from gatekeeper.oauth2.outcome import MAX_BYTES
from gatekeeper.oauth2.source import TokenSource
from gatekeeper.testing import run


class TokenSourceTests(SynchronousTestCase):
    """One token for many calls."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.asked: list[Deferred[Token]] = []
        self.unheard: list[str] = []
        self.node = LocalState(lambda: int(self.clock.seconds() * 1e9))
        self.source = self.make()

    def make(self) -> TokenSource:
        document = self.node.document("/token", MAX_BYTES)
        return TokenSource(self.fetch, document, 31, self.clock, self.unheard.append)

    def fetch(self) -> Deferred[Token]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def call(self) -> Deferred[str]:
        return run(self.source.authorization())

    def give(self, name: str, lifetime_s: float | None = 3600) -> None:
        self.asked[-1].callback(Token(name, lifetime_s))

    def test_kept(self) -> None:
        """It is fetched when it is first needed, and used until ten seconds before its end."""
        self.assertEqual([], self.asked)
        first = self.call()
        self.give("t-1", 60)
        self.assertEqual("t-1", self.successResultOf(first))
        self.clock.advance(50)
        self.assertEqual("t-1", self.successResultOf(self.call()))
        self.clock.advance(0.1)
        second = self.call()
        self.assertNoResult(second)
        self.give("t-2", 60)
        self.assertEqual("t-2", self.successResultOf(second))
        self.assertEqual(2, len(self.asked))

    def test_for_ever(self) -> None:
        """A token without lifetime is never fetched again."""
        self.call()
        self.give("t", None)
        self.clock.advance(10**9)
        self.assertEqual("t", self.successResultOf(self.call()))

    def test_short_lives(self) -> None:
        """Under ten seconds each call fetches anew, but what was waited for is used."""
        for number in range(3):
            call = self.call()
            self.give(f"t-{number}", 5)
            self.assertEqual(f"t-{number}", self.successResultOf(call))

    def test_one_request(self) -> None:
        """Calls that come meanwhile wait for the request that is under way."""
        calls = [self.call() for _ in range(5)]
        self.give("t")
        self.assertEqual(["t"] * 5, [self.successResultOf(call) for call in calls])
        self.assertEqual(1, len(self.asked))

    def test_one_gives_up(self) -> None:
        """The others get their token; who gave up sees a cancel."""
        first, second, third = (self.call() for _ in range(3))
        first.cancel()
        self.failureResultOf(first, CancelledError)
        self.give("t")
        self.assertEqual("t", self.successResultOf(second))
        self.assertEqual("t", self.successResultOf(third))

    def test_all_give_up(self) -> None:
        """The request goes on, and the next call has its token."""
        call = self.call()
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.give("t")
        self.assertEqual("t", self.successResultOf(self.call()))

    def test_failure(self) -> None:
        """All who wait learn why, each with an error of its own; the next call tries again."""
        first, second = self.call(), self.call()
        self.asked[0].errback(NoToken("refused"))
        errors = [self.failureResultOf(call, NoToken).value for call in (first, second)]
        self.assertEqual(["refused", "refused"], list(map(str, errors)))
        self.assertIsNot(errors[0], errors[1])
        third = self.call()
        self.give("t")
        self.assertEqual("t", self.successResultOf(third))
        self.assertEqual([], self.unheard)

    def test_too_late(self) -> None:
        """A server that does not answer is a failure like others."""
        call = self.call()
        self.asked[0].errback(DeadlineExceeded())
        self.assertEqual(
            "context deadline exceeded", str(self.failureResultOf(call, NoToken).value)
        )

    def test_a_failure_that_nobody_hears(self) -> None:
        """Is told to the log."""
        call = self.call()
        call.cancel()
        self.failureResultOf(call, CancelledError)
        self.asked[0].errback(NoToken("refused"))
        self.assertEqual(["refused"], self.unheard)

    def test_a_mistake_of_ours(self) -> None:
        """Stays what it is, and its text, which may hold anything, is not shown."""
        call = self.call()
        self.asked[0].errback(KeyError("s3cret"))
        self.failureResultOf(call, KeyError)
        self.assertEqual("KeyError", self.source.facts()["last_error"])

    def test_who_was_served_may_ask_again(self) -> None:
        """Also at once, while others are still being served."""
        calls: list[Deferred[str]] = []
        self.call().addCallback(lambda _: calls.append(self.call()))
        second = self.call()
        self.give("t-1", 5)
        self.assertEqual("t-1", self.successResultOf(second))
        self.give("t-2", 5)
        self.assertEqual("t-2", self.successResultOf(calls[0]))

    def test_facts(self) -> None:
        """Age, end and last error, and never the token."""
        self.assertEqual(
            {"has_token": False, "age_s": None, "lifetime_s": None, "asked": 0, "last_error": ""},
            self.source.facts(),
        )
        call = self.call()
        self.asked[0].errback(NoToken("refused"))
        self.failureResultOf(call, NoToken)
        self.assertEqual("refused", self.source.facts()["last_error"])
        self.call()
        self.give("t0ken", 60)
        self.clock.advance(7)
        facts = self.source.facts()
        self.assertEqual(
            {"has_token": True, "age_s": 7, "lifetime_s": 60, "asked": 2, "last_error": ""}, facts
        )
        self.clock.advance(60)
        self.assertFalse(self.source.facts()["has_token"])


class TwoWorkersTests(SynchronousTestCase):
    """Two workers of a node, which share tokens."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1)
        self.asked: list[Deferred[Token]] = []
        self.unheard: list[str] = []
        self.node = self.make_node()
        self.addCleanup(self.end)
        self.first, self.second = self.worker(), self.worker()

    def end(self) -> None:
        """End what still asks, before its memory is gone."""
        for asked in self.asked:
            if not asked.called:
                asked.callback(Token("late", 60))

    def make_node(self) -> NodeState:
        return LocalState(self.now_ns)

    def now_ns(self) -> int:
        return int(self.clock.seconds() * 1e9)

    def worker(self) -> TokenSource:
        document = self.node.document("/token", MAX_BYTES)
        return TokenSource(self.fetch, document, 31, self.clock, self.unheard.append)

    def fetch(self) -> Deferred[Token]:
        self.asked.append(Deferred())
        return self.asked[-1]

    def call(self, worker: TokenSource) -> Deferred[str]:
        return run(worker.authorization())

    def test_one_token(self) -> None:
        """What one has fetched the other uses, until ten seconds before its end."""
        self.call(self.first)
        self.asked[0].callback(Token("t", 60))
        self.clock.advance(50)
        self.assertEqual("t", self.successResultOf(self.call(self.second)))
        self.clock.advance(0.1)
        self.assertNoResult(self.call(self.second))
        self.assertEqual(2, len(self.asked))

    def test_for_ever(self) -> None:
        """Also a token without lifetime."""
        self.call(self.first)
        self.asked[0].callback(Token("t", None))
        self.clock.advance(10**9)
        self.assertEqual("t", self.successResultOf(self.call(self.second)))

    def test_one_request(self) -> None:
        """Whoever needs a token meanwhile waits for the request of the other worker."""
        first, second = self.call(self.first), self.call(self.second)
        third = self.call(self.second)
        self.clock.pump([0.02] * 50)
        self.assertNoResult(second)
        self.asked[0].callback(Token("t", 5))  # too short to be kept, good for who waits
        self.clock.advance(0.02)
        results = [self.successResultOf(call) for call in (first, second, third)]
        self.assertEqual(["t"] * 3, results)
        self.assertEqual(1, len(self.asked))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_failure(self) -> None:
        """All learn of it, and the next call asks again, in whichever worker."""
        first, second = self.call(self.first), self.call(self.second)
        self.asked[0].errback(NoToken("refused"))
        self.clock.advance(0.02)
        for call in (first, second):
            self.assertEqual("refused", str(self.failureResultOf(call, NoToken).value))
        third = self.call(self.second)
        self.asked[1].callback(Token("t", 60))
        self.assertEqual("t", self.successResultOf(third))
        self.assertEqual("t", self.successResultOf(self.call(self.first)))

    def test_a_worker_that_hangs(self) -> None:
        """After its time another one asks; what comes too late disturbs nobody."""
        late, second = self.call(self.first), self.call(self.second)
        self.clock.pump([0.5] * 63)
        self.assertEqual(2, len(self.asked))
        self.asked[1].callback(Token("new", 60))
        self.assertEqual("new", self.successResultOf(second))
        self.asked[0].callback(Token("late", 60))
        self.assertEqual("late", self.successResultOf(late))
        self.assertEqual("new", self.successResultOf(self.call(self.first)))

    def test_facts(self) -> None:
        """Both show the same, and never the token."""
        self.call(self.first)
        self.asked[0].callback(Token("t0ken", 60))
        self.clock.advance(7)
        facts = {"has_token": True, "age_s": 7, "lifetime_s": 60, "asked": 1, "last_error": ""}
        self.assertEqual([facts] * 2, [self.first.facts(), self.second.facts()])


class TwoHandlesTests(TwoWorkersTests):
    """The same with memory that processes share."""

    def make_node(self) -> NodeState:
        state = SharedState.create(self.now_ns)
        self.addCleanup(state.close)
        return state
