"""
Decide what an answer's status means: only 200 and 201 are a success.

Anything else is an error, and the backend's settings choose which: one that hides all but
the status (the default), one that passes status and body on, or none at all, where the
error becomes a part of the data.  ``no-op`` never comes here.

Source: KrakenD documentation, "Status codes" and "Detailed errors"; conformance cases
``errors-status``, ``errors-return-code``, ``errors-return-details``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from gatekeeper.backend.compression import MAX_BYTES
from gatekeeper.backend.exchange import BackendAnswer
from gatekeeper.body import drop, read_body
from gatekeeper.components.backend.http import HTTPOptions
from gatekeeper.config.model import Backend
from gatekeeper.encoding.ordered import Ordered
from gatekeeper.errors import BackendStatusPassed, BodyTooLarge, InvalidStatus
from gatekeeper.message import JSON, Decoded, Lines, Request, Streamed

__all__ = ["OnError", "is_success", "on_error"]

OnError: TypeAlias = Callable[[Request, Streamed], Awaitable[Decoded]]
"""Takes an answer that is no success; the answer's body is read or closed."""


def is_success(status: int) -> bool:
    """Tell whether a backend did what it was asked for."""
    return status in {200, 201}


def on_error(backend: Backend, options: HTTPOptions, version: int) -> OnError:
    """
    Make what answers for a failed backend.

    Args:
        version: Of the configuration; details of version 2 do not tell the content type.

    Raises (from the function it makes):
        InvalidStatus: Only the status is told.
        BackendStatusPassed: Status, body and type may reach the client.
    """
    if options.error_alias:
        return _details(options.error_alias, version)
    if options.error_code:
        return _passed
    return _hidden(backend)


def _details(alias: str, version: int) -> OnError:
    name = f"error_{alias}"

    async def details(_: Request, answer: Streamed) -> Decoded:
        found: dict[str, JSON] = {"http_status_code": answer.status}
        body = await _body(answer)
        kind = _content_type(answer.headers)
        if body:
            found["http_body"] = body.decode("utf-8", "replace")
        if kind and version > 2:
            found["http_body_encoding"] = kind
        return Decoded(data={name: Ordered(found)}, complete=False)

    return details


async def _passed(_: Request, answer: Streamed) -> Decoded:
    body = await _body(answer)
    text = body.decode("utf-8", "surrogateescape")
    raise BackendStatusPassed(answer.status, text, _content_type(answer.headers))


def _hidden(backend: Backend) -> OnError:
    asked = f"[{backend.method} {backend.url_pattern}]"

    async def hidden(request: Request, answer: Streamed) -> Decoded:
        drop(answer)
        url = answer.url if isinstance(answer, BackendAnswer) else request.url
        raise InvalidStatus(f"invalid status code {answer.status} {asked}: {url}")

    return hidden


async def _body(answer: Streamed) -> bytes:
    """Read what explains the error; a broken or endless one is no explanation."""
    try:
        return await read_body(answer.body, MAX_BYTES)
    except (ConnectionError, BodyTooLarge):
        return b""


def _content_type(headers: Lines) -> str:
    for name, value in headers:
        if name.lower() == "content-type":
            return value
    return ""
