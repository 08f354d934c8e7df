"""
What understands HTTP/2's bytes: frames, compression, flow control, the states of streams.

An engine does no input or output.  It is fed bytes, tells what happened as values, takes
commands, and gives bytes to send.  There are two: libnghttp2 (the package ``ngh2``), which
everybody gets, and python-hyper's ``h2`` (the extra ``h2``), which is slower but runs
wherever Python runs.  Neither is trusted with the limits of `gatekeeper.wire.h2_limits`:
those are kept by the channel around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias

from attrs import field, frozen

from gatekeeper.wire.h2_limits import H2Limits

__all__ = [
    "HTTP2", "BodyEnded", "DataArrived", "Engine", "EngineFailed", "Event", "Fields",
    "MakeEngine", "Over", "RequestArrived", "StreamEnded", "find_engine",
]  # fmt: skip

Fields: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Header fields in order, pseudo-headers first, names in lower case."""


class RequestArrived(NamedTuple):
    """A request's header block is complete; `ended`: it has no body."""

    stream: int
    fields: Fields
    ended: bool


class DataArrived(NamedTuple):
    """A part of a body; `ended`: the last one."""

    stream: int
    data: bytes
    ended: bool


class BodyEnded(NamedTuple):
    """A body ended with trailers, which nobody gets to see."""

    stream: int


class StreamEnded(NamedTuple):
    """A stream is closed; a `code` other than 0 is an error, the client's or ours."""

    stream: int
    code: int


class Over(NamedTuple):
    """Nothing more will be said: what is there to send is the end."""


Event: TypeAlias = RequestArrived | DataArrived | BodyEnded | StreamEnded | Over


class EngineFailed(Exception):
    """
    The bytes cannot be understood, or cost too much, and the engine has no words for it.

    Attributes:
        code: What ``GOAWAY`` should say.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"HTTP/2 error {code}")
        self.code = code


class Engine(Protocol):
    """
    The server's side of one connection.

    Commands for a stream that is closed already do nothing: the client was faster.
    """

    def start(self) -> None:
        """Begin; to be called once, before anything else."""

    def upgrade(self, settings: bytes, *, head: bool) -> None:
        """
        Begin after ``Upgrade: h2c``; the request becomes stream 1.

        Args:
            settings: What ``HTTP2-Settings`` says.
            head: Whether the method is ``HEAD``.

        Raises:
            EngineFailed: The settings are none.
        """

    def receive(self, data: bytes) -> None:
        """
        Take bytes.

        Raises:
            EngineFailed: See there; the engine is of no use afterwards.
        """

    def events(self) -> Sequence[Event]:
        """Give what has happened since the last call, through receiving or sending."""

    def output(self) -> bytes:
        """Give bytes to send, a limited amount; b"" when there is nothing now."""

    def interim(self, stream: int, status: int) -> None:
        """Send a status that is not the answer yet."""

    def head(self, stream: int, fields: Fields, *, end: bool) -> None:
        """Answer; `end`: without a body."""

    def data(self, stream: int, data: bytes, *, end: bool) -> None:
        """Send a part of the body as soon as the client's windows let it."""

    def reset(self, stream: int, code: int) -> None:
        """End a stream; what waits on it is dropped."""

    def consumed(self, stream: int, amount: int) -> None:
        """So much of a body was read; the client may send as much again."""

    def queued(self, stream: int) -> int:
        """Tell how much of an answer waits for the client's window."""

    def backlog(self) -> int:
        """Tell the same for all streams together."""

    def notice(self) -> None:
        """Tell the client that we intend to close; its requests are still served."""

    def leave(self) -> None:
        """Tell the client the last request that is served."""

    def terminate(self, code: int) -> None:
        """Say the last word."""


MakeEngine: TypeAlias = Callable[[H2Limits, int], Engine]
"""Takes limits, and the largest decoded header block in bytes, 32 added for each field."""


@frozen
class HTTP2:
    """
    How HTTP/2 is served.

    Attributes:
        engine: Makes one for each connection.
        clear: Whether it is spoken without TLS, too.
        limits: What a connection may cost.
    """

    engine: MakeEngine
    clear: bool = False
    limits: H2Limits = field(factory=H2Limits)


def find_engine(warn: Callable[[str], object]) -> MakeEngine | None:
    """
    Choose the best engine that is installed.

    Args:
        warn: Hears about it when that is not the usual one.

    Returns:
        None if there is no engine at all.
    """
    try:
        from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
    except ImportError:
        pass
    else:
        return NGHTTP2Engine
    try:
        from gatekeeper.wire.h2_hyper import HyperEngine
    except ImportError:
        warn('HTTP/2 is not offered: neither "ngh2" nor "h2" is installed')
        return None
    warn('"ngh2" is not installed: HTTP/2 is served by "h2", at many times the cost')
    return HyperEngine
