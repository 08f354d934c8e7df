"""
What supervisor and worker say to each other, in AMP.

::

    worker                        supervisor
      │ ── Built ─────────────────▶ │   everything is there but clients
      │ ── Failed ────────────────▶ │   or not, and why
      │ ◀──────────────── Accept ── │   from these sockets, and no others
      │ ◀────────────────── Look ── │   how are you?
      │ ◀───────────── Renew ... ── │   read certificates again; open logs again
      │ ◀───────────────── Drain ── │   accept nothing more, finish, end
"""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.protocols.amp import (
    BinaryBoxProtocol,
    Boolean,
    BoxDispatcher,
    Command,
    CommandLocator,
    Float,
    Integer,
    ListOf,
    Unicode,
)

__all__ = [
    "Accept",
    "Built",
    "Drain",
    "Failed",
    "Look",
    "LookOn",
    "Renew",
    "Reopen",
    "Side",
    "pieces",
]

PIECE = 60_000
"""AMP takes values up to 65,535 bytes."""


class Built(Command):
    """The worker has built everything and can serve."""


class Failed(Command):
    """The worker cannot serve, and why; it ends now."""

    arguments: ClassVar[Any] = [(b"why", Unicode())]


class Accept(Command):
    """Accept connections from the sockets of these numbers, and no others."""

    arguments: ClassVar[Any] = [(b"numbers", ListOf(Integer()))]


class Drain(Command):
    """
    Accept nothing more, finish what was begun, and end; answered at once.

    ``is_last`` says that nobody will accept from these sockets any more, so that connections
    which wait in them must be taken along.
    """

    arguments: ClassVar[Any] = [
        (b"longest_s", Float()),
        (b"idle_s", Float()),
        (b"is_last", Boolean()),
    ]


class Renew(Command):
    """Read certificates and keys anew; ``why`` is empty when that went well."""

    response: ClassVar[Any] = [(b"why", Unicode())]


class Reopen(Command):
    """Open connections to log daemons anew."""


class Look(Command):
    """Describe yourself in JSON; ``more`` says that `LookOn` gives the next piece."""

    response: ClassVar[Any] = [(b"text", Unicode()), (b"more", Boolean())]


class LookOn(Command):
    """The next piece of a description."""

    response: ClassVar[Any] = [(b"text", Unicode()), (b"more", Boolean())]


class Side(BinaryBoxProtocol, BoxDispatcher, CommandLocator):
    """
    One end of the connection.

    Twisted's `AMP` without its two lines in the log for every connection.
    """

    def __init__(self) -> None:
        BinaryBoxProtocol.__init__(self, self)
        BoxDispatcher.__init__(self, self)


def pieces(text: str) -> list[str]:
    """Cut a text so that each piece fits; one of ASCII only, as JSON can be."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]
