"""
One key set as this worker sees it: the record that all workers share, and its keys, read.

The same text gives the same `Key` objects as long as the record has it, so that tokens that
were verified with a key need not be verified again after each download.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from gatekeeper.jose.identify import Strategy
from gatekeeper.jose.key_set import UnusableKeySet, read_key_set
from gatekeeper.jose.keys import Key
from gatekeeper.jose.record import MAX_BYTES, Record
from gatekeeper.nodewide.interface import Document

__all__ = ["Edit", "Entry", "NodeKeySet", "named"]

Edit: TypeAlias = Callable[[Record], Record]
"""Changes a record; called again when another worker came first."""

Entry: TypeAlias = tuple[Key, float, int]
"""A key that a cache keeps, since when, and the number of its set."""


class NodeKeySet:
    """
    A record and its keys.

    Args:
        document: Where the record is published.

    Attributes:
        document: Its version tells cheaply whether there is something to learn.
        version: What we know.
        record: As of that version.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.version = 0
        self.record = Record()
        self._read: dict[bytes, Sequence[Key]] = {}

    def refresh(self) -> Record:
        """Learn what other workers have published."""
        if self.document.version != self.version:
            self.version = self.document.version
            self._know(Record.read(self.document.read()))
        return self.record

    def change(self, edit: Edit, now: float) -> None:
        """Change the record for all workers."""
        is_published = False
        while not is_published:
            record = edit(self.refresh()).pruned(now)
            written = record.written()
            while len(written) > MAX_BYTES and len(record.bodies) > 1:
                record = record.without_oldest()
                written = record.written()
            is_published = self.document.publish(written, self.version)
        self.version += 1
        self._know(record)

    def read(self, body: bytes) -> Sequence[Key]:
        """
        Read the keys of a set.

        Raises:
            UnusableKeySet: It is none, or is empty.
        """
        keys = self._read.get(body)
        if keys is None:
            keys = read_key_set(body)
            if not keys:
                raise UnusableKeySet("no Keys has been found")
            self._read[body] = keys
        return keys

    def current_keys(self) -> Sequence[Key]:
        """Give those of the set that was downloaded last; none when there was no download."""
        return self._keys(self.record.current) if self.record.current else ()

    def cache(self, name: str, strategy: Strategy) -> dict[str, Entry]:
        """Give the keys that a cache keeps, by identifier; some may be too old."""
        found: dict[str, Entry] = {}
        for life in self.record.lives:
            if life.cache == name:
                keys = named(self._keys(life.number), strategy)
                wanted = keys if life.identifier is None else {life.identifier}
                found |= {one: (keys[one], life.since, life.number) for one in wanted}
        return found

    def _keys(self, number: int) -> Sequence[Key]:
        return self.read(self.record.bodies[number])

    def _know(self, record: Record) -> None:
        self.record = record
        bodies = set(record.bodies.values())
        self._read = {body: keys for body, keys in self._read.items() if body in bodies}


def named(keys: Sequence[Key], strategy: Strategy) -> Mapping[str, Key]:
    """Give keys by identifier; of two with the same one the last one counts."""
    return {strategy.of_key(key): key for key in keys}
