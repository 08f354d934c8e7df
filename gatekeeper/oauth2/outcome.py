"""
What came of asking for a token, as the workers of a node tell one another.

It holds the token, so it stays in memory that only they can see: never in a log, nor on a
board.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import frozen

from gatekeeper.oauth2.answer import Token

__all__ = ["MAX_BYTES", "Outcome"]

MAX_BYTES = 4 << 20
"""An answer has 1 MiB at most; its texts may become longer when they are written."""


@frozen
class Outcome:
    """
    The last one.

    Attributes:
        asked: How often the node has asked.
        error: Why there is no new token; "" when there is.
        token: The last one there was; it may have expired.
        since: When that was, in seconds of the node's clock.
    """

    asked: int = 0
    error: str = ""
    token: Token | None = None
    since: float = 0.0

    @classmethod
    def read(cls, text: bytes) -> Outcome:
        """Read what a worker of this node has written."""
        asked, error, authorization, lifetime_s, since = json.loads(text)
        token = None if authorization is None else Token(authorization, lifetime_s)
        return cls(asked, error, token, since)

    def written(self) -> bytes:
        """Write it for the other workers; errors may hold whatever a server has said."""
        token = self.token
        shown: list[Any] = [token and token.authorization, token and token.lifetime_s]
        return json.dumps([self.asked, self.error, *shown, self.since]).encode("ascii")
