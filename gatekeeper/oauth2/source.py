"""
Keep a token for all workers of the node, and get a new one when it is needed.

A token is used until ten seconds before it expires.  Whoever needs one while there is none
waits for the single request that is under way, in whichever worker.  Who gives up waiting
does not disturb the others, and the request goes on even when nobody waits any more: the
next call will want its token.

====================  ==========================================
state                 a call
====================  ==========================================
no token              asks, and waits
somebody asks         waits
a token               takes it
a token that ends     as without one: asks, and waits
====================  ==========================================

Source: specification of authentication, section 4.3.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from gatekeeper.board import Facts
from gatekeeper.errors import DeadlineExceeded
from gatekeeper.nodewide.interface import Document
from gatekeeper.nodewide.turn import my_turn
from gatekeeper.oauth2.answer import Token
from gatekeeper.oauth2.errors import NoToken
from gatekeeper.oauth2.outcome import Outcome
from gatekeeper.wire.deadlines import Timers

__all__ = ["MARGIN_S", "TokenSource"]

MARGIN_S = 10.0


class TokenSource:
    """
    Gives tokens for one backend.

    Args:
        fetch: Begins to get a token; fails with `NoToken` or `DeadlineExceeded`.
        document: Where the workers of the node tell one another what came of it.
        longest_s: How long fetching may take; should its worker hang for longer, another
            one tries.
        clock: Time that is the same in all workers.
        unheard: Told of a failure for which nobody waits any more.
    """

    def __init__(
        self,
        fetch: Callable[[], Deferred[Token]],
        document: Document,
        longest_s: float,
        clock: Timers,
        unheard: Callable[[str], None],
    ) -> None:
        self._fetch = fetch
        self._document = document
        self._longest_s = longest_s
        self._clock = clock
        self._unheard = unheard
        self._version = 0
        self._outcome = Outcome()
        self._asking = False
        self._waiting: dict[Deferred[str], None] = {}

    async def authorization(self) -> str:
        """
        Give the value for the header ``Authorization``.

        Raises:
            NoToken: There is none.
        """
        if self._document.version != self._version:
            self._adopt()
        token = self._outcome.token
        if token is not None and self._left_s(token) >= 0:
            return token.authorization
        waiting: Deferred[str] = Deferred(self._give_up)
        self._waiting[waiting] = None
        if not self._asking:
            self._asking = True
            Deferred.fromCoroutine(self._ask())
        return await waiting

    def facts(self) -> Facts:
        """Tell operators how it is."""
        if self._document.version != self._version:
            self._adopt()
        outcome = self._outcome
        token = outcome.token
        age_s = None if token is None else round(self._clock.seconds() - outcome.since, 1)
        return {
            "has_token": token is not None and self._left_s(token) >= 0,
            "age_s": age_s,
            "lifetime_s": None if token is None else token.lifetime_s,
            "asked": outcome.asked,
            "last_error": outcome.error,
        }

    def _left_s(self, token: Token) -> float:
        """Tell how long a token will be used; below 0 it is not."""
        if token.lifetime_s is None:
            return 1.0
        return self._outcome.since + token.lifetime_s - MARGIN_S - self._clock.seconds()

    def _give_up(self, waiting: Deferred[str]) -> None:
        del self._waiting[waiting]

    def _adopt(self) -> None:
        """Learn what another worker has published, which is always what came of asking."""
        self._version = self._document.version
        self._outcome = Outcome.read(self._document.read())

    async def _ask(self) -> None:
        """Ask for a token, or wait until another worker has; tell all who wait here."""
        failure: Failure | None = None
        if await my_turn(self._document, self._clock, self._longest_s, self._version):
            try:
                self._got(await self._fetch())
            except Exception:  # noqa: BLE001 - goes to all who wait
                failure = Failure()
                self._lost(failure)
            finally:
                self._document.release()
        else:
            self._adopt()
        self._tell(failure)

    def _got(self, token: Token) -> None:
        now = self._clock.seconds()
        self._publish(Outcome(self._outcome.asked + 1, "", token, now))

    def _lost(self, failure: Failure) -> None:
        old = self._outcome
        error = str(failure.value) if _is_known(failure) else type(failure.value).__name__
        self._publish(Outcome(old.asked + 1, error, old.token, old.since))
        if not self._waiting:
            self._unheard(error)

    def _publish(self, outcome: Outcome) -> None:
        """Tell the node.  Who was overtaken, having lost the lease, keeps it for himself."""
        self._outcome = outcome
        if self._document.publish(outcome.written(), self._version):
            self._version += 1

    def _tell(self, failure: Failure | None) -> None:
        """Give everybody here what came of it."""
        outcome = self._outcome
        everybody, self._waiting, self._asking = list(self._waiting), {}, False
        for waiting in everybody:
            if failure is not None and not _is_known(failure):
                waiting.errback(failure)
            elif outcome.error or outcome.token is None:
                waiting.errback(NoToken(outcome.error))
            else:
                waiting.callback(outcome.token.authorization)


def _is_known(failure: Failure) -> bool:
    return isinstance(failure.value, (NoToken, DeadlineExceeded))
