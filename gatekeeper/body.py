"""
Read bodies whole, and let go of streams that nobody will read.

A client's body may be a stream, which can be read once.  Where several calls need it, it is
read into memory first, so that each of them gets all bytes.
"""

from __future__ import annotations

from attrs import evolve

from gatekeeper.errors import BodyTooLarge, RequestGone
from gatekeeper.message import Body, Request, Response, Streamed

__all__ = ["MAX_BODY_BYTES", "drop", "read_body", "whole"]

MAX_BODY_BYTES = 10 * 1024 * 1024
"""The longest body that is read into memory to be sent several times."""


async def read_body(body: Body, limit: int = MAX_BODY_BYTES) -> bytes:
    """
    Give all bytes of a body.

    A stream that is not read to its end, for whatever reason, is closed.

    Raises:
        BodyTooLarge: There are more than `limit` bytes.
        ConnectionError: The other side left, or broke its framing, in the middle.
    """
    if isinstance(body, bytes):
        return body
    try:
        if body.length is not None and body.length > limit:
            raise BodyTooLarge(limit)
        chunks = []
        size = 0
        while chunk := await body.read():
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(limit)
            chunks.append(chunk)
    except BaseException:  # also when we are cancelled
        body.close()
        raise
    return b"".join(chunks)


async def whole(request: Request, limit: int = MAX_BODY_BYTES) -> Request:
    """
    Give the request with its body in memory.

    Raises:
        BodyTooLarge: There are more than `limit` bytes.
        RequestGone: The client left before it had sent all of them.
    """
    if isinstance(request.body, bytes):
        return request
    try:
        return evolve(request, body=await read_body(request.body, limit))
    except ConnectionError as error:
        raise RequestGone("the client left before its body was complete") from error


def drop(response: Response) -> None:
    """Forget a response; its stream, if it has one, is closed."""
    if isinstance(response, Streamed) and not isinstance(response.body, bytes):
        response.body.close()
