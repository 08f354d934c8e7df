"""
From a command line to a service.

This is what ``twistd gatekeeper -c krakend.json`` runs.  `Options` reads and checks the file,
before any reactor exists and while there is a terminal to complain to.  `makeService` makes
the node: a supervisor with workers, or one process that does everything.
"""

from __future__ import annotations

import atexit
import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any

from twisted.application.service import IService
from twisted.python import usage

from gatekeeper import COMPATIBLE_WITH, __version__
from gatekeeper.alone import Alone
from gatekeeper.application import Application, standard_output
from gatekeeper.assembly import Loaded
from gatekeeper.component import ServicePart
from gatekeeper.config.model import ServiceConfig
from gatekeeper.errors import Problems
from gatekeeper.journal import Journal, open_journal
from gatekeeper.loading import load_checked
from gatekeeper.log import Log
from gatekeeper.logging.observer import TwistedLines
from gatekeeper.logging.relay import RelayedLines
from gatekeeper.logging.stdout import Lines
from gatekeeper.logging.streams import occupy, tell
from gatekeeper.node.activation import first_environment, given_sockets
from gatekeeper.node.births import Births
from gatekeeper.node.cpus import VARIABLE, worker_count
from gatekeeper.node.generation import Nursery
from gatekeeper.node.logs import NodeLog
from gatekeeper.node.notify import Notify
from gatekeeper.node.reaper import Reaper
from gatekeeper.node.supervisor import Edges, Supervisor
from gatekeeper.node.template import Template
from gatekeeper.refusal import CANNOT_START, INVALID, quiet_exceptions, refusing
from gatekeeper.transport.reactor import install, installer
from gatekeeper_admin.settings import AdminSettings

__all__ = ["MISSING_CONFIG", "Options", "fail", "makeService"]

MISSING_CONFIG = (
    "Please, provide the path to the configuration file with --config or see all the options "
    "with --help"
)

WORKERS_HELP = (
    "How many processes serve: a number, or auto for one per processor; 0 is one process that "
    f"does everything.  {VARIABLE} says it, too.  [default: auto]"
)


class Options(usage.Options):
    """
    The command line of ``twistd gatekeeper``.

    Attributes:
        loaded: The configuration, once `postOptions` has read it.
        worker_count: How many workers there will be.
        template: Of which they will be copies; None: it has to be made later.
        given: Sockets that a service manager has opened for us.
    """

    synopsis = "[options] -c krakend.json"
    longdesc = "Run an API gateway as a KrakenD configuration file describes it."
    optParameters = [  # noqa: RUF012 - as Twisted wants it
        ["config", "c", None, "The configuration file: JSON, YAML or TOML."],
        ["port", "p", 0, "Listen on this port, whatever file and environment say.", int],
        [
            "workers",
            "w",
            None,
            WORKERS_HELP,
        ],
    ]
    loaded: Loaded
    worker_count = 0
    template: Template | None = None
    given: Sequence[socket.socket] = ()

    def __init__(self) -> None:
        super().__init__()
        self["debug"] = 0
        self._folder = ""

    def opt_debug(self) -> None:
        """Switch the debug endpoint on.  It does not change the log level."""
        self["debug"] += 1

    opt_d = opt_debug

    def postOptions(self) -> None:
        """
        Read the file and choose the reactor.

        Raises:
            SystemExit: The file or the number of workers cannot be used; the reasons have
                been told.
        """
        if not self["config"]:
            raise usage.UsageError(MISSING_CONFIG)
        occupy()
        try:
            self.worker_count = worker_count(self["workers"], os.environ)
        except ValueError as error:
            tell(f"ERROR: {error}")
            raise SystemExit(INVALID) from error
        self.given = given_sockets(first_environment(), os.getpid())
        self._folder = os.getcwd()
        with refusing(self["config"]):
            self.loaded = self.load()
        if "twisted.internet.reactor" not in sys.modules:
            if self.worker_count:
                self.template = Template.fork()
            install()

    def load(self) -> Loaded:
        """
        Read and check the file.

        Raises:
            ConfigError: It cannot be used.
        """
        path = self["config"]
        if os.getcwd() != self._folder:  # ``twistd --rundir`` has moved us
            path = os.path.join(self._folder, path)
        return load_checked(path, port=self["port"], debug=bool(self["debug"]))


def makeService(options: Options) -> IService:
    """
    Make the service that ``twistd`` starts.

    Raises:
        SystemExit: The configuration cannot be used; the reasons have been told.
    """
    from twisted.internet import reactor  # the one that `Options` has chosen

    quiet_exceptions()
    parent = getattr(options, "parent", None) or {}
    lines = standard_output(parent)
    with refusing(options["config"]):
        journal = _journal(options.loaded.service, lines)
        log = NodeLog(journal)
        service = Application(reactor, log, lines, parent)
        log.info(f"Starting KrakenD v{COMPATIBLE_WITH}-gatekeeper-{__version__}")
        log.info(f"Working directory is {os.getcwd()}")
        notify = Notify(os.environ)
        node: Alone | Supervisor
        if options.worker_count:
            node = _supervisor(options, reactor, log, lines, notify)
            node.setServiceParent(service)
        else:
            node = Alone(options.loaded, reactor, journal, notify, options.given)
            node.service.setServiceParent(service)
    Reaper(reactor).setServiceParent(service)
    service.signals.on_hang_up.append(lambda: node.reload("SIGHUP"))
    service.signals.on_user.append(node.reopen)
    made: IService = service  # type: ignore[assignment]  # zope
    return made


def _journal(service: ServiceConfig, lines: Lines) -> Journal:
    problems = Problems()
    journal = open_journal(service, lines, problems)
    problems.check()
    return journal


def _supervisor(
    options: Options, reactor: Any, log: NodeLog, lines: Lines, notify: Notify
) -> Supervisor:
    births = Births(options.template, reactor, log)
    nursery = Nursery(
        births=births,
        workers=options.worker_count,
        reactor=reactor,
        log=log,
        reactor_name=installer(reactor),
        lines=_relay(reactor) if isinstance(lines, TwistedLines) else None,
    )
    edges = Edges(
        load=options.load,
        open_journal=lambda service: _journal(service, lines),
        admin=_admin(reactor, log),
        failed=lambda why: fail(reactor, why),
        reactor=reactor,
        births=births,
        notify=notify,
        given=options.given,
    )
    return Supervisor(options.loaded, edges, nursery, log)


def _admin(reactor: Any, log: Log) -> Callable[[Supervisor, ServiceConfig], ServicePart | None]:
    """Give what makes the admin site; the same one as long as its settings are the same."""
    # Klein imports the reactor, so not before ours is there; and while we may read its files
    from gatekeeper_admin.part import AdminPart

    made: dict[AdminSettings, ServicePart] = {}

    def admin(node: Supervisor, service: ServiceConfig) -> ServicePart | None:
        problems = Problems()
        settings = AdminSettings.of(service, problems)
        problems.check()
        if settings.disabled:
            return None
        if settings not in made:
            made.clear()
            made[settings] = AdminPart(settings, lambda: node.view, node, reactor, log)
        return made[settings]

    return admin


def _relay(reactor: Any) -> int:
    """Give what workers write lines to that belong into Twisted's log."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours:
        reactor.adoptStreamConnection(ours.fileno(), socket.AF_UNIX, RelayedLines())
    return theirs.detach()


def fail(reactor: Any, why: str) -> None:
    """End the process with a message and a status that is not 0."""
    tell(f"ERROR: {why}")
    atexit.register(os._exit, CANNOT_START)  # twistd itself ends with 0 whatever happened
    reactor.stop()
