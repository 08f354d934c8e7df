"""
Remember a body while somebody else reads it.

Only a body that was read to its end is kept.  A client that leaves, a backend that breaks
off and a body that grows too long end the recording, and whatever it held is given back at
once; the reader does not notice.
"""

from __future__ import annotations

from collections.abc import Callable

from gatekeeper.httpcache.allowance import Allowance
from gatekeeper.message import BodyStream

__all__ = ["RecordedBody"]


class RecordedBody:
    """
    A body that is read as it comes, and kept when it is complete.

    Args:
        body: The backend's.
        longest: The longest body that is kept.
        allowance: Lends the memory.
        keep: Takes the whole body.

    Attributes:
        length: As announced.
    """

    def __init__(
        self,
        body: BodyStream,
        longest: int,
        allowance: Allowance,
        keep: Callable[[bytes], None],
    ) -> None:
        self.length = body.length
        self._body = body
        self._longest = longest
        self._allowance = allowance
        self._keep: Callable[[bytes], None] | None = keep
        self._pieces: list[bytes] = []
        self._size = 0

    async def read(self) -> bytes:
        """Give the next bytes; at the end the recording is complete."""
        try:
            piece = await self._body.read()
        except BaseException:  # also when we are cancelled
            self._stop()
            raise
        if self._keep is not None:
            self._record(piece)
        return piece

    def close(self) -> None:
        """Nothing more will be read, so that the recording is worth nothing."""
        self._stop()
        self._body.close()

    def _record(self, piece: bytes) -> None:
        if not piece:
            self._complete()
        elif self._size + len(piece) > self._longest or not self._allowance.take(len(piece)):
            self._stop()
        else:
            self._pieces.append(piece)
            self._size += len(piece)

    def _complete(self) -> None:
        keep, body = self._keep, b"".join(self._pieces)
        is_whole = self.length is None or self.length == len(body)
        self._stop()
        if keep is not None and is_whole:
            keep(body)

    def _stop(self) -> None:
        self._keep = None
        self._pieces.clear()
        self._allowance.give_back(self._size)
        self._size = 0
