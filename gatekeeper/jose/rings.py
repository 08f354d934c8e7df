"""
Find the key that a token means.

A ring is what one endpoint knows of keys.  `FileKeys` never change.  `RemoteKeys` come from a
URL: kept for a while or not at all, asked for again when an identifier is unknown, and
fetched anew before they are too old, so that a busy endpoint never waits for that.  What an
endpoint keeps it keeps for all workers of the node.

Keys that are too old are not used, even when the key server is down: kept for compatibility
with the conformance case ``key-cache``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from attrs import evolve

from gatekeeper.jose.download import KeySetDownload, rations
from gatekeeper.jose.edges import Edges
from gatekeeper.jose.identify import Strategy
from gatekeeper.jose.keys import Key
from gatekeeper.jose.node_set import Entry, named
from gatekeeper.jose.record import Life, Record
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
        self._keys = named(keys, strategy)

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
        name: What the workers of the node know this ring by.
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
        name: str,
        *,
        keep_s: float = 0.0,
        cooldown_s: float = 0.0,
        shared_s: float | None = None,
    ) -> None:
        self._source = source
        self._node = source.node
        self._document = source.node.document
        self._strategy = strategy
        self._seconds = edges.clock.seconds
        self._name = name
        self._keep_s = keep_s
        self._refresh_s = keep_s * _REFRESH_FROM
        self._shared_s = shared_s if keep_s else None
        self._shared_name = f"shared, by {strategy.name}"
        self._unknown, self._failed = rations(cooldown_s)
        self._version = 0
        self._entries: dict[str, Entry] = {}

    def kept(self, identifier: str) -> Key | None:
        """Give a key that is young enough, of our own or of the shared ones."""
        if not self._keep_s:
            return None
        if self._document.version != self._version:
            self._adopt()
        entry = self._entries.get(identifier)
        if entry is not None:
            key, since, _ = entry
            age = self._seconds() - since
            if age <= self._keep_s:
                if age > self._refresh_s:
                    self._refresh(identifier)
                return key
        return None if self._shared_s is None else self._shared(identifier)

    async def find(self, identifier: str) -> Key:
        """Ask for the keys, if that is not rationed now; or join those who have asked."""
        self._adopt()
        key = self.kept(identifier)
        if key is not None:  # another worker was faster
            return key
        is_first = not self._source.is_running
        if is_first and not self._may_ask(identifier):
            raise NoSuchKey
        waiting = self._source.wait()
        if is_first:
            self._source.start(partial(self._loaded, identifier))
        keys = named(await waiting, self._strategy)
        self._join()
        if identifier not in keys:
            raise NoSuchKey
        return keys[identifier]

    def prefetch(self) -> None:
        """Ask for the keys before somebody needs them; a failure changes nothing."""
        if not self._source.is_running and not self._node.refresh().downloads:
            self._source.start(self._prefetched)

    def _adopt(self) -> None:
        """Learn what the node has kept for this ring."""
        self._node.refresh()
        self._version = self._node.version
        self._entries = self._node.cache(self._name, self._strategy)

    def _may_ask(self, identifier: str) -> bool:
        if not self._source.is_left(self._failed):
            return False
        is_known = identifier in self._entries or identifier in self._named()
        return is_known or self._source.is_left(self._unknown)

    def _refresh(self, identifier: str) -> None:
        """Ask for the keys in the background."""
        is_left = self._source.is_left
        if not self._source.is_running and is_left(self._failed) and is_left(self._unknown):
            self._source.start(partial(self._loaded, identifier))

    def _loaded(self, identifier: str, record: Record, keys: Sequence[Key] | None) -> Record:
        """Keep what a download has brought, and count those without result."""
        now = self._seconds()
        if keys is None:
            return record.spent(self._failed, now)
        if identifier not in named(keys, self._strategy):
            record = record.spent(self._unknown, now)
        return self._keeping(record)

    def _prefetched(self, record: Record, keys: Sequence[Key] | None) -> Record:
        return record if keys is None else self._keeping(record)

    def _join(self) -> None:
        """Keep what was downloaded for another ring."""
        life = self._life(self._node.record)
        if self._keep_s and life not in self._node.record.lives:
            self._node.change(self._keeping, self._seconds())

    def _keeping(self, record: Record) -> Record:
        """Keep every key of the set; those that it lacks live on until they are too old."""
        if not self._keep_s:
            return record
        life = self._life(record)
        if self._shared_s is not None:
            shared = evolve(life, cache=self._shared_name, keep_s=self._shared_s)
            record = record.keeping(shared)
        return record.keeping(life)

    def _life(self, record: Record) -> Life:
        since = self._seconds() if record.loaded_at is None else record.loaded_at
        return Life(self._name, record.current, since, self._keep_s)

    def _shared(self, identifier: str) -> Key | None:
        """Take a key that another endpoint has downloaded; here it begins a new life."""
        entry = self._node.cache(self._shared_name, self._strategy).get(identifier)
        now = self._seconds()
        if entry is None or self._shared_s is None or now - entry[1] > self._shared_s:
            return None
        life = Life(self._name, entry[2], now, self._keep_s, identifier)
        self._node.change(lambda record: record.keeping(life), now)
        self._adopt()
        return entry[0]

    def _named(self) -> Mapping[str, Key]:
        return named(self._node.current_keys(), self._strategy)
