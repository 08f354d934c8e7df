"""
Read a configuration and check everything about it that can be checked without serving.

What a start would refuse is known afterwards, with its place in the file: for ``check``, for
the start itself, and for a reload.
"""

from __future__ import annotations

from attrs import evolve

from gatekeeper import pipeline
from gatekeeper.assembly import Loaded, check
from gatekeeper.config.load import load, locate
from gatekeeper.config.model import ServiceConfig
from gatekeeper.config.report import line
from gatekeeper.errors import ConfigError, Problems
from gatekeeper.node.settings import NodeSettings
from gatekeeper_admin.settings import AdminSettings

__all__ = ["checked", "load_checked"]


def load_checked(path: str, *, port: int = 0, debug: bool = False) -> Loaded:
    """
    Read and check a file.

    Raises:
        ConfigError: With everything that is wrong, and where.
    """
    return checked(load(path, port=port, debug=debug, implemented=pipeline.implemented()))


def checked(service: ServiceConfig) -> Loaded:
    """
    Check a configuration that was read.

    Returns:
        It, with the warnings of all who have looked at it.

    Raises:
        ConfigError: With everything that is wrong, and where.
    """
    problems = Problems()
    AdminSettings.of(service, problems)
    NodeSettings.of(service, problems)
    try:
        loaded = check(service, problems)
    except ConfigError as error:
        raise type(error)(locate(service.file, error.problems)) from error
    if not problems.warnings:
        return loaded
    found = map(line, locate(service.file, problems.warnings))
    return evolve(loaded, service=evolve(service, warnings=(*service.warnings, *found)))
