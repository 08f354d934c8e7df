"""
Put the gateway together: from a configuration file to a service.

This is what ``twistd gatekeeper -c krakend.json`` runs.  `Options` reads the file, before any
reactor exists and while there is a terminal to complain to.  `makeService` opens the logs and
calls `build`, which is the whole gateway on one page.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from twisted.application.service import IService
from twisted.internet.task import Clock
from twisted.python import usage

from gatekeeper import COMPATIBLE_WITH, __version__, pipeline
from gatekeeper.application import Application, standard_output
from gatekeeper.component import Runtime
from gatekeeper.config.load import load
from gatekeeper.config.model import HTTPClient, Server, ServiceConfig
from gatekeeper.errors import Problems
from gatekeeper.journal import Journal, open_journal, read_settings
from gatekeeper.log import Log
from gatekeeper.logging.streams import occupy
from gatekeeper.refusal import quiet_exceptions, refusing
from gatekeeper.service import GatewayService
from gatekeeper.tls.client import client_tls
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.transport.endpoints import client_endpoint, server_endpoint
from gatekeeper.transport.reactor import install
from gatekeeper.view import Counts, View, by_class
from gatekeeper.web.site import Gateway
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.client import Origin
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.limits import Limits
from gatekeeper.wire.pool import Pool, PoolLimits
from gatekeeper_admin.settings import AdminSettings

__all__ = [
    "MISSING_CONFIG",
    "Options",
    "build",
    "check_routes",
    "gateway",
    "makeService",
    "routes",
]

MISSING_CONFIG = (
    "Please, provide the path to the configuration file with --config or see all the options "
    "with --help"
)

BACKLOG = 1024


class Options(usage.Options):
    """
    The command line of ``twistd gatekeeper``.

    Attributes:
        service: The configuration, once `postOptions` has read it.
    """

    synopsis = "[options] -c krakend.json"
    longdesc = "Run an API gateway as a KrakenD configuration file describes it."
    optParameters = [  # noqa: RUF012 - as Twisted wants it
        ["config", "c", None, "The configuration file: JSON, YAML or TOML."],
        ["port", "p", 0, "Listen on this port, whatever file and environment say.", int],
    ]
    service: ServiceConfig

    def __init__(self) -> None:
        super().__init__()
        self["debug"] = 0

    def opt_debug(self) -> None:
        """Switch the debug endpoint on.  It does not change the log level."""
        self["debug"] += 1

    opt_d = opt_debug

    def postOptions(self) -> None:
        """
        Choose the reactor and read the file.

        Raises:
            SystemExit: The file cannot be used; the reasons have been told.
        """
        if not self["config"]:
            raise usage.UsageError(MISSING_CONFIG)
        occupy()
        if "twisted.internet.reactor" not in sys.modules:
            install()
        with refusing(self["config"]):
            self.service = load(
                self["config"],
                port=self["port"],
                debug=bool(self["debug"]),
                implemented=pipeline.implemented(),
            )


def makeService(options: Options) -> IService:
    """
    Make the service that ``twistd`` starts.

    Raises:
        SystemExit: The configuration cannot be used; the reasons have been told.
    """
    from twisted.internet import reactor  # the one that `Options` has chosen

    quiet_exceptions()
    parent = getattr(options, "parent", None) or {}
    with refusing(options["config"]):
        problems = Problems()
        journal = open_journal(options.service, standard_output(parent), problems)
        problems.check()
        service = Application(reactor, journal, parent)
        build(options.service, reactor, journal).setServiceParent(service)
    made: IService = service  # type: ignore[assignment]  # zope
    return made


def build(service: ServiceConfig, reactor: Any, journal: Journal) -> GatewayService:
    """
    Build the gateway that a configuration describes.

    Args:
        service: The configuration.
        reactor: Time, listening and connecting.
        journal: The open logs.

    Raises:
        ConfigError: Something that only shows when it is built.
    """
    log = journal.log
    log.info(f"Starting KrakenD v{COMPATIBLE_WITH}-gatekeeper-{__version__}")
    log.info(f"Working directory is {os.getcwd()}")
    problems = Problems()
    deadlines = Deadlines(reactor)
    pool = Pool(
        deadlines,
        _connect(service.client, reactor, deadlines, problems),
        _pool_limits(service.client),
    )
    runtime = Runtime(reactor, deadlines, pool, log)
    gateway = routes(service, runtime, journal.access, problems)
    connections = HTTPFactory(gateway.application, _limits(service.server), deadlines)
    factory: Any = connections
    if service.server.tls is not None:
        identity: Any = server_context(service.server.tls, problems)
        factory = TLSFactory(identity, factory, deadlines)
    parts = [
        *pipeline.node_parts(service, runtime, problems),
        *pipeline.service_parts(service, runtime, problems),
    ]
    admin = AdminSettings.of(service, problems)
    problems.check()
    for warning in [*service.warnings, *problems.warnings]:
        log.warning(warning)
    gateway_service = GatewayService(
        service.server,
        endpoint=server_endpoint(reactor, service.server.listen_ip, service.server.port, BACKLOG),
        factory=factory,
        connections=connections,
        pool=pool,
        journal=journal,
        reactor=reactor,
        parts=parts,
    )
    view = View.of(
        service,
        time.time,
        lambda: _counts(service, gateway, connections, pool),
        gateway_service.is_ready,
    )
    if not admin.disabled:
        from gatekeeper_admin.part import AdminPart  # Klein imports the reactor: not before ours

        gateway_service.add_part(AdminPart(admin, view, reactor, log))
    return gateway_service


def _counts(
    service: ServiceConfig, gateway: Gateway, connections: HTTPFactory, pool: Pool
) -> Counts:
    """Sum up what the parts have counted."""
    answers = {
        (endpoint.method, endpoint.endpoint): by_class(digits)
        for endpoint, digits in zip(service.endpoints, gateway.counters.by_endpoint, strict=True)
    }
    answers["", ""] = by_class(gateway.counters.others)
    return Counts(answers, gateway.counters.in_flight, len(connections.connections), pool.idle)


def routes(
    service: ServiceConfig,
    runtime: Runtime,
    access: Callable[[str], None] | None,
    problems: Problems,
) -> Gateway:
    """
    Build everything between the wire of clients and the wire of backends.

    Raises:
        ConfigError: A component's settings are wrong.
        RouteConflict: Two routes cannot live together.
    """
    endpoints = pipeline.build(service, runtime, problems)
    problems.check()
    return Gateway(service, endpoints, runtime, access)


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
    connect = _connect(service.client, reactor, deadlines, problems)
    pool = Pool(deadlines, connect, _pool_limits(service.client))
    return routes(service, Runtime(reactor, deadlines, pool, log or Log(_unheard)), None, problems)


def check_routes(service: ServiceConfig) -> None:
    """
    Build everything that `routes` builds, with nothing that could reach anybody.

    Raises:
        ConfigError: As `routes` does; also for certificates that cannot be used.
    """
    clock, problems = Clock(), Problems()
    deadlines = Deadlines(clock)
    pool = Pool(deadlines, _connect(service.client, clock, deadlines, problems), PoolLimits())
    runtime = Runtime(clock, deadlines, pool, Log(_unheard))
    routes(service, runtime, None, problems)
    pipeline.node_parts(service, runtime, problems)
    pipeline.service_parts(service, runtime, problems)
    read_settings(service, problems)
    if service.server.tls is not None:
        server_context(service.server.tls, problems)
    AdminSettings.of(service, problems)
    problems.check()


def _unheard(level: str, text: str) -> None:
    """Take a line of a gateway that is only checked."""


def _connect(
    client: HTTPClient, reactor: Any, deadlines: Deadlines, problems: Problems
) -> Callable[[Origin], Any]:
    """Give a way to reach origins, with TLS where their scheme says so."""
    timeout_s = client.dialer_timeout_s or None
    wrap = client_tls(client.tls, deadlines, problems)

    def connect(origin: Origin) -> Any:
        plain = client_endpoint(reactor, origin.host, origin.port, timeout_s)
        return wrap(plain, origin.host) if origin.scheme == "https" else plain

    return connect


def _pool_limits(client: HTTPClient) -> PoolLimits:
    return PoolLimits(
        max_idle_total=client.max_idle_connections,
        max_idle_per_host=client.max_idle_connections_per_host,
        idle_timeout_s=client.idle_connection_timeout_s,
        connect_timeout_s=client.dialer_timeout_s,
        response_header_timeout_s=client.response_header_timeout_s,
        disable_keep_alives=client.disable_keep_alives,
    )


def _limits(server: Server) -> Limits:
    return Limits.configured(
        read_timeout=server.read_timeout_s,
        read_header_timeout=server.read_header_timeout_s,
        write_timeout=server.write_timeout_s,
        idle_timeout=server.idle_timeout_s,
        max_header_bytes=server.max_header_bytes,
    )
