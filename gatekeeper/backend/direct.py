"""
The short way to the usual backend: no component between the gateway and the network.

It does what the stages of `gatekeeper.backend.pipe` do, without a request or a response of
its own in between, and it can be asked without a coroutine (`gatekeeper.asking`).  Whatever
is not usual is handed to the stages: a parameter that needs encoding goes to the whole pipe
before anything is sent, an answer that is a redirect, an error, a stream or compressed goes
to its tail.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeAlias

from attrs import evolve

from gatekeeper.asking import NOTHING, Answered, Failed, Running, Work
from gatekeeper.backend.balance import Host, Pick
from gatekeeper.backend.build_request import plain_target
from gatekeeper.backend.compression import content_encoding, unpacked
from gatekeeper.backend.decode import Decode
from gatekeeper.backend.exchange import AskBackend, BackendAnswer, Send, failure, written_lines
from gatekeeper.backend.header_filter import keep_headers
from gatekeeper.backend.noop import relayed
from gatekeeper.backend.query_filter import keep_query
from gatekeeper.backend.redirects import STATUSES
from gatekeeper.backend.url import encoded_query, with_query
from gatekeeper.config.model import Backend
from gatekeeper.message import Decoded, Headers, Lines, Request, Response, Streamed
from gatekeeper.proxy import Proxy
from gatekeeper.wire.client import Answer

__all__ = ["Direct", "Tail", "direct"]

Tail: TypeAlias = Callable[[Request, Streamed], Coroutine[Any, Any, Response]]
"""Goes on after the first answer to a request that has its URL."""


class _Aim(NamedTuple):
    """
    A request on its way to a host.

    Attributes:
        target: For the request line.
        headers: What the backend may see.
        lines: The same as header lines.
        compress: Whether we asked for gzip.
    """

    chosen: Host
    target: str
    headers: Headers
    lines: Lines
    compress: bool


_Aiming: TypeAlias = Callable[[Request], "_Aim | None"]
_Reading: TypeAlias = Callable[["_Aim", Answer], "Response | None"]


def direct(
    backend: Backend,
    send: Send,
    ask: AskBackend,
    pick: Pick,
    decode: Decode | None,
    *,
    compress: bool,
    definition: Proxy,
    tail: Tail,
) -> Direct:
    """
    Make the short way.

    Args:
        decode: Makes data of a body; None lets answers pass (``no-op``).
        compress: Ask for gzip.
        definition: The whole pipe in stages.
        tail: What its stages do from the first answer on.
    """
    method = backend.method
    aim = _aiming(backend, pick, compress=compress)
    read = _passing(method) if decode is None else _decoding(decode)
    return Direct(method, aim, send, ask, read, definition, tail)


class Direct:
    """A proxy, and a way to ask it; see `gatekeeper.asking`."""

    __slots__ = ("_aim", "_ask", "_definition", "_method", "_send", "_tail", "read")

    def __init__(  # noqa: PLR0917 - the steps, in their order
        self,
        method: str,
        aim: _Aiming,
        send: Send,
        ask: AskBackend,
        read: _Reading,
        definition: Proxy,
        tail: Tail,
    ) -> None:
        self._method = method
        self._aim = aim
        self._send = send
        self._ask = ask
        self.read = read
        self._definition = definition
        self._tail = tail

    async def __call__(self, request: Request) -> Response:
        """Do it as a proxy."""
        aim = self._aim(request)
        if aim is None:
            return await self._definition(request)
        origin: Any = aim.chosen.origin
        try:
            answer = await self._send(origin, self._method, aim.target, aim.lines, request.body)
        except (ConnectionError, ValueError) as error:
            raise self.failure(aim, error) from error
        response = self.read(aim, answer)
        return await self.go_on(request, aim, answer) if response is None else response

    def ask(self, request: Request, answered: Answered, failed: Failed) -> Running:
        """Do it with callbacks."""
        try:
            aim = self._aim(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, who asked is told
            failed(error)
            return NOTHING
        if aim is None:
            return Work(self._definition(request), answered, failed)

        asking = _Asking(self, request, aim, answered, failed)
        chosen, target, _, lines, _ = aim
        origin: Any = chosen.origin
        body, method = request.body, self._method
        running = self._ask(origin, method, target, lines, body, asking.came, asking.lost)
        if asking.running is None:  # otherwise there is a second step already
            asking.running = running
        return asking

    async def go_on(self, request: Request, aim: _Aim, answer: Answer) -> Response:
        """Let the stages read an answer that is not usual."""
        url = aim.chosen.base + aim.target
        found = BackendAnswer(answer.status, answer.headers, answer.body, answer.length, url=url)
        aimed = evolve(request, method=self._method, headers=aim.headers, url=url)
        return await self._tail(aimed, unpacked(found) if aim.compress else found)

    def failure(self, aim: _Aim, error: Exception) -> Exception:
        """Say what failed, in the original's words."""
        return failure(self._method, aim.chosen.base + aim.target, error)


class _Asking:
    """
    A request whose answer somebody waits for.

    Attributes:
        running: The exchange, or what reads an answer that is not usual.
    """

    __slots__ = ("_aim", "_answered", "_direct", "_failed", "_request", "running")

    def __init__(
        self, direct: Direct, request: Request, aim: _Aim, answered: Answered, failed: Failed
    ) -> None:
        self._direct = direct
        self._request = request
        self._aim = aim
        self._answered = answered
        self._failed = failed
        self.running: Running | None = None

    def cancel(self) -> None:
        """Give up."""
        if self.running is not None:
            self.running.cancel()

    def came(self, answer: Answer) -> None:
        """Read the answer, or have it read."""
        direct, aim, self.running = self._direct, self._aim, None
        try:
            response = direct.read(aim, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, who asked is told
            self._failed(error)
            return
        if response is None:
            work = direct.go_on(self._request, aim, answer)
            self.running = Work(work, self._answered, self._failed)
        else:
            self._answered(response)

    def lost(self, error: BaseException) -> None:
        """Say why there is no answer."""
        if isinstance(error, (ConnectionError, ValueError)):
            cause, error = error, self._direct.failure(self._aim, error)
            error.__cause__ = cause
        self._failed(error)


def _aiming(backend: Backend, pick: Pick, *, compress: bool) -> _Aiming:
    """Make what turns a request into what is sent; None is left to the stages."""
    target_of = plain_target(backend.url_pattern)
    lines_of = written_lines(backend.method, compress=compress)
    query_of = keep_query(backend.input_query_strings) if backend.input_query_strings else None
    headers_of = keep_headers(backend.input_headers) if backend.input_headers else None

    def aim(request: Request) -> _Aim | None:
        target = target_of(request.params)
        chosen = pick()
        if target is None or chosen.origin is None:
            return None
        query = request.query
        if query:
            target = with_query(target, encoded_query(query_of(query) if query_of else query))
        headers = headers_of(request.headers) if headers_of else request.headers
        return _Aim(chosen, chosen.prefix + target, headers, *lines_of(headers))

    return aim


def _decoding(decode: Decode) -> _Reading:
    """Make what turns a usual answer into data; others give None."""

    def read(aim: _Aim, answer: Answer) -> Response | None:  # noqa: ARG001 - one signature
        body = answer.body
        if (
            answer.status in (200, 201)
            and type(body) is bytes
            and not (answer.encoded and content_encoding(answer.headers))
        ):
            return Decoded(decode(body))
        return None

    return read


def _passing(method: str) -> _Reading:
    """Make what lets a usual answer pass; others give None."""

    def read(aim: _Aim, answer: Answer) -> Response | None:
        headers = answer.headers
        packed = aim.compress and answer.encoded and content_encoding(headers)
        if packed or answer.status in STATUSES:
            return None
        return relayed(method, answer.status, headers, answer.body, answer.length)

    return read
