"""
One key set behind a URL, downloaded when somebody needs it.

However many ask, there is one download at a time, and it ends after 30 seconds.  Those who
wait may leave; the download goes on for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.board import Facts
from gatekeeper.config.secrets import without_secrets
from gatekeeper.jose.client import Document
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.key_set import UnusableKeySet, read_key_set
from gatekeeper.jose.keys import Key
from gatekeeper.jose.ration import Ration
from gatekeeper.jose.token import InvalidToken

__all__ = ["LONGEST_S", "Fetch", "KeySetDownload", "KeysUnavailable", "Then"]

LONGEST_S = 30.0

Fetch: TypeAlias = Callable[[str], Deferred[Document]]
Then: TypeAlias = Callable[[Sequence[Key] | None], None]
"""Is told the keys, or that there are none."""

_TYPES = ("application/json", "application/jwk-set+json")
_UNKNOWN_BURST, _UNKNOWN_PERIOD_S = 5, 60.0
_FAILED_BURST, _FAILED_PERIOD_S = 5, 1.0


class KeysUnavailable(InvalidToken):
    """The key set cannot be had, so no token can be believed."""


class KeySetDownload:
    """
    A key set and how it is doing.

    Args:
        url: Where it is.
        types: Beginnings of accepted content types.

    Attributes:
        is_running: Whether a download is on its way; join it with `wait`.
        shared: Keys that endpoints share, by strategy and identifier, with the time when
            they were downloaded.  It belongs to this URL and this trust: keys of one
            issuer are never found by another's endpoints.
    """

    def __init__(self, url: str, fetch: Fetch, edges: Edges, types: Sequence[str] = _TYPES) -> None:
        self.url = without_secrets(url)
        self.is_running = False
        self.shared: dict[tuple[str, str], tuple[Key, float]] = {}
        self._place = url
        self._fetch = fetch
        self._edges = edges
        self._types = tuple(types)
        self._waiting: dict[Deferred[Sequence[Key]], None] = {}
        self._rations: dict[float, tuple[Ration, Ration]] = {}
        self._body = b""
        self._keys: Sequence[Key] = ()
        self._loaded_at: float | None = None
        self._downloads = 0
        self._error = ""

    def rations(self, cooldown_s: float) -> tuple[Ration, Ration]:
        """
        Give what may be spent on identifiers that the set lacks, and on downloads that fail.

        Args:
            cooldown_s: The configured time between such downloads; 0 is our default.
        """
        if cooldown_s not in self._rations:
            seconds = self._edges.clock.seconds
            self._rations[cooldown_s] = (
                (Ration(seconds, 1, cooldown_s), Ration(seconds, 1, cooldown_s))
                if cooldown_s
                else (
                    Ration(seconds, _UNKNOWN_BURST, _UNKNOWN_PERIOD_S),
                    Ration(seconds, _FAILED_BURST, _FAILED_PERIOD_S),
                )
            )
        return self._rations[cooldown_s]

    def start(self, then: Then) -> None:
        """Begin a download; none must be running."""
        self.is_running = True
        Deferred.fromCoroutine(self._run(then))

    def wait(self) -> Deferred[Sequence[Key]]:
        """
        Wait for the download that is running, or about to be; may be cancelled.

        Raises (through the Deferred):
            KeysUnavailable: It failed.
        """
        waiting: Deferred[Sequence[Key]] = Deferred(self._waiting.pop)
        self._waiting[waiting] = None
        return waiting

    def facts(self) -> Facts:
        """Tell operators how it is doing."""
        now = self._edges.clock.seconds()
        return {
            "keys": len(self._keys),
            "age_s": None if self._loaded_at is None else round(now - self._loaded_at, 1),
            "downloads": self._downloads,
            "last_error": self._error,
        }

    async def _run(self, then: Then) -> None:
        keys: Sequence[Key] | None = None
        error = ""
        try:
            keys = await self._downloaded()
        except CancelledError:
            error = f"no answer within {LONGEST_S:g} seconds"
        except Exception as reason:  # noqa: BLE001 - whatever a key server does, tokens are refused
            error = _cause(reason)
        self.is_running = False
        self._note(error)
        waiting, self._waiting = self._waiting, {}
        then(keys)
        for waiter in list(waiting):
            if waiter.called:  # it left just now
                continue
            if keys is None:
                waiter.errback(KeysUnavailable(error))
            else:
                waiter.callback(keys)

    async def _downloaded(self) -> Sequence[Key]:
        self._downloads += 1
        fetching = self._fetch(self._place)
        deadline = self._edges.deadlines.start(LONGEST_S, fetching.cancel)
        try:
            document = await fetching
        finally:
            deadline.stop()
        if not document.content_type.startswith(self._types):
            raise UnusableKeySet("should have a JSON content type for JWKS endpoint")
        if document.body != self._body or not self._keys:
            keys = read_key_set(document.body)
            if not keys:
                raise UnusableKeySet("no Keys has been found")
            self._warn(keys)
            self._body, self._keys = document.body, keys
        self._loaded_at = self._edges.clock.seconds()
        return self._keys

    def _note(self, error: str) -> None:
        """Log when it begins to fail, fails otherwise, or works again."""
        if error != self._error:
            if error:
                self._edges.log.warning(f"[SERVICE: JOSE] Key set {self.url}: {error}")
            else:
                self._edges.log.info(f"[SERVICE: JOSE] Key set {self.url}: available again")
        self._error = error

    def _warn(self, keys: Sequence[Key]) -> None:
        for key in keys:
            if key.weakness:
                text = f'the key "{key.kid}" is weak: {key.weakness}'
                self._edges.log.warning(f"[SERVICE: JOSE] Key set {self.url}: {text}")


def _cause(error: Exception) -> str:
    """Say what was wrong; Twisted wraps it in lists of failures."""
    reasons = getattr(error, "reasons", None)
    if reasons:
        error = reasons[0].value
    return without_secrets(str(error) or type(error).__name__)
