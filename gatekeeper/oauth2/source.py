"""
Keep a token, and get a new one when it is needed.

A token is used until ten seconds before it expires.  Whoever needs one while there is none
waits for the single request that is under way.  Who gives up waiting does not disturb the
others, and the request goes on even when nobody waits any more: the next call will want
its token.

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
from gatekeeper.oauth2.answer import Token
from gatekeeper.oauth2.errors import NoToken

__all__ = ["MARGIN_S", "TokenSource"]

MARGIN_S = 10.0


class TokenSource:
    """
    Gives tokens for one backend.

    Args:
        fetch: Begins to get a token; fails with `NoToken` or `DeadlineExceeded`.
        seconds: Tells the time.
        unheard: Told of a failure for which nobody waits any more.
    """

    def __init__(
        self,
        fetch: Callable[[], Deferred[Token]],
        seconds: Callable[[], float],
        unheard: Callable[[str], None],
    ) -> None:
        self._fetch = fetch
        self._seconds = seconds
        self._unheard = unheard
        self._token: Token | None = None
        self._since = 0.0
        self._asking = False
        self._waiting: dict[Deferred[str], None] = {}
        self._asked = 0
        self._error = ""

    async def authorization(self) -> str:
        """
        Give the value for the header ``Authorization``.

        Raises:
            NoToken: There is none.
        """
        token = self._token
        if token is not None and self._left_s(token) >= 0:
            return token.authorization
        waiting: Deferred[str] = Deferred(self._give_up)
        self._waiting[waiting] = None
        if not self._asking:
            self._asking = True
            self._asked += 1
            self._fetch().addCallbacks(self._got, self._lost)
        return await waiting

    def facts(self) -> Facts:
        """Tell operators how it is."""
        token = self._token
        age_s = None if token is None else round(self._seconds() - self._since, 1)
        lifetime_s = None if token is None else token.lifetime_s
        return {
            "has_token": token is not None and self._left_s(token) >= 0,
            "age_s": age_s,
            "lifetime_s": lifetime_s,
            "asked": self._asked,
            "last_error": self._error,
        }

    def _left_s(self, token: Token) -> float:
        """Tell how long a token will be used; below 0 it is not."""
        if token.lifetime_s is None:
            return 1.0
        return self._since + token.lifetime_s - MARGIN_S - self._seconds()

    def _give_up(self, waiting: Deferred[str]) -> None:
        del self._waiting[waiting]

    def _got(self, token: Token) -> None:
        self._token, self._since, self._error = token, self._seconds(), ""
        for waiting in self._ended():
            waiting.callback(token.authorization)

    def _lost(self, failure: Failure) -> None:
        known = isinstance(failure.value, (NoToken, DeadlineExceeded))
        self._error = str(failure.value) if known else type(failure.value).__name__
        everybody = self._ended()
        if not everybody:
            self._unheard(self._error)
        for waiting in everybody:
            waiting.errback(NoToken(self._error) if known else failure)

    def _ended(self) -> list[Deferred[str]]:
        """Forget who waits; give them."""
        everybody, self._waiting, self._asking = list(self._waiting), {}, False
        return everybody
