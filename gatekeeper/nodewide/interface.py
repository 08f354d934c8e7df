"""
What components may share with the other workers of their node.

A limit of 100 requests per second holds for the machine, not for each of its workers.
`Runtime.node` lends such state.  Names must be unique within a configuration; the pointer
of the settings is a good one.  The same name means the same state in every worker that
serves the same configuration.  State lasts as long as its configuration does,
unless it `survives`.

`gatekeeper.nodewide.local` keeps it in this process, for a gateway without workers and for
tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen

__all__ = [
    "Bucket",
    "Buckets",
    "Counters",
    "Document",
    "Memory",
    "NodeState",
    "OtherShape",
    "Refill",
    "TooLong",
]


class OtherShape(ValueError):
    """Something else is already known by this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is shared already, with another shape")


class TooLong(ValueError):
    """A document has no room for this."""

    def __init__(self, size: int, max_bytes: int) -> None:
        super().__init__(f"{size} bytes where {max_bytes} may be published")


@frozen
class Refill:
    """
    The shape of a token bucket.

    Attributes:
        capacity: Tokens it holds at most, 1 or more.
        interval_ns: Time in which tokens come back, in nanoseconds, 1 or more.
        stock: Tokens at the beginning.
        per_interval: How many tokens come back at once.
        is_steady: Whether they come back all the time, as in KrakenD 1, or only when the
            bucket is found empty, as in KrakenD 2.
    """

    capacity: int
    interval_ns: int
    stock: int
    per_interval: int = 1
    is_steady: bool = False


class Bucket(Protocol):
    """One token bucket."""

    def take(self) -> bool:
        """Take a token; False when there is none."""


class Buckets(Protocol):
    """A token bucket for each key, made when the key is first seen."""

    def take(self, key: str) -> bool:
        """Take a token of this key's bucket; False when there is none."""


class Counters(Protocol):
    """Numbers that all workers count up."""

    def add(self, index: int, amount: int = 1) -> None:
        """Count."""

    def values(self) -> Sequence[int]:
        """Give what all workers have counted."""


class Memory(Protocol):
    """
    Some bytes, zero at the beginning.

    Attributes:
        buffer: The bytes.
    """

    buffer: memoryview

    def lock(self) -> AbstractContextManager[None]:
        """Keep everybody else on the node out; hold it for microseconds only."""


class Document(Protocol):
    """
    A text that one process writes and all read, and a lease for the one who is to write.

    The lease is for work that takes a while and that only one should do, such as a
    download; `gatekeeper.nodewide.turn` has the waiting.  It is not needed to publish.
    """

    @property
    def version(self) -> int:
        """How often something was published; 0 is never.  Cheap enough for each request."""

    def read(self) -> bytes:
        """Give what was published last; read the version first, so that nothing is missed."""

    def publish(self, content: bytes, after: int) -> bool:
        """
        Tell everybody; the version becomes ``after + 1``.

        Args:
            after: The version that this content follows.

        Returns:
            False when another came first, and nothing was published.

        Raises:
            TooLong: There is no room.
        """

    def try_lease(self, seconds: float) -> bool:
        """
        Take the lease, unless somebody has it: also if that is us.

        It ends with `release`, after so many seconds, or when its holder's process does.
        """

    def release(self) -> None:
        """Give the lease back; does nothing when it ended and another has it."""


class NodeState(Protocol):
    """
    Lends state by name.

    Whoever asks first makes it.  Every method raises `OtherShape` when the name is known
    for something else.
    """

    def bucket(self, name: str, refill: Refill) -> Bucket:
        """Lend one bucket."""

    def buckets(self, name: str, refill: Refill, idle_s: float) -> Buckets:
        """
        Lend a bucket per key.

        Args:
            idle_s: A key that was not used for so long begins anew.
        """

    def counters(self, name: str, count: int) -> Counters:
        """Lend some counters, zero at the beginning."""

    def memory(self, name: str, size: int, *, survives: bool = False) -> Memory:
        """
        Lend some bytes.

        Args:
            survives: The next configuration begins with these bytes when a part of the node
                (`gatekeeper.component.Component`, ``node``) asks for the same name and size.
                What may not be forgotten by a reload, such as revoked tokens, lives in those.
        """

    def document(self, name: str, max_bytes: int) -> Document:
        """
        Lend a document, empty at the beginning.

        Args:
            max_bytes: Only what is used of them costs memory.
        """
