"""
Check a configuration without serving anything: ``gatekeeper check``.

Source: KrakenD documentation, "Validating the configuration".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, fail

from gatekeeper import pipeline
from gatekeeper.component import Runtime
from gatekeeper.config.check import dump
from gatekeeper.config.load import load, locate
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.report import line, render
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.journal import read_settings
from gatekeeper.log import Log
from gatekeeper.tls.client import client_context
from gatekeeper.tls.server import server_context
from gatekeeper.web.site import Gateway
from gatekeeper.wire.client import Answer, ConnectFailed
from gatekeeper.wire.deadlines import Deadlines

__all__ = ["check_file"]


def check_file(
    path: str,
    *,
    tell: Callable[[str], None],
    details: int = 0,
    indent: str = "\t",
    build_routes: bool = False,
) -> int:
    """
    Check a file and tell what is wrong with it.

    Unlike the original, which leaves that to the start, the settings of components are
    always checked.

    Args:
        path: The file.
        tell: Takes what people read.
        details: 0 to 3; how much is told about what was understood.
        indent: What the details are indented with.
        build_routes: Also build all routes and read certificates; nothing listens.

    Returns:
        The exit status.
    """
    tell(f"Parsing configuration file: {path}")
    problems = Problems()
    stage = "parsing"
    try:
        service = load(path, implemented=pipeline.implemented())
        for warning in service.warnings:
            tell(warning)
        if details:
            tell(dump(service, min(details, 3), indent))
        runtime = _runtime()
        read_settings(service, problems)
        endpoints = pipeline.build(service, runtime, problems)
        problems.check()
        if build_routes:
            stage = "testing"
            Gateway(service, endpoints, runtime)
            _read_certificates(service, problems)
    except ConfigError as error:
        located = error.problems
        if not all(problem.file for problem in located):  # found after loading
            located = tuple(locate(path, located))
        tell(f"ERROR {stage} the configuration file:\t{render(located)}")
        return 1
    for problem in locate(path, problems.warnings):
        tell(line(problem))
    tell("Syntax OK!")
    return 0


def _read_certificates(service: ServiceConfig, problems: Problems) -> None:
    """
    Read all certificates and keys.

    Raises:
        ConfigError: One of ours cannot be used.
    """
    if service.server.tls is not None:
        server_context(service.server.tls, problems)
    client_context(service.client.tls, problems)
    problems.check()


def _runtime() -> Runtime:
    """Lend what components want to see while they are built; nothing of it works."""
    clock: Any = _Stopped()
    return Runtime(clock, Deadlines(clock), _Nobody(), Log(_silent, "CRITICAL"))


def _silent(_level: str, _text: str) -> None:
    """Write nothing."""


class _Nobody:
    """Backends that are not asked while checking."""

    def request(self, *_: Any) -> Deferred[Answer]:
        """Called by nobody, unless a component asks while it is built."""
        return fail(ConnectFailed("not while checking"))


class _Stopped:
    """A clock that does not move."""

    def seconds(self) -> float:
        """Give no time."""
        return 0.0

    def callLater(self, *_: Any) -> None:
        """Never call anything."""
