"""A client on a fake connection that speaks HTTP/2, well or badly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import hpack
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock

from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.exchange import Exchange
from gatekeeper.wire.h2_engine import HTTP2, MakeEngine
from gatekeeper.wire.h2_guard import PREFACE
from gatekeeper.wire.h2_limits import H2Limits
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from gatekeeper.wire.limits import Limits
from tests.wire.channels import Transport, hello

__all__ = [
    "CONTINUATION", "DATA", "END_HEADERS", "END_STREAM", "GET", "GOAWAY", "HEADERS", "PING",
    "PRIORITY", "RST_STREAM", "SETTINGS", "WINDOW_UPDATE", "Frame", "H2Client", "frame",
    "frames", "settings",
]  # fmt: skip

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING = 0, 1, 2, 3, 4, 6
GOAWAY, WINDOW_UPDATE, CONTINUATION = 7, 8, 9
END_STREAM = ACK = 0x1
END_HEADERS = 0x4

GET = (
    (":method", "GET"),
    (":scheme", "https"),
    (":path", "/"),
    (":authority", "shop.example"),
)


class Frame(NamedTuple):
    """One frame, taken apart."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def number(self) -> int:
        """What a payload of four bytes says, or the code of a GOAWAY."""
        return int.from_bytes(self.payload[-4:], "big")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Build a frame."""
    head = len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big")
    return head + payload


def settings(**values: int) -> bytes:
    """Build a SETTINGS frame: ``settings(window=0)``."""
    numbers = {"table": 1, "streams": 3, "window": 4, "frame": 5, "list": 6}
    parts = (
        numbers[name].to_bytes(2, "big") + value.to_bytes(4, "big")
        for name, value in values.items()
    )
    return frame(SETTINGS, 0, 0, b"".join(parts))


def frames(data: bytes) -> list[Frame]:
    """Take bytes apart."""
    found = []
    while data:
        length = int.from_bytes(data[:3], "big")
        stream = int.from_bytes(data[5:9], "big")
        found.append(Frame(data[3], data[4], stream, data[9 : 9 + length]))
        data = data[9 + length :]
    return found


class H2Client:
    """
    One connection to a server.

    Args:
        application: What is served; None keeps the exchanges for the test to answer.
        engine: Makes the server's engine.
        h2: Its limits.
        limits: Changes to the default limits of every connection.
        begin: What the client sends first.
    """

    def __init__(
        self,
        application: Callable[[Exchange], None] | None = hello,
        *,
        engine: MakeEngine = NGHTTP2Engine,
        h2: H2Limits | None = None,
        begin: bytes = PREFACE + settings() + frame(SETTINGS, ACK, 0),
        **limits: Any,
    ) -> None:
        self.exchanges: list[Exchange] = []
        self.clock = Clock()
        self.factory = HTTPFactory(
            lambda exchange: self._serve(exchange, application),
            Limits(**limits),
            Deadlines(self.clock),
            http2=HTTP2(engine, clear=True, limits=h2 or H2Limits()),
            wall=lambda: 784111777.0,
        )
        peer: Any = IPv4Address("TCP", "192.0.2.7", 50000)
        self.transport = Transport(peerAddress=peer)
        self.channel: Any = self.factory.buildProtocol(peer)
        self.channel.makeConnection(self.transport)
        self._encoder = hpack.Encoder()
        self._decoder = hpack.Decoder()
        self.heads: dict[int, dict[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.ended: set[int] = set()
        self.resets: dict[int, int] = {}
        self.goaways: list[tuple[int, int]] = []
        self.windows: dict[int, int] = {}
        self.seen: list[Frame] = []
        if begin:
            self.send(begin)

    def _serve(self, exchange: Exchange, application: Callable[[Exchange], None] | None) -> None:
        self.exchanges.append(exchange)
        if application is not None:
            application(exchange)

    # What the client says.

    def send(self, data: bytes) -> list[Frame]:
        """Send bytes, and give what came back for them."""
        self.channel.dataReceived(data)
        return self.hear()

    def block(self, fields: Sequence[tuple[str, str]]) -> bytes:
        """Compress fields; the order of calls is the order in which they must be sent."""
        encoded: bytes = self._encoder.encode(list(fields))
        return encoded

    def request(
        self, stream: int, *more: tuple[str, str], base: Any = GET, end: bool = True
    ) -> bytes:
        """Build a request."""
        block = self.block([*base, *more])
        parts = [block[at : at + 16384] for at in range(0, len(block), 16384)]
        flags = END_STREAM if end else 0
        if len(parts) == 1:
            return frame(HEADERS, END_HEADERS | flags, stream, block)
        middle = b"".join(frame(CONTINUATION, 0, stream, part) for part in parts[1:-1])
        last = frame(CONTINUATION, END_HEADERS, stream, parts[-1])
        return frame(HEADERS, flags, stream, parts[0]) + middle + last

    def ask(self, stream: int, *more: tuple[str, str], base: Any = GET, end: bool = True) -> Any:
        """Send a request, and give what came back."""
        return self.send(self.request(stream, *more, base=base, end=end))

    def post(self, stream: int, *more: tuple[str, str]) -> list[Frame]:
        """Send a request whose body follows."""
        return self.ask(stream, *more, base=((":method", "POST"), *GET[1:]), end=False)

    def body(self, stream: int, data: bytes, *, end: bool = False) -> list[Frame]:
        """Send a part of a body."""
        return self.send(frame(DATA, END_STREAM if end else 0, stream, data))

    def allow(self, stream: int, amount: int) -> list[Frame]:
        """Open a window."""
        return self.send(frame(WINDOW_UPDATE, 0, stream, amount.to_bytes(4, "big")))

    def reset(self, stream: int, code: int = 8) -> list[Frame]:
        """Cancel a request."""
        return self.send(frame(RST_STREAM, 0, stream, code.to_bytes(4, "big")))

    # What it hears.

    def hear(self) -> list[Frame]:
        """Take apart what has come, and remember it."""
        data = self.transport.value()
        self.transport.clear()
        came = frames(data)
        self.seen += came
        for one in came:
            self._note(one)
        return came

    def _note(self, one: Frame) -> None:
        if one.kind == HEADERS:
            head = dict(self._decoder.decode(one.payload))
            if not head[":status"].startswith("1"):
                self.heads[one.stream] = head
            if one.flags & END_STREAM:
                self.ended.add(one.stream)
        elif one.kind == DATA:
            self.bodies[one.stream] = self.bodies.get(one.stream, b"") + one.payload
            if one.flags & END_STREAM:
                self.ended.add(one.stream)
        elif one.kind == RST_STREAM:
            self.resets.setdefault(one.stream, one.number)
        elif one.kind == GOAWAY:
            last = int.from_bytes(one.payload[:4], "big")
            self.goaways.append((last, int.from_bytes(one.payload[4:8], "big")))
        elif one.kind == WINDOW_UPDATE:
            self.windows[one.stream] = self.windows.get(one.stream, 0) + one.number

    def turn(self) -> list[Frame]:
        """Let what was put off for the next turn happen."""
        self.clock.advance(0)
        return self.hear()

    def pass_time(self, seconds: float, step: float = 0.25) -> None:
        """Let the sweep run as it does in life."""
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
        self.turn()

    @property
    def closed(self) -> bool:
        """Whether the server has ended its side."""
        return bool(self.transport.disconnecting or self.transport.half_closed)

    def status(self, stream: int = 1) -> str | None:
        """The answer's status, if there was one."""
        return self.heads.get(stream, {}).get(":status")
