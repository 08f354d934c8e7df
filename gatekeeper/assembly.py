"""
Put together what serves clients in one process: from a configuration to something that listens.

The same whether the process is alone or one of several workers.  `check` does all of it with
nothing that could reach anybody, so that what a start would refuse is known before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from twisted.internet.task import Clock

from gatekeeper import pipeline
from gatekeeper.board import Board
from gatekeeper.component import Runtime, ServicePart
from gatekeeper.config.model import HTTPClient, Server, ServiceConfig
from gatekeeper.errors import Problems
from gatekeeper.journal import Journal, read_settings
from gatekeeper.log import Log
from gatekeeper.misplaced import warn_misplaced
from gatekeeper.nodewide.interface import NodeState
from gatekeeper.nodewide.local import LocalState
from gatekeeper.tls.client import client_tls
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.renewal import RenewableServer, RenewableWrap
from gatekeeper.tls.server import server_context
from gatekeeper.tls.untyped import untyped
from gatekeeper.transport.endpoints import client_endpoint
from gatekeeper.web.counters import Counters
from gatekeeper.web.site import Gateway
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.client import Origin
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.h2_engine import HTTP2, find_engine
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.pool import Pool, PoolLimits

__all__ = ["Assembly", "Loaded", "assemble", "check", "gateway", "node_parts", "routes"]


@frozen
class Loaded:
    """
    A configuration that was read and checked.

    Attributes:
        service: The configuration.
        heard: What building it says to the log, as levels and texts; once for the node.
    """

    service: ServiceConfig
    heard: Sequence[tuple[str, str]]

    def tell(self, log: Log) -> None:
        """Say it all to a log."""
        for level, text in self.heard:
            log.say(level, text)
        for warning in self.service.warnings:
            log.warning(warning)


@frozen
class Assembly:
    """
    What serves clients in one process, built but not begun.

    Attributes:
        gateway: All routes, and what they have counted.
        connections: The connections of clients.
        factory: What ports get: `connections`, or TLS around it.
        pool: The connections to backends.
        parts: Service-level components.
        runtime: What the parts may use; its board tells about them.
        renew: Reads certificates and keys anew, or raises `ConfigError`.
    """

    gateway: Gateway
    connections: HTTPFactory
    factory: Any
    pool: Pool
    parts: Sequence[ServicePart]
    runtime: Runtime
    renew: Callable[[], None]


def assemble(  # noqa: PLR0917 - the edges of a process
    service: ServiceConfig,
    reactor: Any,
    journal: Journal,
    problems: Problems,
    node: NodeState | None = None,
    counters: Counters | None = None,
) -> Assembly:
    """
    Build the gateway that a configuration describes.

    Args:
        service: The configuration.
        reactor: Time, listening and connecting.
        journal: The open logs.
        problems: Gets warnings; what is fatal is raised.
        node: State that is shared with other processes; otherwise it is this one's.
        counters: Where answers are counted, when others want to read it.

    Raises:
        ConfigError: Something that only shows when it is built.
    """
    deadlines = Deadlines(reactor)
    backends = _backends(service.client, deadlines, problems)
    pool = Pool(deadlines, _connect(service.client, reactor, backends), pool_limits(service.client))
    runtime = Runtime(reactor, deadlines, pool, journal.log, node or LocalState())
    gateway = routes(service, runtime, journal.access, problems, counters)
    http2 = _http2(service.server, journal.log)
    connections = HTTPFactory(gateway.application, limits(service.server), deadlines, http2=http2)
    factory: Any = connections
    renewals = [backends.renew]
    tls = service.server.tls
    if tls is not None:
        protocols = (b"http/1.1",) if http2 is None else (b"h2", b"http/1.1")
        clients = RenewableServer(lambda found: server_context(tls, found, protocols), problems)
        factory = TLSFactory(untyped(clients), untyped(connections), deadlines)
        renewals.append(clients.renew)
    parts = pipeline.service_parts(service, runtime, problems)
    problems.check()

    def renew() -> None:
        for each in renewals:
            each()

    return Assembly(gateway, connections, factory, pool, parts, runtime, renew)


def node_parts(
    service: ServiceConfig, reactor: Any, log: Log, problems: Problems, node: NodeState
) -> tuple[Sequence[ServicePart], Board]:
    """Build the parts that run once on a node, for a process that has no clients."""
    deadlines = Deadlines(reactor)
    backends = _backends(service.client, deadlines, problems)
    connect = _connect(service.client, reactor, backends)
    pool = Pool(deadlines, connect, pool_limits(service.client))
    runtime = Runtime(reactor, deadlines, pool, log, node)
    parts = pipeline.node_parts(service, runtime, problems)
    return [*parts, _Closing(pool)], runtime.board


class _Closing:
    """Closes the connections that parts of the node have used."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def start(self) -> None:
        """Nothing is open yet."""

    def stop(self) -> None:
        """Close them."""
        self._pool.close()


def routes(
    service: ServiceConfig,
    runtime: Runtime,
    access: Callable[[str], None] | None,
    problems: Problems,
    counters: Counters | None = None,
) -> Gateway:
    """
    Build everything between the wire of clients and the wire of backends.

    Raises:
        ConfigError: A component's settings are wrong.
        RouteConflict: Two routes cannot live together.
    """
    endpoints = pipeline.build(service, runtime, problems)
    guards = pipeline.guards(service, runtime, problems)
    problems.check()
    return Gateway(service, endpoints, runtime, access, counters=counters, guards=guards)


def gateway(service: ServiceConfig, reactor: Any, log: Log | None = None) -> Gateway:
    """
    Build a gateway without a port of its own.

    Its `resource` can be mounted in a `twisted.web` site, as ``examples/mounted.py`` does.

    Args:
        log: Where it says something; None: nowhere.

    Raises:
        ConfigError: Something that only shows when it is built.
    """
    problems, deadlines = Problems(), Deadlines(reactor)
    connect = _connect(service.client, reactor, _backends(service.client, deadlines, problems))
    pool = Pool(deadlines, connect, pool_limits(service.client))
    runtime = Runtime(reactor, deadlines, pool, log or Log(_unheard))
    return routes(service, runtime, None, problems)


def _unheard(level: str, text: str) -> None:
    """Take a line that nobody wants."""


def check(service: ServiceConfig, problems: Problems) -> Loaded:
    """
    Build everything that `assemble` builds, with nothing that could reach anybody.

    Args:
        problems: Gets warnings; what is fatal is raised.

    Raises:
        ConfigError: As `assemble` does.
    """
    heard: list[tuple[str, str]] = []
    clock = Clock()
    deadlines = Deadlines(clock)
    backends = _backends(service.client, deadlines, problems)
    pool = Pool(deadlines, _connect(service.client, clock, backends), PoolLimits())
    log = Log(lambda level, text: heard.append((level, text)))
    runtime = Runtime(clock, deadlines, pool, log)
    routes(service, runtime, None, problems)
    warn_misplaced(service, problems)
    pipeline.node_parts(service, runtime, problems)
    pipeline.service_parts(service, runtime, problems)
    read_settings(service, problems)
    if service.server.tls is not None:
        server_context(service.server.tls, problems)
    problems.check()
    return Loaded(service, heard)


def _backends(client: HTTPClient, deadlines: Deadlines, problems: Problems) -> RenewableWrap:
    return RenewableWrap(lambda found: client_tls(client.tls, deadlines, found), problems)


def _connect(client: HTTPClient, reactor: Any, tls: RenewableWrap) -> Callable[[Origin], Any]:
    """Give a way to reach origins, with TLS where their scheme says so."""
    timeout_s = client.dialer_timeout_s or None

    def connect(origin: Origin) -> Any:
        plain = client_endpoint(reactor, origin.host, origin.port, timeout_s)
        return tls.wrap(plain, origin.host) if origin.scheme == "https" else plain

    return connect


def _http2(server: Server, log: Log) -> HTTP2 | None:
    """Say how HTTP/2 is served: with TLS always, without it when that was configured."""
    if server.tls is None and not server.use_h2c:
        return None
    engine = find_engine(log.warning)
    return None if engine is None else HTTP2(engine, clear=server.use_h2c)


def pool_limits(client: HTTPClient) -> PoolLimits:
    """Give the pool its numbers."""
    return PoolLimits(
        max_idle_total=client.max_idle_connections,
        max_idle_per_host=client.max_idle_connections_per_host,
        idle_timeout_s=client.idle_connection_timeout_s,
        connect_timeout_s=client.dialer_timeout_s,
        response_header_timeout_s=client.response_header_timeout_s,
        disable_keep_alives=client.disable_keep_alives,
    )


def limits(server: Server) -> Limits:
    """Give the wire its numbers."""
    return Limits.configured(
        read_timeout=server.read_timeout_s,
        read_header_timeout=server.read_header_timeout_s,
        write_timeout=server.write_timeout_s,
        idle_timeout=server.idle_timeout_s,
        max_header_bytes=server.max_header_bytes,
    )
