"""
One key set behind a URL, downloaded for all workers of the node when somebody needs it.

However many ask, in however many workers, there is one download at a time, and it ends after
30 seconds.  Those who wait may leave; the download goes on for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.board import Facts
from gatekeeper.config.secrets import without_secrets
from gatekeeper.jose.client import Document
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.key_set import UnusableKeySet
from gatekeeper.jose.keys import Key
from gatekeeper.jose.node_set import NodeKeySet
from gatekeeper.jose.ration import Ration
from gatekeeper.jose.record import MAX_BYTES, Record
from gatekeeper.jose.token import InvalidToken
from gatekeeper.nodewide.turn import my_turn

__all__ = ["LONGEST_S", "Fetch", "KeySetDownload", "KeysUnavailable", "Then", "rations"]

LONGEST_S = 30.0

Fetch: TypeAlias = Callable[[str], Deferred[Document]]
Then: TypeAlias = Callable[[Record, Sequence[Key] | None], Record]
"""Writes down what a download means for whoever wanted it: its keys, or that it failed."""

_TYPES = ("application/json", "application/jwk-set+json")
_LATE = f"no answer within {LONGEST_S:g} seconds"
_LEASE_S = LONGEST_S + 1.0


class KeysUnavailable(InvalidToken):
    """The key set cannot be had, so no token can be believed."""


def rations(cooldown_s: float) -> tuple[Ration, Ration]:
    """
    Give what may be spent on identifiers that a set lacks, and on downloads that fail.

    Args:
        cooldown_s: The configured time between such downloads; 0 is our default.
    """
    if cooldown_s:
        unknown, failed = f"unknown {cooldown_s}", f"failed {cooldown_s}"
        return Ration(unknown, 1, cooldown_s), Ration(failed, 1, cooldown_s)
    return Ration("unknown", 5, 60.0), Ration("failed", 5, 1.0)


class KeySetDownload:
    """
    A key set and how it is doing.

    Args:
        name: What the workers of the node know it by.  It belongs to this URL and this
            trust: keys of one issuer are never found by another's endpoints.
        url: Where it is.
        types: Beginnings of accepted content types.

    Attributes:
        is_running: Whether a download is on its way; join it with `wait`.
        node: What the workers of the node know of it.
    """

    def __init__(
        self, name: str, url: str, fetch: Fetch, edges: Edges, types: Sequence[str] = _TYPES
    ) -> None:
        self.url = without_secrets(url)
        self.is_running = False
        self.node = NodeKeySet(edges.node.document(name, MAX_BYTES))
        self._place = url
        self._fetch = fetch
        self._edges = edges
        self._types = tuple(types)
        self._waiting: dict[Deferred[Sequence[Key]], None] = {}

    def start(self, then: Then) -> None:
        """
        Begin a download, or wait for that of another worker; none must be running here.

        Args:
            then: Is asked when it was ours.
        """
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

    def is_left(self, ration: Ration) -> bool:
        """Tell whether the node may spend one more."""
        return self.node.record.is_left(ration, self._edges.clock.seconds())

    def facts(self) -> Facts:
        """Tell operators how it is doing."""
        record = self.node.refresh()
        now, since = self._edges.clock.seconds(), record.loaded_at
        return {
            "keys": len(self.node.current_keys()),
            "age_s": None if since is None else round(now - since, 1),
            "downloads": record.downloads,
            "last_error": record.error,
        }

    async def _run(self, then: Then) -> None:
        asking = Deferred.fromCoroutine(self._ask(then))
        deadline = self._edges.deadlines.start(LONGEST_S, asking.cancel)
        try:
            await asking
            error = self.node.record.error
        except CancelledError:  # another worker is at it, and does not come to an end
            error = _LATE
        except Exception as reason:  # noqa: BLE001 - whatever we did wrong, tokens are refused
            error = _cause(reason)
            self._note(error)
        finally:
            deadline.stop()
        self.is_running = False
        keys = () if error else self.node.current_keys()
        waiting, self._waiting = self._waiting, {}
        for waiter in list(waiting):
            if waiter.called:  # it left just now
                continue
            if error:
                waiter.errback(KeysUnavailable(error))
            else:
                waiter.callback(keys)

    async def _ask(self, then: Then) -> None:
        """Download, unless another worker does."""
        node, seen = self.node, self.node.record.downloads
        while node.record.downloads == seen:
            if await my_turn(node.document, self._edges.clock, _LEASE_S, node.version):
                try:
                    await self._download(then)
                finally:
                    node.document.release()
            else:
                node.refresh()

    async def _download(self, then: Then) -> None:
        """Download, and tell the node what came of it."""
        try:
            document = await self._fetch(self._place)
            keys = self._read(document)
        except CancelledError:
            self._failed(_LATE, then)
        except Exception as reason:  # noqa: BLE001 - whatever a key server does, tokens are refused
            self._failed(_cause(reason), then)
        else:
            self._note("")
            now = self._edges.clock.seconds()
            self.node.change(lambda record: then(record.loaded(document.body, now), keys), now)

    def _failed(self, error: str, then: Then) -> None:
        self._note(error)
        now = self._edges.clock.seconds()
        self.node.change(lambda record: then(record.failed(error), None), now)

    def _read(self, document: Document) -> Sequence[Key]:
        if not document.content_type.startswith(self._types):
            raise UnusableKeySet("should have a JSON content type for JWKS endpoint")
        keys = self.node.read(document.body)
        if document.body not in self.node.record.bodies.values():
            self._warn(keys)
        return keys

    def _note(self, error: str) -> None:
        """Log when it begins to fail, fails otherwise, or works again."""
        if error != self.node.record.error:
            if error:
                self._edges.log.warning(f"[SERVICE: JOSE] Key set {self.url}: {error}")
            else:
                self._edges.log.info(f"[SERVICE: JOSE] Key set {self.url}: available again")

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
