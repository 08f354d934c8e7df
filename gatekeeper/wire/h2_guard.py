"""
Watch what frames a client sends, before any engine spends time on them.

Only the nine bytes in front of each frame are looked at.  That is enough to see the floods
that are known: header blocks without an end, and frames that make us work while they move
nothing.  Of such idle frames a client may send a thousand at once, and then as many as
its useful traffic and the time pay for.

It is also enough to see frames on streams that their client has closed itself, which
libnghttp2 passes over in silence (RFC 9113, section 5.1).
"""

from __future__ import annotations

from gatekeeper.wire.h2_limits import H2Limits

__all__ = ["PREFACE", "Abuse", "Allowance", "FrameGuard"]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

_DATA, _HEADERS, _PRIORITY, _RST_STREAM, _CONTINUATION = 0, 1, 2, 3, 9
_END_STREAM, _END_HEADERS, _PADDED = 0x1, 0x4, 0x8

_BARELY = 256
"""A padded frame up to this size may well be nothing but padding."""


_PROTOCOL_ERROR, _STREAM_CLOSED, _ENHANCE_YOUR_CALM = 1, 5, 11


class Abuse(Exception):
    """
    A client does what only an attacker or a broken client does; the text names it.

    Attributes:
        code: What ``GOAWAY`` should say.
    """

    def __init__(self, what: str, code: int = _ENHANCE_YOUR_CALM) -> None:
        super().__init__(what)
        self.code = code


class Allowance:
    """
    What may happen so many times at once, and then so many times a second.

    Args:
        most: At once.
        per_s: Forgiven each second.
    """

    __slots__ = ("_left", "_most", "_per_s", "_since")

    def __init__(self, most: float, per_s: float, now: float) -> None:
        self._most = self._left = most
        self._per_s = per_s
        self._since = now

    def spend(self, amount: float, now: float, name: str) -> None:
        """
        Take some.

        Raises:
            Abuse: There is not enough left; it says `name`.
        """
        self._left -= amount
        if self._left < 0:
            self._left += (now - self._since) * self._per_s
            self._left = min(self._left, self._most - amount)
            self._since = now
            if self._left < 0:
                raise Abuse(name)

    def earn(self, amount: float) -> None:
        """Give some back."""
        self._left = min(self._most, self._left + amount)


class FrameGuard:
    """
    The frames of one connection.

    Args:
        now: The time.
        newest: The highest stream so far: 1 after an upgrade.

    Attributes:
        open: Whether a frame, other than data, or a header block is not complete.
        idle: What idle frames may still come; useful traffic earns some.
    """

    __slots__ = (
        "_block", "_block_frames", "_held", "_left", "_limits", "_newest", "_payload",
        "_unended", "idle", "open",
    )  # fmt: skip

    def __init__(self, limits: H2Limits, now: float, newest: int = 0) -> None:
        self.idle = Allowance(limits.idle_frames, limits.idle_frames_per_s, now)
        self.open = True
        self._limits = limits
        self._held = b""
        self._left = len(PREFACE)
        self._payload = False
        self._block = 0
        self._block_frames = 0
        self._newest = newest
        self._unended: set[int] = set()

    def admit(self, data: bytes, now: float) -> int:
        """
        Tell how many of these bytes may go to the engine now; the rest is for the next turn.

        Raises:
            Abuse: None of them may.
        """
        size = len(data)
        at = min(self._left, size)
        self._left -= at
        turn = self._limits.frames_per_turn
        while at < size:
            turn -= 1
            if turn < 0:
                break
            head = data[at : at + 9]
            if self._held:
                head = self._held + data[at : at + 9 - len(self._held)]
            at += len(head) - len(self._held)
            if len(head) < 9:
                self._held = head
                break
            self._held = b""
            length = (head[0] << 16) | (head[1] << 8) | head[2]
            stream = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
            self._frame(head[3], head[4], length, stream, now)
            step = min(length, size - at)
            at += step
            self._left = length - step
        self.open = bool(self._block_frames or self._held or (self._left and not self._payload))
        return at

    def _frame(self, kind: int, flags: int, length: int, stream: int, now: float) -> None:
        self._payload = False
        if kind == _HEADERS:
            self._block = self._block_frames = 0
            self._part_of_block(flags, length)
            self._on_stream(stream, flags)
        elif kind == _DATA:
            self._payload = True
            least = _BARELY if flags & _PADDED else 0
            if length <= least and not flags & _END_STREAM:
                self.idle.spend(1, now, "frames of empty data")
            self._on_stream(stream, flags)
        elif kind == _CONTINUATION:
            self._part_of_block(flags, length)
        else:
            self.idle.spend(1, now, "frames that move nothing")
            if kind == _RST_STREAM:
                self._unended.discard(stream)
            elif kind == _PRIORITY and stream == 0:
                raise Abuse("a priority of no stream", _PROTOCOL_ERROR)

    def _on_stream(self, stream: int, flags: int) -> None:
        if stream > self._newest:
            self._newest = stream
            self._unended.add(stream)
        elif stream not in self._unended:
            raise Abuse("a frame on a closed stream", _STREAM_CLOSED)
        if flags & _END_STREAM:
            self._unended.discard(stream)

    def _part_of_block(self, flags: int, length: int) -> None:
        self._block += length
        self._block_frames += 1
        limits = self._limits
        if self._block > limits.block_bytes or self._block_frames > limits.block_frames:
            raise Abuse("a header block without an end")
        if flags & _END_HEADERS:
            self._block = self._block_frames = 0
