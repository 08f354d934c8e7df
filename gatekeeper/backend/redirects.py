"""
Follow redirects of backends: at most ten requests for one.

===========  ======================  ===========================================
status       request without a body  request with a body
===========  ======================  ===========================================
301 302 303  GET and HEAD stay,      becomes GET, the body is dropped
             others become GET
307 308      the same method         only when the body may be sent again
===========  ======================  ===========================================

Credentials go only to the origin that they were meant for (deviation 10 of the core): once
a redirect has left it they are dropped, and do not come back.

Source: KrakenD documentation, "Redirects"; conformance case ``redirects``.
"""

from __future__ import annotations

from urllib.parse import urljoin

from attrs import evolve

from gatekeeper.backend import url
from gatekeeper.body import drop, whole
from gatekeeper.errors import TransportError, UnusableRequest
from gatekeeper.message import Request, Response, Streamed
from gatekeeper.proxy import Middleware, Proxy
from gatekeeper.quoting import quoted

__all__ = ["MAX_REQUESTS", "STATUSES", "follow", "location", "redirects"]

MAX_REQUESTS = 10

_BECOMES_GET = frozenset({301, 302, 303})
_SAME_AGAIN = frozenset({307, 308})
STATUSES = _BECOMES_GET | _SAME_AGAIN
_CREDENTIALS = (
    "Authorization",
    "Cookie",
    "Cookie2",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Www-Authenticate",
)


def redirects(*, send_body: bool) -> Middleware:
    """
    Follow redirects around an exchange.

    Args:
        send_body: Keep bodies in memory, so that 307 and 308 can be followed with them.

    Raises (from the proxy it makes):
        TransportError: Ten requests, and still a redirect; or one that leads nowhere.
    """

    def middleware(inner: Proxy) -> Proxy:
        async def proxy(request: Request) -> Response:
            first = await whole(request) if send_body else request
            return await follow(first, await inner(first), inner, send_body=send_body)

        return proxy

    return middleware


def location(answer: Streamed) -> str:
    """Give where an answer redirects to, or "" when it is an ordinary one."""
    if answer.status in STATUSES:
        for name, value in answer.headers:
            if name.lower() == "location":
                return value
    return ""


async def follow(
    request: Request, answer: Response, exchange: Proxy, *, send_body: bool
) -> Response:
    """
    Go on from a first answer until one is no redirect.

    Raises:
        TransportError: See `redirects`.
    """
    first, made = request, 1
    while isinstance(answer, Streamed) and (target := location(answer)):
        if answer.status in _SAME_AGAIN and request.body != b"" and not send_body:
            return answer
        drop(answer)
        if made == MAX_REQUESTS:
            raise _failed(first, target, f"stopped after {MAX_REQUESTS} redirects")
        request = _next_request(first, request, answer.status, target)
        answer = await exchange(request)
        made += 1
    return answer


def _next_request(first: Request, last: Request, status: int, target: str) -> Request:
    here = url.split(last.url)
    try:
        there = url.parse(urljoin(str(here), _as_text(target)))
    except (UnusableRequest, ValueError) as error:
        raise _failed(first, target, "the redirect leads nowhere") from error
    headers = dict(last.headers)
    if there.origin != here.origin:
        for name in _CREDENTIALS:
            headers.pop(name, None)
    elif here.authorization:
        headers.setdefault("Authorization", [here.authorization])
    if here.origin.scheme == "https" and there.origin.scheme == "http":
        headers.pop("Referer", None)
    elif "Referer" not in first.headers:
        headers["Referer"] = [str(here)]
    if status in _SAME_AGAIN:
        return evolve(last, headers=headers, url=str(there))
    method = "HEAD" if last.method == "HEAD" else "GET"
    return evolve(last, method=method, headers=headers, body=b"", url=str(there))


def _failed(first: Request, target: str, reason: str) -> TransportError:
    """Name what was asked first and what was to come next, as the original does."""
    return TransportError(f"{url.operation(first.method)} {quoted(target)}: {reason}")


def _as_text(target: str) -> str:
    """Read the bytes of a header as UTF-8, as far as they are."""
    return target.encode("latin-1", "replace").decode("utf-8", "surrogateescape")
