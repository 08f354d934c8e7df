"""
Carry one request to a backend: the leaf of every pipe.

A request is made into header lines and a target, handed to the HTTP client, and what comes
back is a `BackendAnswer`: the answer as it is, and the URL that gave it.  Errors of the
client become errors of the backend, in the words of Go: ``Get "<url>": <cause>``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from attrs import frozen

from gatekeeper import PRODUCT
from gatekeeper.backend import url
from gatekeeper.backend.compression import unpacked
from gatekeeper.backend.proxies import Route
from gatekeeper.errors import RequestGone, TransportError, UnusableRequest
from gatekeeper.message import Body, Headers, Lines, Request, Response, Streamed
from gatekeeper.proxy import Proxy
from gatekeeper.quoting import quoted
from gatekeeper.wire.client import Answer, ExchangeError, HTTPExchanges, Origin, Running
from gatekeeper.wire.request_head import WrittenLines, writable

__all__ = [
    "AskBackend",
    "BackendAnswer",
    "HeaderLines",
    "Send",
    "asking",
    "exchange",
    "failure",
    "header_lines",
    "sending",
    "written_lines",
]

HeaderLines: TypeAlias = Callable[[Headers], tuple[list[tuple[str, str]], bool]]
"""Gives the lines to send, and whether the gateway itself asks for compression."""

WriteLines: TypeAlias = Callable[[Headers], tuple[Lines, bool]]
"""The same, written already where that is possible."""

Send: TypeAlias = Callable[[Origin, str, str, Lines, Body], Awaitable[Answer]]

AskBackend: TypeAlias = Callable[
    [Origin, str, str, Lines, Body, Callable[[Answer], object], Callable[[BaseException], object]],
    Running,
]
"""The same with callbacks; see `gatekeeper.wire.client.Asks`."""

_NOT_SENT = frozenset({"Content-Length", "Host", "Trailer", "Transfer-Encoding", "User-Agent"})
_REMEMBERED = 1024


@frozen
class BackendAnswer(Streamed):
    """
    What one backend answered.

    Attributes:
        url: Who answered, after redirects; for messages, so without credentials.
    """

    url: str = ""


def exchange(send: Send, method: str, *, compress: bool) -> Proxy:
    """
    Make the proxy that talks to the network: one request, one answer.

    Args:
        send: See `sending`.
        method: What requests usually have; others work as well.
        compress: Ask for gzip, and unpack it, unless the request says what it accepts.

    Raises (from the proxy it makes):
        UnusableRequest: URL or headers cannot be sent.
        TransportError: Connecting, sending or receiving failed.
        RequestGone: The client left while its body was sent on.
    """
    lines_for = {method: header_lines(method, compress=compress)}

    async def proxy(request: Request) -> Response:
        place = url.split(request.url)
        lines_of = lines_for.get(request.method) or header_lines(request.method, compress=compress)
        lines, asked = lines_of(request.headers)
        if place.authorization and "Authorization" not in request.headers:
            lines.append(("Authorization", place.authorization))
        try:
            answer = await send(place.origin, request.method, place.target, lines, request.body)
        except (ConnectionError, ValueError) as error:
            raise failure(request.method, str(place), error) from error
        found = BackendAnswer(
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            length=answer.length,
            url=str(place),
        )
        return unpacked(found) if asked else found

    return proxy


def sending(http: HTTPExchanges, route: Route) -> Send:
    """Give the HTTP client's own function, or one that goes through a proxy."""
    if not route.proxies:
        return http.request

    def through_proxy(
        origin: Origin, method: str, target: str, lines: Lines, body: Body
    ) -> Awaitable[Answer]:
        proxy = route.find(origin)
        if proxy is None:
            return http.request(origin, method, target, lines, body)
        host = ("Host", origin.netloc)
        whole = f"{origin.scheme}://{origin.netloc}{target}"
        return http.request(proxy, method, whole, [host, *lines], body)

    return through_proxy


def asking(http: HTTPExchanges, send: Send) -> AskBackend:
    """Give the HTTP client's own way to ask with callbacks, or one on top of its Deferreds."""
    own: AskBackend | None = getattr(http, "ask", None)
    if own is not None and send == http.request:
        return own

    def ask(  # noqa: PLR0917 - the client's own signature
        origin: Origin,
        method: str,
        target: str,
        lines: Lines,
        body: Body,
        answered: Callable[[Answer], object],
        failed: Callable[[BaseException], object],
    ) -> Running:
        sent: Any = send(origin, method, target, lines, body)
        running: Running = sent.addCallbacks(answered, lambda failure: failed(failure.value))
        return running

    return ask


def header_lines(method: str, *, compress: bool) -> HeaderLines:
    """
    Make a function that writes headers as the original does.

    ``User-Agent`` first, then by name, our own ``Accept-Encoding`` last.  What frames the
    body, and ``Host``, are the HTTP client's.  Which names a request has is nearly always
    the same, so the plan for them is remembered.
    """
    plans: dict[tuple[str, ...], tuple[tuple[str, ...], bool, bool]] = {}
    may_ask = compress and method != "HEAD"

    def plan_for(names: tuple[str, ...]) -> tuple[tuple[str, ...], bool, bool]:
        asks = may_ask and "Accept-Encoding" not in names and "Range" not in names
        plan = tuple(sorted(set(names) - _NOT_SENT)), "User-Agent" in names, asks
        if len(plans) < _REMEMBERED:  # names may come from clients: never an endless table
            plans[names] = plan
        return plan

    def lines_of(headers: Headers) -> tuple[list[tuple[str, str]], bool]:
        names = tuple(headers)
        ordered, named, asks = plans.get(names) or plan_for(names)
        lines = [("User-Agent", _agent(headers) if named else PRODUCT)]
        for name in ordered:
            lines += [(name, value) for value in headers[name]]
        if asks:
            lines.append(("Accept-Encoding", "gzip"))
        if not lines[0][1]:
            del lines[0]
        return lines, asks

    return lines_of


def written_lines(method: str, *, compress: bool) -> WriteLines:
    """
    Make a function that gives the same as `header_lines`, as one text.

    It has the text's form for each set of names that it has seen.  Repeated and empty
    values, and names that mean something to the connection, are left to `header_lines`.
    """
    lines_of = header_lines(method, compress=compress)
    plans: dict[tuple[str, ...], _Plan] = {}

    def plan_for(names: tuple[str, ...]) -> _Plan:
        lines, asks = lines_of(dict.fromkeys(names, ("%s",)))
        ordered = tuple(name for name, value in lines if value == "%s")
        plan = None
        if all(writable(name) and "%" not in name for name, _ in lines):
            form = "".join(f"{name}: {value}\r\n" for name, value in lines)
            plan = _Plan(ordered, form, len(lines), asks)
        plan = plan or _Plan((), "", 0, asks)
        if len(plans) < _REMEMBERED:
            plans[names] = plan
        return plan

    def written(headers: Headers) -> tuple[Lines, bool]:
        names = tuple(headers)
        plan = plans.get(names) or plan_for(names)
        ordered, form, lines, asks = plan
        try:
            values = [value for (value,) in map(headers.__getitem__, ordered)]
        except ValueError:  # not one value each
            return lines_of(headers)
        if "" in values or not form:
            return lines_of(headers)
        return WrittenLines(form % tuple(values), lines), asks

    return written


class _Plan(NamedTuple):
    """
    How headers with certain names are written.

    Attributes:
        names: In the order of the lines.
        form: The lines, with ``%s`` for values; "" when it must be done by hand.
        lines: How many that is.
        asks: Whether the gateway itself asks for compression.
    """

    names: tuple[str, ...]
    form: str
    lines: int
    asks: bool


def failure(method: str, place: str, error: Exception) -> Exception:
    """Translate an error of the HTTP client."""
    text = f"{url.operation(method)} {quoted(place)}: {error}"
    if isinstance(error, ExchangeError):
        return TransportError(text)
    if isinstance(error, ConnectionError):  # from the client's body, which is sent on
        return RequestGone("the client left before its body was complete")
    return UnusableRequest(text)


def _agent(headers: Headers) -> str:
    """Give the client's name; an empty one is not sent at all (as in the original)."""
    values = headers["User-Agent"]
    return values[0] if values else ""
