"""
Run one request: from the function that a route calls to the last byte, log line and count.

A request has one piece of work that is running: a Deferred, with a coroutine behind it or
without.  When the client goes, or the time is over, that is cancelled, and with it everything
that it waits for.  Nothing that goes wrong in a request leaves here as an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from attrs import frozen
from twisted.internet.defer import CancelledError

from gatekeeper.asking import Running, Work
from gatekeeper.component import Runtime
from gatekeeper.errors import DeadlineExceeded, RequestGone
from gatekeeper.message import Reply
from gatekeeper.web.access_log import AccessLog
from gatekeeper.web.client_ip import ClientIP
from gatekeeper.web.counters import Counters
from gatekeeper.web.nodes import Serve
from gatekeeper.web.write import StreamCut
from gatekeeper.wire.deadlines import Ticket
from gatekeeper.wire.exchange import Exchange

__all__ = ["Answer", "Begin", "Call", "Finish", "by_coroutine", "finisher", "server"]


class Call:
    """
    One request while it is answered.

    Attributes:
        path: Decoded.
        query: As sent, without question mark.
        values: What the route captured.
        is_gone: Whether the client left.
        is_late: Whether the time was over.
        is_over: Whether it has been answered, or given up.
        running: What is cancelled when the client leaves or the time is over.
        ticket: Stopped when the call ends.
    """

    __slots__ = (
        "_route",
        "exchange",
        "is_gone",
        "is_late",
        "is_over",
        "path",
        "query",
        "running",
        "started",
        "ticket",
        "values",
    )

    def __init__(
        self,
        route: _Route | None,
        exchange: Exchange,
        path: str,
        query: str,
        values: Sequence[str] = (),
    ) -> None:
        self._route = route
        self.exchange = exchange
        self.path = path
        self.query = query
        self.values = values
        self.is_gone = self.is_late = self.is_over = False
        self.running: Running | None = None
        self.started = 0.0
        self.ticket: Ticket | None = None

    def leave(self) -> None:
        """End the work: the client is gone."""
        self.is_gone = True
        if self.running is not None:
            self.running.cancel()

    def expire(self) -> None:
        """End the work: the endpoint's time is over."""
        self.is_late = True
        if self.running is not None:
            self.running.cancel()

    def end(self, status: int, errors: Sequence[str] = ()) -> None:
        """Count and log; the exchange has been answered, or aborted."""
        route, ticket = self._route, self.ticket
        assert route is not None
        self.is_over = True
        self.running = self.ticket = None  # nothing may keep us, and what we hold, alive
        self.exchange.gone = None
        if ticket is not None:
            ticket.stop()
        route.counters.in_flight -= 1
        route.finish(self, status, errors)

    def fail(self, error: BaseException) -> None:
        """Give the client an error, or at least an end, whatever went wrong."""
        assert self._route is not None
        self.end(*_recover(self, error, self._route.failed))


@frozen
class _Route:
    """What the calls of one route have in common."""

    finish: Finish
    failed: Callable[[Exception], Reply]
    counters: Counters


Answer: TypeAlias = Callable[[Call], Coroutine[Any, Any, tuple[int, Sequence[str]]]]
"""Answers the exchange of a call; gives the status and texts for the access log."""

Begin: TypeAlias = Callable[[Call], Running | None]
"""
Starts what answers the exchange of a call, and ends or fails that call in the end.

None when nothing is left to do: it has ended.
"""

Finish: TypeAlias = Callable[[Call, int, Sequence[str]], None]
"""Counts a call that has ended and writes its line in the access log."""

_GONE = ("context canceled",)


def by_coroutine(answer: Answer) -> Begin:
    """Start an answer that is a coroutine."""

    def begin(call: Call) -> Running:
        return Work(answer(call), lambda end: call.end(*end), call.fail)

    return begin


def server(
    begin: Begin,
    failed: Callable[[Exception], Reply],
    finish: Finish,
    runtime: Runtime,
    counters: Counters,
    *,
    is_timed: bool = True,
) -> Serve:
    """
    Make what a route calls.

    Args:
        is_timed: Whether `finish` wants to know how long it took.
        failed: Makes a reply of an exception; the last resort.
    """
    seconds: Callable[[], float] = runtime.clock.seconds
    route = _Route(finish, failed, counters)

    def serve(exchange: Exchange, path: str, query: str, values: Sequence[str]) -> None:
        call = Call(route, exchange, path, query, values)
        if is_timed:
            call.started = seconds()
        counters.in_flight += 1
        try:
            running = begin(call)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            call.fail(error)
        if call.is_over:
            return
        if call.running is None:  # otherwise it has come to a second step already
            call.running = running
        exchange.gone = call.leave

    return serve


def finisher(
    row: list[int],
    runtime: Runtime,
    client_ip: ClientIP,
    access_log: AccessLog | None,
    quiet: frozenset[str],
) -> Finish:
    """
    Make what is done when a call has ended.

    Args:
        row: Counts by the first digit of the status.
        access_log: None when nobody wants it: then it costs nothing.
        quiet: Decoded paths that are not logged.
    """

    def count(call: Call, status: int, errors: Sequence[str]) -> None:  # noqa: ARG001
        row[0 if call.is_gone else status // 100 % 10] += 1

    if access_log is None:
        return count
    seconds: Callable[[], float] = runtime.clock.seconds

    def log(call: Call, status: int, errors: Sequence[str]) -> None:
        count(call, status, errors)
        if call.path not in quiet:
            exchange = call.exchange
            access_log.line(
                status,
                seconds() - call.started,
                client_ip(exchange.headers, exchange.peer),
                exchange.method,
                call.path,
                call.query,
                errors,
            )

    return log


def _recover(
    call: Call, error: BaseException, failed: Callable[[Exception], Reply]
) -> tuple[int, Sequence[str]]:
    exchange = call.exchange
    if call.is_gone or isinstance(error, RequestGone):
        exchange.abort()
        return 500, _GONE
    if isinstance(error, StreamCut):
        return error.status, (str(DeadlineExceeded()) if call.is_late else str(error),)
    if isinstance(error, CancelledError) and call.is_late:
        error = DeadlineExceeded()
    reply = failed(error)  # type: ignore[arg-type]  # what is no `Exception` ends the process
    try:
        assert isinstance(reply.body, bytes)
        exchange.respond(reply.status, reply.headers, reply.body)
    except Exception:  # noqa: BLE001 - it was answered in part: nothing better can be said
        exchange.abort()
    return reply.status, reply.errors
