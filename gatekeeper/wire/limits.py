"""
How much, how many and how long a client may.

Every figure has a value, so that no client can hold memory or a socket for ever; a
configured 0 means "not set" and takes the default.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["Limits"]

_SLACK = 4096


@frozen
class Limits:
    """
    What one client connection may cost.

    Attributes:
        head_s: From accept, or from a later request's first byte, to the end of its
            head; a total, not a pause between bytes.
        request_s: The same to the end of its body; 0 is unlimited.
        answer_s: From the end of the head to the end of the answer; 0 is unlimited.
        body_gap_s: Longest silence while a body is awaited.
        body_s_per_mib: Longest sum of such silences for each (begun) MiB of a body.
        idle_s: Longest wait for the next request.
        send_s: Longest time in which the client takes nothing of a waiting answer.
        linger_s: How long input is thrown away after an answer that closes the connection,
            so that the client can read it.
        request_line_bytes: Beyond it 414.
        head_bytes: Request line and headers; beyond it 431.
        header_lines: How many; beyond it 431.
        chunk_line_bytes: A chunk's size with its extensions.
        chunk_extension_bytes: All extensions of a body.
        trailer_bytes: All trailers of a body.
        buffer_bytes: What is read ahead, of a body or of later requests.
        drain_bytes: What is read of an unwanted body to keep its connection.
        requests: How many on one connection.
    """

    head_s: float = 10.0
    request_s: float = 0.0
    answer_s: float = 0.0
    body_gap_s: float = 30.0
    body_s_per_mib: float = 60.0
    idle_s: float = 60.0
    send_s: float = 30.0
    linger_s: float = 2.0
    request_line_bytes: int = 8 << 10
    head_bytes: int = 32 << 10
    header_lines: int = 100
    chunk_line_bytes: int = 1 << 10
    chunk_extension_bytes: int = 16 << 10
    trailer_bytes: int = 8 << 10
    buffer_bytes: int = 64 << 10
    drain_bytes: int = 64 << 10
    requests: int = 1000

    @classmethod
    def configured(
        cls,
        *,
        read_timeout: float = 0,
        read_header_timeout: float = 0,
        write_timeout: float = 0,
        idle_timeout: float = 0,
        max_header_bytes: int = 0,
    ) -> Limits:
        """
        Read the service's settings: seconds and bytes; 0 or less is "not set".

        `max_header_bytes` counts the request line too and replaces its limit.  As in the
        original 4 KiB more are let through.

        Source: KrakenD documentation, "HTTP server settings".
        """
        ours = cls()
        most = max_header_bytes + _SLACK if max_header_bytes > 0 else 0
        return cls(
            head_s=_first(read_header_timeout, read_timeout, ours.head_s),
            request_s=max(read_timeout, 0),
            answer_s=max(write_timeout, 0),
            idle_s=_first(idle_timeout, read_timeout, ours.idle_s),
            request_line_bytes=most or ours.request_line_bytes,
            head_bytes=most or ours.head_bytes,
        )

    @property
    def sweep_s(self) -> float:
        """How often deadlines are looked at: late by at most a quarter of the shortest."""
        each = (self.head_s, self.request_s, self.answer_s, self.idle_s, self.send_s)
        return min(0.25, max(0.02, min(seconds for seconds in each if seconds > 0) / 8))


def _first(*values: float) -> float:
    return next(value for value in values if value > 0)
