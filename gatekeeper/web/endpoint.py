"""
Answer the clients of one endpoint.

There are two ways through an endpoint, with the same outcome:

- *plain*: no component wraps the handler; there may be gates in front of it.  The exchange
  becomes a `Request` directly, and the response is written directly: no value is made that
  nobody would look at, and no coroutine unless the pipe has one, a gate waits, or the answer
  is a stream.
- *wrapped*: the handler is a function from a `ClientRequest` to a `Reply`, as components
  see it.

Either way the endpoint's ``timeout`` covers the pipe and, for answers that pass through,
the streaming of the body, but not what gates wait for.  A negative one is over before
anything begins.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from gatekeeper.asking import Running, asker
from gatekeeper.component import Runtime
from gatekeeper.config.model import Endpoint
from gatekeeper.errors import BackendError, DeadlineExceeded, Refused
from gatekeeper.gate import Gate
from gatekeeper.message import ClientRequest, Decoded, Reply, Request, Response
from gatekeeper.proxy import Handler, Proxy, Wrapper
from gatekeeper.web.call import Begin, Call, by_coroutine
from gatekeeper.web.client_ip import ClientIP
from gatekeeper.web.deadline import Deadline, TimedBody
from gatekeeper.web.gates import Visit, gated
from gatekeeper.web.query import keep_query
from gatekeeper.web.read import capitalised, keep_headers, read_request
from gatekeeper.web.respond import Respond, refusal
from gatekeeper.web.write import write, write_whole

__all__ = ["EndpointAnswers"]


@frozen
class EndpointAnswers:
    """
    What makes an endpoint's answers.

    Attributes:
        names: Of the route's parameters, as the configuration spells them.
    """

    endpoint: Endpoint
    pipe: Proxy
    respond: Respond
    runtime: Runtime
    client_ip: ClientIP
    names: Sequence[str] = ()

    def plain(self, gates: Sequence[Gate] = ()) -> Begin:
        """
        Make the short way.

        Args:
            gates: In front of it, outermost first.
        """
        ask, respond, client_ip = asker(self._pipe()), self.respond, self.client_ip
        names = tuple(capitalised(dict.fromkeys(self.names, "")))
        headers_of = keep_headers(self.endpoint.input_headers)
        query_of = keep_query(self.endpoint.input_query_strings)
        method, timeout_s = self.endpoint.method, max(0.0, self.endpoint.timeout_s)
        start = self.runtime.deadlines.start

        def begin(call: Call, visit: Visit | None = None) -> Running:
            exchange = call.exchange
            headers = exchange.headers if visit is None else visit.headers
            if visit is not None and visit.changed is not None:
                params = capitalised(visit.changed)
            else:
                params = dict(zip(names, call.values, strict=True)) if names else {}

            def answered(response: Response) -> None:
                try:
                    _answer(call, response, respond, respond.accept(headers))
                except Exception as error:  # noqa: BLE001 - the client gets an answer
                    call.fail(error)

            request = Request(
                method,
                call.path,
                params,
                query_of(call.query) if query_of is not None and call.query else {},
                headers_of(headers, exchange.host, client_ip(exchange.headers, exchange.peer)),
                exchange.body,
            )
            running = ask(request, answered, call.fail)
            if not call.is_over:
                call.ticket = start(timeout_s, call.expire)
            return running

        return gated(gates, begin, self.names, client_ip) if gates else begin

    def wrapped(self, wrappers: Sequence[Wrapper]) -> Begin:
        """
        Make the way through components.

        Args:
            wrappers: Outermost first.
        """
        handle = self.handler()
        for wrapper in reversed(wrappers):
            handle = wrapper(handle)

        async def answer(call: Call) -> tuple[int, Sequence[str]]:
            try:
                reply = await handle(self._client_request(call))
            except Refused as error:
                reply = refusal(error)
            await write(call.exchange, reply)
            return reply.status, reply.errors

        return by_coroutine(answer)

    def handler(self) -> Handler:
        """Make the endpoint's own handler, which components wrap."""
        ask, respond = asker(self._pipe()), self.respond
        read = read_request(self.endpoint)
        deadlines, timeout_s = self.runtime.deadlines, max(0.0, self.endpoint.timeout_s)

        async def handle(client: ClientRequest) -> Reply:
            deadline = Deadline(deadlines, timeout_s)
            try:
                response: Response = await deadline.ask(ask, read(client))
                reply = respond.reply(response, respond.accept(client.headers))
            except (BackendError, Refused) as error:
                deadline.stop()
                return respond.failed(error)
            except BaseException:  # also when we are cancelled
                deadline.stop()
                raise
            if isinstance(reply.body, bytes):
                deadline.stop()
                return reply
            return evolve(reply, body=TimedBody(reply.body, deadline))

        return handle

    def _client_request(self, call: Call) -> ClientRequest:
        exchange = call.exchange
        return ClientRequest(
            method=exchange.method,
            target=exchange.target,
            path=call.path,
            query=call.query,
            version=exchange.version,
            headers=exchange.headers,
            host=exchange.host,
            peer=exchange.peer,
            secure=exchange.secure,
            body=exchange.body,
            params=dict(zip(self.names, call.values, strict=True)),
            client_ip=self.client_ip(exchange.headers, exchange.peer),
            certificate=exchange.certificate,
        )

    def _pipe(self) -> Proxy:
        return _too_late if self.endpoint.timeout_s <= 0 else self.pipe


def _answer(call: Call, response: Response, respond: Respond, accept: str) -> None:
    """Write a response; a stream becomes the second step of the call."""
    exchange = call.exchange
    if type(response) is Decoded and response.error is None:
        status, lines, body = respond.decoded(response, accept)
        exchange.respond(status, lines, body)
        call.end(status)
        return
    reply = respond.reply(response, accept)
    if isinstance(reply.body, bytes):
        write_whole(exchange, reply, reply.body)
        call.end(reply.status, reply.errors)
        return

    async def sent(call: Call) -> tuple[int, Sequence[str]]:
        await write(call.exchange, reply)
        return reply.status, reply.errors

    running = by_coroutine(sent)(call)
    if not call.is_over:
        call.running = running


async def _too_late(request: Request) -> Response:  # noqa: ARG001 - a proxy
    """Be over at once."""
    raise DeadlineExceeded
