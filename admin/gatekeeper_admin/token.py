"""
Tell operators from others: they know a token.

It comes with each order, as ``Authorization: Bearer`` from programs and as the field of a form
from people.  A browser never sends it on its own, so a page of somebody else cannot give orders
in an operator's name.
"""

from __future__ import annotations

import hmac

from twisted.web.server import Request

__all__ = ["shown_token"]


def shown_token(request: Request, token: bytes) -> bool:
    """Tell whether a request shows the token; takes equally long for every wrong one."""
    kind, _, shown = (request.getHeader(b"authorization") or b"").partition(b" ")
    if kind.lower() != b"bearer":
        fields = request.args or {}
        shown = next(iter(fields.get(b"token", [])), b"")
    return hmac.compare_digest(shown.strip(), token)
