"""
Let a backend's answer pass as it is: ``encoding: no-op``.

Status, headers and body go on unread, whatever the status is.  An answer to HEAD has no
body, so its length is 0, whatever the backend would have sent to a GET (deviation 12 of
the core).

Source: KrakenD documentation, "The no-op encoding"; conformance case ``no-op``.
"""

from __future__ import annotations

from gatekeeper.body import drop
from gatekeeper.message import Body, Decoded, Lines, Request, Response, Streamed
from gatekeeper.proxy import Proxy

__all__ = ["emptied", "passed", "relayed", "without_stream"]

_WIRES = frozenset({"content-length", "transfer-encoding"})
_USUAL = frozenset({"Content-Length", "Transfer-Encoding", *_WIRES})
_LENGTHS = frozenset(map(len, _WIRES))


def passed(inner: Proxy) -> Proxy:
    """Relay what the backend answers."""

    async def proxy(request: Request) -> Response:
        answer = await inner(request)
        if isinstance(answer, Decoded):
            return answer
        return relayed(request.method, answer.status, answer.headers, answer.body, answer.length)

    return proxy


def relayed(method: str, status: int, headers: Lines, body: Body, length: int | None) -> Streamed:
    """Make the answer that passes through; its length is no header any more."""
    kept = [line for line in headers if line[0] not in _USUAL]
    if len(kept) == len(headers):  # there is none, or it is spelled in an odd way
        kept = [
            line
            for line in headers
            if len(line[0]) not in _LENGTHS or line[0].lower() not in _WIRES
        ]
    if method == "HEAD":
        if not isinstance(body, bytes):
            body.close()
        return Streamed(status, kept, b"", 0)
    return Streamed(status, kept, body, len(body) if isinstance(body, bytes) else length)


def without_stream(inner: Proxy) -> Proxy:
    """
    Give an empty object instead of a stream.

    This is what a ``no-op`` backend is worth where data is wanted: kept for compatibility
    with the conformance case ``no-op``.
    """

    async def proxy(request: Request) -> Response:
        return emptied(await inner(request))

    return proxy


def emptied(response: Response) -> Decoded:
    """Forget a stream, and give what is left of it."""
    if isinstance(response, Decoded):
        return response
    drop(response)
    return Decoded(data={})
