"""
Find the key that a token means.

A ring is what one endpoint knows of keys.  `FileKeys` never change.  `RemoteKeys` come from a
URL: kept for a while or not at all, asked for again when an identifier is unknown, and
fetched anew before they are too old, so that a busy endpoint never waits for that.

Keys that are too old are not used, even when the key server is down: kept for compatibility
with the conformance case ``key-cache``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from gatekeeper.jose.download import KeySetDownload
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.identify import Strategy
from gatekeeper.jose.keys import Key
from gatekeeper.jose.token import InvalidToken

__all__ = ["FileKeys", "KeyRing", "NoSuchKey", "RemoteKeys"]

_REFRESH_FROM = 0.9
"""From this part of their life on, keys that are used are fetched anew in the background."""


class NoSuchKey(InvalidToken):
    """The key set lacks the key that a token names."""

    def __init__(self) -> None:
        super().__init__("no Keys have been found")


class KeyRing(Protocol):
    """The keys that one endpoint believes in."""

    def kept(self, identifier: str) -> Key | None:
        """Give a key that is here and may be used."""

    async def find(self, identifier: str) -> Key:
        """
        Give a key that is not kept.

        Raises:
            NoSuchKey: There is none.
            KeysUnavailable: Its source is down.
        """


class FileKeys:
    """Keys from a file.  Of two with the same identifier the last one counts."""

    def __init__(self, keys: Sequence[Key], strategy: Strategy) -> None:
        self._keys = {strategy.of_key(key): key for key in keys}

    def kept(self, identifier: str) -> Key | None:
        """Give a key of the file."""
        return self._keys.get(identifier)

    async def find(self, identifier: str) -> Key:
        """Fail: what is not in the file is nowhere."""
        key = self._keys.get(identifier)
        if key is None:
            raise NoSuchKey
        return key


class RemoteKeys:
    """
    Keys from a URL.

    Args:
        keep_s: How long they are used; 0 means that each lookup asks for them again.
        cooldown_s: After a lookup without result, how long nothing unknown is looked up;
            0 is our default ration.
        shared_s: How long other endpoints' downloads are used; None is not at all.
    """

    def __init__(
        self,
        source: KeySetDownload,
        strategy: Strategy,
        edges: Edges,
        *,
        keep_s: float = 0.0,
        cooldown_s: float = 0.0,
        shared_s: float | None = None,
    ) -> None:
        self._source = source
        self._strategy = strategy
        self._seconds = edges.clock.seconds
        self._keep_s = keep_s
        self._refresh_s = keep_s * _REFRESH_FROM
        self._shared_s = shared_s if keep_s else None
        self._unknown, self._failed = source.rations(cooldown_s)
        self._entries: dict[str, tuple[Key, float]] = {}

    def kept(self, identifier: str) -> Key | None:
        """Give a key that is young enough, of our own or of the shared ones."""
        if not self._keep_s:
            return None
        entry = self._entries.get(identifier)
        if entry is not None:
            key, since = entry
            age = self._seconds() - since
            if age <= self._keep_s:
                if age > self._refresh_s:
                    self._refresh(identifier)
                return key
        return None if self._shared_s is None else self._shared(identifier, self._shared_s)

    async def find(self, identifier: str) -> Key:
        """Ask for the keys, if that is not rationed now; or join those who have asked."""
        is_first = not self._source.is_running
        if is_first and not self._may_ask(identifier):
            raise NoSuchKey
        waiting = self._source.wait()
        if is_first:
            self._source.start(partial(self._loaded, identifier))
        keys = await waiting
        self._keep(keys)
        entry = self._entries.get(identifier)
        if entry is None or entry[0] not in keys:
            raise NoSuchKey
        return entry[0]

    def prefetch(self) -> None:
        """Ask for the keys before somebody needs them; a failure changes nothing."""
        if not self._source.is_running:
            self._source.start(self._keep)

    def _may_ask(self, identifier: str) -> bool:
        if not self._failed.is_left:
            return False
        return identifier in self._entries or self._unknown.is_left

    def _refresh(self, identifier: str) -> None:
        """Ask for the keys in the background."""
        if not self._source.is_running and self._failed.is_left and self._unknown.is_left:
            self._source.start(partial(self._loaded, identifier))

    def _loaded(self, identifier: str, keys: Sequence[Key] | None) -> None:
        """Take what a download has brought, and count those without result."""
        if keys is None:
            self._failed.spend()
            return
        self._keep(keys)
        if all(self._strategy.of_key(key) != identifier for key in keys):
            self._unknown.spend()

    def _keep(self, keys: Sequence[Key] | None) -> None:
        """Remember every key of a set; those that it lacks live on until they are too old."""
        if keys is None:
            return
        now = self._seconds()
        young = now - self._keep_s
        kept = {name: entry for name, entry in self._entries.items() if entry[1] >= young}
        fresh = {self._strategy.of_key(key): (key, now) for key in keys}
        self._entries = kept | fresh
        if self._shared_s is not None:
            for identifier, entry in fresh.items():
                self._source.shared[self._strategy.name, identifier] = entry

    def _shared(self, identifier: str, shared_s: float) -> Key | None:
        """Take a key that another endpoint has downloaded; here it begins a new life."""
        entry = self._source.shared.get((self._strategy.name, identifier))
        if entry is None or self._seconds() - entry[1] > shared_s:
            return None
        self._entries[identifier] = entry[0], self._seconds()
        return entry[0]
