"""
One request of a client and the way to answer it, whatever version of HTTP carries it.

A channel (HTTP/1.1 here, HTTP/2 beside it) reads a request's head, makes an `Exchange`
and hands it to the application: a plain function that must not raise and must not block.
The application answers exactly once: with `respond`, or with `start` and a sink, or with
`abort`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from twisted.internet.defer import Deferred

__all__ = ["Application", "BodyStream", "Exchange", "Lines", "Sink"]

Lines: TypeAlias = Sequence[tuple[str, str]]
"""Header lines, latin-1."""


class BodyStream(Protocol):
    """Bytes that arrive while they are read; see `gatekeeper.message.BodyStream`."""

    length: int | None

    async def read(self) -> bytes:
        """
        Give the next bytes, or ``b""`` at the end.

        Raises:
            ConnectionError: The other side left, or broke its framing, in the middle.
        """

    def close(self) -> None:
        """Nothing more will be read.  Idempotent."""


class Sink(Protocol):
    """
    Where a long answer is written.

    Attributes:
        is_full: Whether `ready` would give a Deferred now.
    """

    @property
    def is_full(self) -> bool:
        """See above."""

    def write(self, data: bytes) -> None:
        """Send some bytes; an empty write does nothing."""

    def ready(self) -> Deferred[None] | None:
        """
        Give None while the client keeps up, or a Deferred to wait for before more is written.

        The Deferred fails with `ConnectionError` when the client is gone or stalled too long.
        """

    def finish(self) -> None:
        """The answer is complete."""

    def abort(self) -> None:
        """The answer cannot be completed: make sure the client notices."""


class Exchange(Protocol):
    """
    A request and its answer.

    Attributes:
        method: As sent.
        target: As sent, latin-1; origin or absolute form was checked for its syntax.
        version: ``HTTP/1.0``, ``HTTP/1.1`` or ``HTTP/2``.
        headers: Canonical names to values, without ``Host``, without framing
            (``Transfer-Encoding``, ``Trailer``), in order of arrival.
        host: The value of ``Host`` (or ``:authority``); "" when there was none.
        peer: The client's IP address.
        secure: Whether the connection is encrypted.
        certificate: The verified client certificate (DER), or None.
        body: Whole when it arrived with the head or there is none; otherwise a stream.
        gone: Called once if the client leaves before the answer is complete.  Set by
            the application.
    """

    method: str
    target: str
    version: str
    headers: dict[str, list[str]]
    host: str
    peer: str
    secure: bool
    certificate: bytes | None
    body: bytes | BodyStream
    gone: Callable[[], None] | None

    def respond(self, status: int, headers: Lines, body: bytes) -> None:
        """Answer at once; the wire adds ``Date``, ``Content-Length`` and ``Connection``."""

    def start(self, status: int, headers: Lines, length: int | None) -> Sink:
        """Begin a long answer; without a length it is sent in chunks."""

    def abort(self) -> None:
        """Give no (complete) answer: close the connection, or reset the stream."""


Application: TypeAlias = Callable[[Exchange], None]
