"""Speak HTTP/2 with libnghttp2, by way of the package ``ngh2``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ngh2

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

__all__ = ["NGHTTP2Engine"]

_OUTPUT = 64 << 10

_MAX_CONCURRENT_STREAMS, _INITIAL_WINDOW_SIZE, _MAX_HEADER_LIST_SIZE = 3, 4, 6
_PROTOCOL_ERROR, _ENHANCE_YOUR_CALM = 1, 11


class NGHTTP2Engine:
    """
    See `gatekeeper.wire.h2_engine.Engine`.

    A decoded header block that is somewhat too large is let through, so that its request
    can be refused with a status; one of more than twice the size, or of hundreds of
    fields, ends the connection before it is built.
    """

    def __init__(self, limits: H2Limits, head_bytes: int) -> None:
        self._limits = limits
        self._settings = {
            _MAX_CONCURRENT_STREAMS: limits.streams,
            _INITIAL_WINDOW_SIZE: limits.stream_window,
            _MAX_HEADER_LIST_SIZE: head_bytes,
        }
        configuration = ngh2.Configuration(
            auto_window_update=False,
            max_outbound_ack=limits.idle_frames,
            glitch_rate_limit=(limits.resets, round(limits.resets_per_s)),
            max_continuations=limits.block_frames,
            max_inbound_header_list_size=2 * head_bytes,
            max_inbound_header_count=512,
        )
        self._connection = ngh2.Connection(ngh2.Role.SERVER, configuration)

    def start(self) -> None:
        self._connection.initiate_connection(self._settings)
        self._connection.set_local_window_size(self._limits.connection_window)

    def upgrade(self, settings: bytes, *, head: bool) -> None:
        try:
            self._connection.initiate_upgrade(
                settings, local_settings=self._settings, head_request=head
            )
        except (ngh2.NGH2Error, ValueError) as error:
            raise EngineFailed(_PROTOCOL_ERROR) from error
        self._connection.set_local_window_size(self._limits.connection_window)

    def receive(self, data: bytes) -> None:
        try:
            self._connection.receive_data(data)
        except ngh2.DenialOfServiceError as error:
            raise EngineFailed(_ENHANCE_YOUR_CALM) from error
        except ngh2.NGH2Error as error:
            raise EngineFailed(_PROTOCOL_ERROR) from error

    def events(self) -> Sequence[Event]:
        found = self._connection.events()
        if not found:
            return ()
        happened: list[Event] = []
        for event in found:
            translate = _TRANSLATE.get(type(event))
            if translate is not None:
                happened.append(translate(event))
        return happened

    def output(self) -> bytes:
        connection = self._connection
        try:
            if connection.queued_body_size() <= _OUTPUT:
                return connection.data_to_send()
            return connection.data_to_send(_OUTPUT)
        except ngh2.NGH2Error as error:
            raise EngineFailed(_ENHANCE_YOUR_CALM) from error

    def interim(self, stream: int, status: int) -> None:
        fields = ((b":status", b"%d" % status),)
        self._unless_gone(self._connection.send_informational_response, stream, fields)

    def head(self, stream: int, fields: Fields, *, end: bool) -> None:
        try:
            self._connection.send_response(stream, fields, end_stream=end)
        except ngh2.NGH2Error:
            return

    def data(self, stream: int, data: bytes, *, end: bool) -> None:
        try:
            self._connection.send_data(stream, data, end_stream=end)
        except ngh2.NGH2Error:
            return

    def reset(self, stream: int, code: int) -> None:
        self._unless_gone(self._connection.reset_stream, stream, code)

    def consumed(self, stream: int, amount: int) -> None:
        try:
            self._connection.acknowledge_received_data(amount, stream)
        except (ngh2.NGH2Error, ValueError):
            return

    def queued(self, stream: int) -> int:
        try:
            return self._connection.queued_body_size(stream)
        except ngh2.NGH2Error:
            return 0

    def backlog(self) -> int:
        return self._connection.queued_body_size()

    def notice(self) -> None:
        self._unless_gone(self._connection.send_shutdown_notice)

    def leave(self) -> None:
        self._unless_gone(self._connection.send_goaway)

    def terminate(self, code: int) -> None:
        self._unless_gone(self._connection.terminate_connection, code)

    @staticmethod
    def _unless_gone(command: Callable[..., object], *arguments: object) -> None:
        try:
            command(*arguments)
        except ngh2.NGH2Error:
            return


_TRANSLATE: dict[type, Callable[[Any], Event]] = {
    ngh2.RequestReceived: lambda it: RequestArrived(it.stream_id, it.headers, it.end_stream),
    ngh2.DataReceived: lambda it: DataArrived(it.stream_id, it.data, it.end_stream),
    ngh2.TrailersReceived: lambda it: BodyEnded(it.stream_id),
    ngh2.StreamClosed: lambda it: StreamEnded(it.stream_id, it.error_code),
    ngh2.ConnectionClosed: lambda _: Over(),
}
"""Everything else, such as pings, libnghttp2 has answered already."""
