"""
Write a reply to an exchange: at once, or as its stream gives bytes.

A stream that breaks before anything was sent can still become an error.  After that the
only honest thing is to break the client's answer, too: it must never look complete
(deviation 3 of the core).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gatekeeper.encoding.sniff import content_type as sniffed
from gatekeeper.message import BodyStream, Lines, Reply
from gatekeeper.web.respond import has_body, is_typed
from gatekeeper.wire.exchange import Exchange, Sink

__all__ = ["StreamCut", "write", "write_whole"]


class StreamCut(Exception):
    """
    A stream ended early when a part of it was sent already; the answer was aborted.

    Attributes:
        status: What the client had been told.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


async def write(exchange: Exchange, reply: Reply) -> None:
    """
    Answer an exchange.

    Raises:
        StreamCut: The answer began, but could not be finished.
        Exception: Whatever the stream raised; nothing was sent.
    """
    body = reply.body
    if isinstance(body, bytes):
        write_whole(exchange, reply, body)
        return
    try:
        first = await body.read()
        if not first or not has_body(reply.status):
            exchange.respond(reply.status, reply.headers, b"")
            return
        sink = exchange.start(reply.status, _typed(reply.headers, first), reply.length)
        await _pump(body, first, sink, reply.status)
    finally:
        body.close()


def write_whole(exchange: Exchange, reply: Reply, body: bytes) -> None:
    """Answer with a reply whose body is here."""
    if not has_body(reply.status):
        body = b""
    exchange.respond(reply.status, _typed(reply.headers, body), body)


async def _pump(body: BodyStream, data: bytes, sink: Sink, status: int) -> None:
    """Send everything; not reading while the client is slow is the back-pressure."""
    pour: Callable[[Sink], Awaitable[None]] | None = getattr(body, "pour", None)
    try:
        sink.write(data)
        if pour is not None:
            await pour(sink)
        else:
            await _by_pieces(body, sink)
        sink.finish()
    except BaseException as error:  # also when we are cancelled, or thrown away
        sink.abort()
        if isinstance(error, Exception):
            raise StreamCut(status, str(error)) from error
        raise


async def _by_pieces(body: BodyStream, sink: Sink) -> None:
    while True:
        waiting = sink.ready()
        if waiting is not None:
            await waiting
        data = await body.read()
        if not data:
            return
        sink.write(data)


def _typed(lines: Lines, body: bytes) -> Lines:
    """Add the type that the first bytes show, if nobody named one."""
    if not body or is_typed(lines):
        return lines
    return (*lines, ("Content-Type", sniffed(body)))
