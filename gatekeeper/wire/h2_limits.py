"""
What an HTTP/2 connection may cost, besides what every connection may.

Most of these bound work that a client can cause with a few bytes.  Source: RFC 9113,
section 10.5, and the advisories that are named below.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["H2Limits"]


@frozen
class H2Limits:
    """
    The limits of one HTTP/2 connection.

    Attributes:
        streams: How many requests at a time.
        resets: How many streams may end in an error, whoever resets them (CVE-2023-44487,
            CVE-2025-8671); one whose request was being served counts twice.
        resets_per_s: How many of these are forgiven each second.
        idle_frames: How many frames may come that move nothing: settings, pings,
            priorities, window updates, empty data, unknown ones (CVE-2019-9511 to 9518).
        idle_frames_per_s: How many of these are forgiven each second.
        block_bytes: A header block as it is sent, over all its frames.
        block_frames: In how many frames it comes (CVE-2024-27316 and its kin).
        frames_per_turn: How many frames are looked at before other connections have
            their turn.
        stream_window: How much of a body may come before the application reads it.
        connection_window: The same for all bodies together.
        stream_backlog: How much of an answer waits for the client's window before the
            application has to wait, too.
        connection_backlog: The same for all answers together.
        requests: How many at most.  After the number that every connection may have
            (`gatekeeper.wire.limits.Limits.requests`) a pause of `leave_s` ends it: most
            load generators and some clients take a GOAWAY amid their traffic for a
            failure.
        leave_s: How long after our intention to close the last word follows; a request
            that was under way meanwhile is still served (RFC 9113, section 6.8).
    """

    streams: int = 100
    resets: int = 200
    resets_per_s: float = 20.0
    idle_frames: int = 1000
    idle_frames_per_s: float = 100.0
    block_bytes: int = 64 << 10
    block_frames: int = 64
    frames_per_turn: int = 64
    stream_window: int = 128 << 10
    connection_window: int = 1 << 20
    stream_backlog: int = 64 << 10
    connection_backlog: int = 1 << 20
    requests: int = 100_000
    leave_s: float = 0.5
