"""
The gateway as one thing that answers requests.

`Gateway.application` is what the wire calls.  `Gateway.resource` is the same for a stock
`twisted.web.server.Site`: as its root, or below another resource.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from gatekeeper.component import Runtime
from gatekeeper.config.model import Endpoint, ServiceConfig
from gatekeeper.encoding.renderers import renderer
from gatekeeper.errors import Problem, RouteConflict
from gatekeeper.message import Reply
from gatekeeper.pipeline import Around, Guards, Route
from gatekeeper.proxy import Proxy
from gatekeeper.web import debug, echo
from gatekeeper.web.access_log import AccessLog, WriteLine
from gatekeeper.web.call import Answer, Begin, Call, by_coroutine, finisher, server
from gatekeeper.web.client_ip import client_ip
from gatekeeper.web.counters import Counters
from gatekeeper.web.dispatch import Dispatch
from gatekeeper.web.endpoint import EndpointAnswers
from gatekeeper.web.errors import Plain, not_allowed, not_found
from gatekeeper.web.guards import guarded
from gatekeeper.web.health import Health
from gatekeeper.web.nodes import Serve
from gatekeeper.web.options import NAMESPACE, RouterOptions
from gatekeeper.web.respond import Respond, crashed, product
from gatekeeper.web.stock import GatewayResource
from gatekeeper.web.tree import Conflict, Tree, names_of
from gatekeeper.wire.exchange import Exchange

__all__ = ["Gateway"]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
"""What endpoints can be served with."""


class Gateway:
    """
    All routes of a configuration.

    Attributes:
        application: Answers an exchange; for the wire.
        resource: Answers `twisted.web` requests; for a stock site.
        trees: The routes by method, in the order in which ``Allow`` lists them.
        counters: What was answered.
        health: Asynchronous agents tell it that they are alive.
    """

    def __init__(
        self,
        service: ServiceConfig,
        endpoints: Sequence[Route],
        runtime: Runtime,
        access_log: WriteLine | None = None,
        *,
        guards: Guards | None = None,
        now: Callable[[], float] = time.time,
        counters: Counters | None = None,
    ) -> None:
        """
        Build the trees.

        Args:
            endpoints: In the order of the file, with their pipe and what stands around
                their handler.
            access_log: Takes the access log's lines; None: nobody wants them.
            guards: What looks at requests before endpoints do.
            now: Seconds since the epoch, for what people read.
            counters: Where to count; None: where nobody else sees it.

        Raises:
            RouteConflict: With every endpoint that cannot live with the others.
        """
        settings = service.extra_config.get(NAMESPACE)
        self._service = service
        self._runtime = runtime
        self._options = RouterOptions.read(settings, runtime.log.warning)
        self._product = product(self._options)
        self._client_ip = client_ip(self._options)
        self._log = (
            None
            if access_log is None or self._options.disable_access_log
            else AccessLog(access_log, service.version, now)
        )
        self._guards = guards or Guards()
        self._problems: list[Problem] = []
        self.trees: dict[str, Tree] = {}
        self.counters = counters or Counters(len(endpoints))
        self.health = Health(service.version, now)
        self._respond = self._plain_answer()
        self._add_pages("" if settings is None else f"{settings.pointer}/health_path")
        for index, (endpoint, pipe, around) in enumerate(endpoints):
            self._add_endpoint(index, endpoint, pipe, around)
        if self._options.auto_options:
            self._add_options([endpoint for endpoint, _, _ in endpoints])
        if self._problems:
            raise RouteConflict(self._problems)
        dispatch = Dispatch(
            trees=self.trees,
            options=self._options,
            respond=self._respond,
            respond_unknown=guarded(
                self._respond, self._guards.router, self._refuse, self._page_failed
            ),
            not_found=not_found(self._options, service.version, self._product),
            not_allowed=self._not_allowed,
        )
        edge = (self._guards.edge, _end, self._page_failed)
        self.application = guarded(dispatch.application(), *edge)
        self.resource = GatewayResource(guarded(dispatch.general, *edge))

    # routes

    def _add(self, method: str, path: str, serve: Serve, pointer: str) -> None:
        tree = self.trees.setdefault(method, Tree())
        try:
            tree.add(path, serve)
        except Conflict as conflict:
            self._problems.append(Problem(str(conflict), pointer))

    def _add_pages(self, health_pointer: str) -> None:
        if not self._options.disable_health:
            page = self._page(self.health.page)
            self._add("GET", self._options.health_path, page, health_pointer)
        if self._service.debug_endpoint:
            self._add_everywhere(debug.PATH, debug.debug(self._runtime.log), "/debug_endpoint")
        if self._service.echo_endpoint:
            self._add_everywhere(echo.PATH, echo.echo, "/echo_endpoint")

    def _add_everywhere(self, path: str, answer: Answer, pointer: str) -> None:
        serve = self._served(by_coroutine(answer), self.counters.others, self._page_failed)
        for method in debug.METHODS:
            self._add(method, path, self._guarded(serve), pointer)

    def _add_endpoint(self, index: int, endpoint: Endpoint, pipe: Proxy, around: Around) -> None:
        log = self._runtime.log
        if endpoint.method not in METHODS:
            log.error(f"[ENDPOINT: {endpoint.path}] Unsupported method {endpoint.method}")
            return
        render = renderer(endpoint.output_encoding, endpoint.backends)
        answers = EndpointAnswers(
            endpoint=endpoint,
            pipe=pipe,
            respond=Respond.compile(endpoint, render, self._options, log),
            runtime=self._runtime,
            client_ip=self._client_ip,
            names=names_of(endpoint.path),
        )
        serve = self._served(
            answers.wrapped(around.wrappers) if around.wrappers else answers.plain(around.gates),
            self.counters.by_endpoint[index],
            answers.respond.failed,
        )
        place = f"{endpoint.pointer}/endpoint"
        self._add(endpoint.method, endpoint.path, self._guarded(serve), place)

    def _add_options(self, endpoints: Sequence[Endpoint]) -> None:
        methods: dict[str, list[str]] = {}
        pointers: dict[str, str] = {}
        for endpoint in endpoints:
            if endpoint.method in METHODS:
                methods.setdefault(endpoint.path, []).append(endpoint.method)
                pointers.setdefault(endpoint.path, f"{endpoint.pointer}/endpoint")
        for path, allowed in methods.items():
            lines = (("Allow", ", ".join(sorted(allowed))), ("X-Krakend", self._product))
            page = partial(Plain, 200, lines, b"")
            self._add("OPTIONS", path, self._guarded(self._page(page)), pointers[path])

    # guards

    def _guarded(self, serve: Serve) -> Serve:
        """Put the guards of the routes around one."""
        return guarded(serve, self._guards.router, self._refuse, self._page_failed)

    def _refuse(
        self,
        exchange: Exchange,
        reply: Reply,
        path: str,
        query: str,
        _: object,
    ) -> None:
        """Answer with what a guard said instead of what the route would have said."""
        assert isinstance(reply.body, bytes)
        self._respond(exchange, path, query, Plain(reply.status, reply.headers, reply.body))

    # answers

    def _served(
        self,
        begin: Begin,
        row: list[int],
        failed: Callable[[Exception], Reply],
    ) -> Serve:
        return server(
            begin,
            failed,
            finisher(
                row, self._runtime, self._client_ip, self._log, self._options.logger_skip_paths
            ),
            self._runtime,
            self.counters,
            is_timed=self._log is not None,
        )

    def _page(self, page: Callable[[], Plain]) -> Serve:
        """Make what serves a page that is there at once."""
        respond = self._respond

        def serve(exchange: Exchange, path: str, query: str, values: Sequence[str]) -> None:  # noqa: ARG001
            respond(exchange, path, query, page())

        return serve

    def _plain_answer(self) -> Callable[[Exchange, str, str, Plain], None]:
        finish = finisher(
            self.counters.others,
            self._runtime,
            self._client_ip,
            self._log,
            self._options.logger_skip_paths,
        )
        seconds: Callable[[], float] = self._runtime.clock.seconds

        is_timed = self._log is not None

        def respond(exchange: Exchange, path: str, query: str, answer: Plain) -> None:
            call = Call(None, exchange, path, query)
            if is_timed:
                call.started = seconds()
            exchange.respond(answer.status, answer.headers, answer.body)
            finish(call, answer.status, ())

        return respond

    def _page_failed(self, error: Exception) -> Reply:
        return crashed(error, self._runtime.log, "[SERVICE: Gateway]")

    def _not_allowed(self, methods: Sequence[str]) -> Plain:
        return not_allowed(self._options, self._service.version, self._product, methods)


def _end(exchange: Exchange, reply: Reply, *_: object) -> None:
    """Answer with what a guard said; the request never came to a router."""
    assert isinstance(reply.body, bytes)
    exchange.respond(reply.status, reply.headers, reply.body)
