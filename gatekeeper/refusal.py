"""
Say why the gateway does not start.

An operator sees one clear message on standard error and a status that is not 0, never a
traceback.  The statuses are the original's where it has one that is not 0.

Source: KrakenD documentation, "Command line"; conformance cases ``refuse-...``.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from twisted.internet.error import CannotListenError

from gatekeeper.config.load import locate
from gatekeeper.config.model import Server
from gatekeeper.config.report import render
from gatekeeper.errors import ConfigError, GatekeeperError, RouteConflict
from gatekeeper.logging.streams import tell

__all__ = [
    "CANNOT_START",
    "INVALID",
    "CannotStart",
    "bind_reason",
    "listen_problem",
    "quiet_exceptions",
    "refusing",
]

INVALID = 255
CONFLICT = 2
CANNOT_START = 1


class CannotStart(GatekeeperError):
    """The configuration is fine, but its port or something else that it needs is not there."""


@contextmanager
def refusing(path: str) -> Iterator[None]:
    """
    Turn an unusable configuration into a message and the end of the process.

    Args:
        path: The file that was read.

    Raises:
        SystemExit: When the body raises `ConfigError`.
    """
    try:
        yield
    except ConfigError as error:
        located = all(problem.file for problem in error.problems)
        problems = error.problems if located else locate(path, error.problems)
        tell(f"ERROR parsing the configuration file:\n{render(problems)}")
        raise SystemExit(CONFLICT if isinstance(error, RouteConflict) else INVALID) from error


def quiet_exceptions() -> None:
    """
    Let `CannotStart` end the process with a message instead of a traceback.

    ``twistd`` needs an exception: as a daemon it takes the message from there.
    """
    usual = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, CannotStart):
            tell(f"ERROR: {error}")
        else:
            usual(kind, error, trace)

    sys.excepthook = show


def listen_problem(server: Server, error: BaseException | None = None) -> str:
    """
    Say in the words of the original why we cannot listen.

    Args:
        error: What happened; None: nothing yet, only the number is looked at.

    Returns:
        The reason, or nothing.
    """
    if not 0 <= server.port <= 65535:
        return f"listen tcp: address {server.port}: invalid port"
    if error is None:
        return ""
    if not isinstance(error, CannotListenError):
        return str(error)
    return f"listen tcp {server.listen_ip}:{server.port}: bind: {bind_reason(error)}"


def bind_reason(error: CannotListenError) -> str:
    """Say what the system said, such as ``address already in use``."""
    number = getattr(error.socketError, "errno", None) or 0
    return os.strerror(number).lower() if number in errno.errorcode else str(error.socketError)
