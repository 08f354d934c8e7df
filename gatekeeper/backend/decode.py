"""
Make data of a backend's answer: read the body, decode it, manipulate the data.

A body that is whole is decoded at once.  One that comes as a stream is collected, with a
bound.  Only the first JSON value counts and the rest is not waited for, so two things are
looked at more closely: a body that breaks off may hold a complete value all the same; and
when a backend falls silent in the middle of a JSON body, what has come is tried.  Trying
again is worth it only when much more has come, so that drops of bytes cost no more than a
fixed number of attempts and then one per doubling.

Source: KrakenD's behaviour; conformance cases ``errors-network``, ``errors-decoding``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from twisted.internet.defer import CancelledError, Deferred

from gatekeeper.backend.compression import MAX_BYTES, decoded_body
from gatekeeper.backend.status import OnError, is_success
from gatekeeper.component import Runtime
from gatekeeper.encoding.json import first_value
from gatekeeper.errors import DecodeError, TransportError
from gatekeeper.message import JSON, BodyStream, Decoded, Request, Response
from gatekeeper.proxy import Middleware, Proxy

__all__ = ["Decode", "decoding", "reads_first_value", "whole_body"]

Decode: TypeAlias = Callable[[bytes], "dict[str, JSON] | None"]

SILENCE_S = 0.02
"""How long a backend may say nothing before we look at what there is."""

FREE_LOOKS = 8

_WHOLE_ONLY = frozenset({"rss", "string"})
_NOT_JSON = frozenset({"no-op", "rss", "string", "xml"})


def decoding(decode: Decode, encoding: str, failed: OnError, runtime: Runtime) -> Middleware:
    """
    Turn what an exchange gives into data.

    Args:
        decode: Decodes a whole body, and manipulates the data.
        encoding: The backend's; tells when a body is complete.
        failed: Answers for statuses that are no success.

    Raises (from the proxy it makes):
        DecodeError: The body is not what the encoding promises, or too long.
        TransportError: The body broke off, and nothing can be made of what came.
        InvalidStatus, BackendStatusPassed: See `gatekeeper.backend.status`.
    """

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            answer = await inner(request)
            if isinstance(answer, Decoded):  # something on the way had data already
                return answer
            if not is_success(answer.status):
                return await failed(request, answer)
            body = decoded_body(answer)
            if isinstance(body, bytes):
                return Decoded(decode(body))
            return Decoded(await _from_stream(body, decode, encoding.lower(), runtime))

        return proxy

    return middleware


def reads_first_value(encoding: str) -> bool:
    """Tell whether a decoder needs no more than the first JSON value of a body."""
    return encoding not in _NOT_JSON


async def _from_stream(
    stream: BodyStream, decode: Decode, encoding: str, runtime: Runtime
) -> dict[str, JSON] | None:
    looks = reads_first_value(encoding)
    try:
        body, broken = await whole_body(stream, runtime if looks else None)
    finally:
        stream.close()
    if broken is None:
        return decode(body)
    if encoding in _WHOLE_ONLY:
        raise TransportError(str(broken) or "unexpected EOF") from broken
    try:
        return decode(body)
    except DecodeError as error:
        if str(error) == "EOF":
            raise TransportError(str(broken) or "unexpected EOF") from broken
        raise


async def whole_body(
    stream: BodyStream, runtime: Runtime | None
) -> tuple[bytes, ConnectionError | None]:
    """
    Collect a body.

    Args:
        runtime: Lends timers to notice that the backend has fallen silent; None: a
            complete JSON value is no reason to stop.

    Returns:
        What came, and how it broke off, or None.

    Raises:
        DecodeError: It is longer than 16 MiB.
    """
    body = bytearray()
    tries = _Tries()
    try:
        while True:
            if runtime is None:
                piece = await stream.read()
            else:
                piece = await _piece(stream, body, tries, runtime)
            if not piece:
                return bytes(body), None
            body += piece
            if len(body) > MAX_BYTES:
                raise DecodeError(f"response body larger than {MAX_BYTES} bytes")
    except ConnectionError as error:
        return bytes(body), error


class _Tries:
    """When it is worth looking whether a value is complete."""

    def __init__(self) -> None:
        self.made = 0
        self.size = 0

    def complete(self, body: bytearray) -> bool:
        worth = self.made < FREE_LOOKS or len(body) >= 2 * self.size
        if not body or len(body) == self.size or not worth:
            return False
        self.made += 1
        self.size = len(body)
        return first_value(bytes(body))


async def _piece(stream: BodyStream, body: bytearray, tries: _Tries, runtime: Runtime) -> bytes:
    """Read on, or give ``b""`` when nothing comes and there is a complete value already."""
    reading = Deferred.fromCoroutine(stream.read())
    if reading.called and not reading.paused:
        return await reading
    enough = False

    def look() -> None:
        nonlocal enough
        enough = tries.complete(body)
        if enough:
            reading.cancel()

    ticket = runtime.deadlines.start(SILENCE_S, look)
    try:
        return await reading
    except CancelledError:
        if enough:
            return b""
        raise
    finally:
        ticket.stop()
