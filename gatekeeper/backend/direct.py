"""
One coroutine for the usual backend: no component between the gateway and the network.

It does what the stages of `gatekeeper.backend.pipe` do, without a request or a response of
its own in between.  Whatever is not usual is handed to them: a parameter that needs
encoding goes to the whole pipe before anything is sent, an answer that is a redirect, an
error, a stream or compressed goes to its tail.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from attrs import evolve

from gatekeeper.backend.balance import Pick
from gatekeeper.backend.build_request import plain_target
from gatekeeper.backend.compression import content_encoding, unpacked
from gatekeeper.backend.decode import Decode
from gatekeeper.backend.exchange import BackendAnswer, Send, failure, header_lines
from gatekeeper.backend.header_filter import keep_headers
from gatekeeper.backend.noop import relayed
from gatekeeper.backend.query_filter import keep_query
from gatekeeper.backend.redirects import STATUSES
from gatekeeper.backend.status import is_success
from gatekeeper.backend.url import encoded_query, with_query
from gatekeeper.config.model import Backend
from gatekeeper.message import Decoded, Request, Response, Streamed
from gatekeeper.proxy import Proxy

__all__ = ["Tail", "direct"]

Tail: TypeAlias = Callable[[Request, Streamed], Coroutine[Any, Any, Response]]
"""Goes on after the first answer to a request that has its URL."""


def direct(
    backend: Backend,
    send: Send,
    pick: Pick,
    decode: Decode | None,
    *,
    compress: bool,
    definition: Proxy,
    tail: Tail,
) -> Proxy:
    """
    Make the short way.

    Args:
        decode: Makes data of a body; None lets answers pass (``no-op``).
        compress: Ask for gzip.
        definition: The whole pipe in stages.
        tail: What its stages do from the first answer on.
    """
    method = backend.method
    target_of = plain_target(backend.url_pattern)
    lines_of = header_lines(method, compress=compress)
    query_of = keep_query(backend.input_query_strings) if backend.input_query_strings else None
    headers_of = keep_headers(backend.input_headers) if backend.input_headers else None

    async def proxy(request: Request) -> Response:
        target = target_of(request.params)
        chosen = pick()
        if target is None or chosen.origin is None:
            return await definition(request)
        query = request.query
        if query:
            target = with_query(target, encoded_query(query_of(query) if query_of else query))
        target = chosen.prefix + target
        headers = headers_of(request.headers) if headers_of else request.headers
        lines, asked = lines_of(headers)
        try:
            answer = await send(chosen.origin, method, target, lines, request.body)
        except (ConnectionError, ValueError) as error:
            raise failure(method, chosen.base + target, error) from error
        status, body = answer.status, answer.body
        if decode is None:
            if status not in STATUSES and not (asked and content_encoding(answer.headers)):
                return relayed(method, status, answer.headers, body, answer.length)
        elif (
            is_success(status) and isinstance(body, bytes) and not content_encoding(answer.headers)
        ):
            return Decoded(decode(body))
        url = chosen.base + target
        found = BackendAnswer(status, answer.headers, body, answer.length, url=url)
        aimed = evolve(request, method=method, headers=headers, url=url)
        return await tail(aimed, unpacked(found) if asked else found)

    return proxy
