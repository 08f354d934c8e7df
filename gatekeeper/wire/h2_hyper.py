"""
Speak HTTP/2 with python-hyper's ``h2``, where there is no ``ngh2``.

``h2`` leaves to us what libnghttp2 does: to wait for the client's windows, and to close in
two steps.
"""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import hyperframe.exceptions

from gatekeeper.wire.h2_engine import (
    BodyEnded,
    DataArrived,
    EngineFailed,
    Event,
    Fields,
    Over,
    RequestArrived,
    StreamEnded,
)
from gatekeeper.wire.h2_limits import H2Limits

__all__ = ["HyperEngine"]

_OUTPUT = 64 << 10

_PROTOCOL_ERROR, _REFUSED_STREAM = 1, 7

_LAST_STREAM = (1 << 31) - 1


def _goaway(last: int) -> bytes:
    """Make a frame of our own: ``h2`` knows only the one that ends everything."""
    return b"\0\0\x08\x07\0\0\0\0\0" + last.to_bytes(4, "big") + b"\0\0\0\0"


class _Waiting:
    """What waits for a stream's window."""

    __slots__ = ("end", "parts", "size")

    def __init__(self) -> None:
        self.parts: deque[bytes] = deque()
        self.size = 0
        self.end = False


class HyperEngine:
    """See `gatekeeper.wire.h2_engine.Engine`."""

    def __init__(self, limits: H2Limits, head_bytes: int) -> None:
        self._limits = limits
        config = h2.config.H2Configuration(
            client_side=False,
            header_encoding=None,
            normalize_inbound_headers=False,  # it would join cookies before we can count them
        )
        connection = h2.connection.H2Connection(config)
        connection.max_inbound_frame_size = 16384
        codes = h2.settings.SettingCodes
        connection.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                codes.MAX_CONCURRENT_STREAMS: limits.streams,
                codes.INITIAL_WINDOW_SIZE: limits.stream_window,
                codes.MAX_HEADER_LIST_SIZE: 2 * head_bytes,
            },
        )
        self._connection: Any = connection
        self._happened: list[Event] = []
        self._waiting: dict[int, _Waiting] = {}
        self._backlog = 0
        self._ended: set[int] = set()
        self._own_frames = b""
        self._last = _LAST_STREAM

    def start(self) -> None:
        self._connection.initiate_connection()
        self._open_window()

    def upgrade(self, settings: bytes, *, head: bool) -> None:
        try:
            self._connection.initiate_upgrade_connection(base64.urlsafe_b64encode(settings))
        except (h2.exceptions.H2Error, hyperframe.exceptions.HyperframeError) as error:
            raise EngineFailed(_PROTOCOL_ERROR) from error
        self._open_window()

    def _open_window(self) -> None:
        usual = 65535
        self._connection.increment_flow_control_window(self._limits.connection_window - usual)

    def receive(self, data: bytes) -> None:
        try:
            events = self._connection.receive_data(data)
        except h2.exceptions.ProtocolError:
            self._happened.append(Over())  # its last word waits to be sent
            return
        for event in events:
            translate = _TRANSLATE.get(type(event))
            if translate is not None:
                translate(self, event)

    def events(self) -> Sequence[Event]:
        happened, self._happened = self._happened, []
        return happened

    def output(self) -> bytes:
        room = _OUTPUT
        for stream, waiting in list(self._waiting.items()):
            before = waiting.size
            self._send(stream, waiting)
            room -= before - waiting.size
            if room <= 0:
                break
        own, self._own_frames = self._own_frames, b""
        data: bytes = self._connection.data_to_send()
        return data + own

    def interim(self, stream: int, status: int) -> None:
        fields = [(b":status", b"%d" % status)]
        self._unless_gone(self._connection.send_headers, stream, fields)

    def head(self, stream: int, fields: Fields, *, end: bool) -> None:
        if self._unless_gone(self._connection.send_headers, stream, fields, end):
            if end:
                self._sent(stream)
            else:
                self._waiting[stream] = _Waiting()

    def data(self, stream: int, data: bytes, *, end: bool) -> None:
        waiting = self._waiting.get(stream)
        if waiting is None:
            return
        if data:
            waiting.parts.append(data)
            waiting.size += len(data)
            self._backlog += len(data)
        waiting.end = waiting.end or end

    def reset(self, stream: int, code: int) -> None:
        self._forget(stream)
        if self._unless_gone(self._connection.reset_stream, stream, code):
            self._happened.append(StreamEnded(stream, code))

    def consumed(self, stream: int, amount: int) -> None:
        if amount:
            self._unless_gone(self._connection.acknowledge_received_data, amount, stream)

    def queued(self, stream: int) -> int:
        waiting = self._waiting.get(stream)
        return 0 if waiting is None else waiting.size

    def backlog(self) -> int:
        return self._backlog

    def notice(self) -> None:
        self._own_frames += _goaway(_LAST_STREAM)

    def leave(self) -> None:
        self._last = self._connection.highest_inbound_stream_id
        self._own_frames += _goaway(self._last)

    def terminate(self, code: int) -> None:
        self._unless_gone(self._connection.close_connection, code)

    # Sending.

    def _send(self, stream: int, waiting: _Waiting) -> None:
        connection = self._connection
        try:
            while waiting.parts:
                window = connection.local_flow_control_window(stream)
                most = min(window, connection.max_outbound_frame_size)
                if most <= 0:
                    return
                part = waiting.parts.popleft()
                if len(part) > most:
                    waiting.parts.appendleft(part[most:])
                    part = part[:most]
                waiting.size -= len(part)
                self._backlog -= len(part)
                connection.send_data(stream, part, end_stream=waiting.end and not waiting.parts)
                if waiting.end and not waiting.parts:
                    self._sent(stream)
                    return
            if waiting.end:
                connection.end_stream(stream)
                self._sent(stream)
        except h2.exceptions.H2Error:
            self._forget(stream)

    def _sent(self, stream: int) -> None:
        """The answer is complete: the stream is closed if the request is, too."""
        self._forget(stream)
        if stream in self._ended:
            self._ended.discard(stream)
            self._happened.append(StreamEnded(stream, 0))
        else:
            self._ended.add(stream)

    def _forget(self, stream: int) -> None:
        waiting = self._waiting.pop(stream, None)
        if waiting is not None:
            self._backlog -= waiting.size

    @staticmethod
    def _unless_gone(command: Callable[..., object], *arguments: object) -> bool:
        try:
            command(*arguments)
        except (h2.exceptions.H2Error, ValueError):
            return False
        return True

    # Receiving.

    def _request(self, event: Any) -> None:
        ended = event.stream_ended is not None
        if event.stream_id > self._last:
            self._unless_gone(self._connection.reset_stream, event.stream_id, _REFUSED_STREAM)
            return
        self._happened.append(RequestArrived(event.stream_id, event.headers, ended))

    def _body(self, event: Any) -> None:
        padding = event.flow_controlled_length - len(event.data)
        self.consumed(event.stream_id, padding)
        ended = event.stream_ended is not None
        self._happened.append(DataArrived(event.stream_id, event.data, ended))

    def _trailers(self, event: Any) -> None:
        self._happened.append(BodyEnded(event.stream_id))

    def _request_ended(self, event: Any) -> None:
        stream = event.stream_id
        if stream in self._ended:
            self._ended.discard(stream)
            self._happened.append(StreamEnded(stream, 0))
        else:
            self._ended.add(stream)

    def _reset(self, event: Any) -> None:
        self._forget(event.stream_id)
        self._ended.discard(event.stream_id)
        self._happened.append(StreamEnded(event.stream_id, int(event.error_code)))

    def _leaves(self, event: Any) -> None:
        self._happened.append(Over())  # `h2` sends nothing to a client that is leaving


_TRANSLATE: dict[type, Callable[[HyperEngine, Any], None]] = {
    h2.events.RequestReceived: HyperEngine._request,
    h2.events.DataReceived: HyperEngine._body,
    h2.events.TrailersReceived: HyperEngine._trailers,
    h2.events.StreamEnded: HyperEngine._request_ended,
    h2.events.StreamReset: HyperEngine._reset,
    h2.events.ConnectionTerminated: HyperEngine._leaves,
}
"""Everything else, such as pings, ``h2`` has answered already."""
