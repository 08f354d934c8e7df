"""
What a worker is given when it is born: a few words, and open descriptors.

It travels as one datagram from the supervisor to the template, which hands it to the child.
"""

from __future__ import annotations

import json
import os
import pickle
import socket
from collections.abc import Sequence
from mmap import ACCESS_READ, mmap
from typing import Any

from attrs import asdict, frozen

from gatekeeper.config.model import ServiceConfig

__all__ = ["MAX_DESCRIPTORS", "Descriptors", "Order", "kept", "read_kept"]

MAX_DESCRIPTORS = 64


@frozen
class Order:
    """
    The words.

    Attributes:
        birth: Tells one order from all others.
        slot: Which place among the workers, from 0.
        generation: Which configuration, from 1.
        speaks: Whether it logs what its parts say when they start; of all workers of a
            configuration one does, so that a line is there once.
        reactor: The module whose ``install`` gives the reactor; "" is our own choice.
        relays: Whether lines for standard output go to the supervisor, who knows where the
            operator wants them.
    """

    birth: int
    slot: int
    generation: int
    speaks: bool
    reactor: str = ""
    relays: bool = False

    def encode(self) -> bytes:
        """Write it down."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Order:
        """Read it again."""
        return cls(**json.loads(data))


@frozen
class Descriptors:
    """
    What is open for a worker.

    Attributes:
        control: The connection to the supervisor.
        config: The configuration, as `kept` has written it.
        counts: Where answers are counted; see `gatekeeper.node.counts`.
        state: What all workers share; see `gatekeeper.nodewide`.
        lines: Where lines for standard output go, if they are relayed.
        listeners: Sockets that listen.
    """

    control: int
    config: int
    counts: int
    state: int
    lines: int
    listeners: Sequence[int]

    def numbers(self) -> list[int]:
        """Give them in a fixed order."""
        return [self.control, self.config, self.counts, self.state, self.lines, *self.listeners]

    @classmethod
    def of(cls, numbers: Sequence[int]) -> Descriptors:
        """Tell which is which."""
        control, config, counts, state, lines, *listeners = numbers
        return cls(control, config, counts, state, lines, listeners)

    def sockets(self) -> list[socket.socket]:
        """Give the sockets that listen."""
        return [socket.socket(fileno=number) for number in self.listeners]


def kept(service: ServiceConfig) -> int:
    """
    Write a configuration into memory that a child can be given.

    Workers do not read the file: it may have changed since it was checked.

    Returns:
        A descriptor, to be closed by the caller.
    """
    number = os.memfd_create("gatekeeper-config", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(number), "wb") as file:
        pickle.dump(service, file, pickle.HIGHEST_PROTOCOL)
    return number


def read_kept(number: int) -> ServiceConfig:
    """Read what `kept` has written; only ever called with a descriptor of our own making."""
    with mmap(number, 0, access=ACCESS_READ) as memory:
        made: Any = pickle.loads(memory)  # noqa: S301
    service: ServiceConfig = made
    return service
