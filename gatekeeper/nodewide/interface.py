"""
What components may share with the other workers of their node.

A limit of 100 requests per second holds for the machine, not for each of its workers.
`Runtime.node` lends such state.  Names must be unique within a configuration; the pointer
of the settings is a good one.  The same name means the same state in every worker that
serves the same configuration.  State lasts as long as its configuration does.

`gatekeeper.nodewide.local` keeps it in this process, for a gateway without workers and for
tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from attrs import frozen

__all__ = ["Bucket", "Buckets", "Counters", "Memory", "NodeState", "Refill"]


@frozen
class Refill:
    """
    The shape of a token bucket.

    Attributes:
        capacity: Tokens it holds at most, 1 or more.
        interval_ns: Time in which one token comes back, in nanoseconds, 1 or more.
        stock: Tokens at the beginning.
    """

    capacity: int
    interval_ns: int
    stock: int


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


class NodeState(Protocol):
    """Lends state by name."""

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

    def memory(self, name: str, size: int) -> Memory:
        """Lend some bytes."""
