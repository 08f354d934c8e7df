"""Get workers from the template, and a new template when there is none."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from gatekeeper.log import Log
from gatekeeper.node.order import Descriptors, Order
from gatekeeper.node.template import MAX_MESSAGE, Template

__all__ = ["Bears", "Births"]


class Bears(Protocol):
    """Somebody who makes workers."""

    def bear(self, order: Order, descriptors: Descriptors, born: Callable[[int], None]) -> None:
        """Ask for a worker, which uses the descriptors; `born` is told its process."""


@implementer(IReadDescriptor)
class Births:
    """
    The supervisor's connection to its template.

    Args:
        template: Made before there was a reactor; None: one is made when it is needed.
        reactor: Tells when the template says something.
        log: Where deaths are told.
        run: Makes a template of a fresh interpreter.
    """

    def __init__(
        self,
        template: Template | None,
        reactor: Any,
        log: Log,
        run: Callable[[], Template] = Template.run,
    ) -> None:
        self._template = template
        self._reactor = reactor
        self._log = log
        self._run = run
        self._expected: dict[int, Callable[[int], None]] = {}
        self._is_ending = False

    def begin(self) -> None:
        """Begin to listen to the template; by now we are what we shall be."""
        if self._template is None:
            self._template = self._run()
        else:
            self._template.settle()
        self._template.connection.setblocking(False)
        self._reactor.addReader(self)

    def bear(self, order: Order, descriptors: Descriptors, born: Callable[[int], None]) -> None:
        """Ask for a worker."""
        assert self._template is not None
        self._expected[order.birth] = born
        try:
            self._template.bear(order, descriptors)
        except OSError:
            self._renew()
            self._template.bear(order, descriptors)

    def end(self) -> None:
        """Nobody is needed any more; the template ends when the connection does."""
        self._is_ending = True
        self._drop()

    # IReadDescriptor

    def fileno(self) -> int:
        """Called by the reactor."""
        return -1 if self._template is None else self._template.connection.fileno()

    def logPrefix(self) -> str:
        """Called by the reactor."""
        return "births"

    def doRead(self) -> None:
        """Called by the reactor when the template has said something."""
        assert self._template is not None
        try:
            data = self._template.connection.recv(MAX_MESSAGE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._told(json.loads(data))
        elif not self._is_ending:
            self._log.warning("[SERVICE: Node] the template of workers is gone: making another")
            self._renew()

    def connectionLost(self, reason: Failure) -> None:
        """Called by the reactor when it ends."""

    def _told(self, message: dict[str, Any]) -> None:
        born = self._expected.pop(message.get("birth", 0), None)
        if born is not None and "pid" in message:
            born(message["pid"])
        elif "failed" in message:
            self._log.error(f"[SERVICE: Node] no worker could be made: {message['failed']}")
        elif message.get("status"):
            self._log.warning(
                f"[SERVICE: Node] worker process {message['ended']} "
                f"ended {_ending(message['status'])}"
            )

    def _renew(self) -> None:
        self._drop()
        self._template = self._run()
        self._template.connection.setblocking(False)
        self._reactor.addReader(self)

    def _drop(self) -> None:
        template = self._template
        if template is not None:
            self._reactor.removeReader(self)
            template.connection.close()
            self._template = None
            self._reactor.callLater(1.0, _reap, template.pid)


def _ending(status: int) -> str:
    """Say how a process ended; a negative status is a signal."""
    if status >= 0:
        return f"with status {status}"
    with suppress(ValueError):
        return f"by {signal.Signals(-status).name}"
    return f"by signal {-status}"


def _reap(pid: int) -> None:
    """Let the kernel forget the template, if it was our own child."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
