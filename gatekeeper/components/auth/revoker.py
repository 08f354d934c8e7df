"""
Refuse tokens that somebody has revoked, although they are valid.

Namespace ``auth/revoker``, at service level.  Revoked elements such as ``jti-5f2c`` come in
over an RPC that clients of the original speak, and stay for two to three times `TTL`.  They
belong to the node: one process listens and lets time slide, all workers look at the same
bits.  The validator asks `gatekeeper.revocation.rejecter`.

Source: KrakenD documentation, "Revoking tokens"; conformance cases ``revoker...``.
"""

from __future__ import annotations

import os
from typing import Any, NoReturn

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from gatekeeper.board import Facts
from gatekeeper.component import Component, Placement, Runtime, ServicePart
from gatekeeper.refusal import CannotStart
from gatekeeper.revocation.filters import SlidingFilter
from gatekeeper.revocation.listener import RevocationFactory
from gatekeeper.revocation.settings import NAMESPACE, Revocation, listen_address
from gatekeeper.transport.endpoints import server_endpoint

__all__ = ["Revoker", "component", "revoker"]

_NAME = "[SERVICE: Bloomfilter]"


class Revoker:
    """
    The RPC server and the clock of the filters.

    Args:
        settings: The shape of the filters, the time and the port.
        address: Where to listen.
        runtime: Lends memory, time and the log.
    """

    def __init__(self, settings: Revocation, address: str, runtime: Runtime) -> None:
        self._settings = settings
        self._address = address
        self._clock = runtime.clock
        self._log = runtime.log
        self._filter = SlidingFilter(settings, runtime.node)
        self._factory = RevocationFactory(self._filter, runtime.deadlines, runtime.log)
        self._port: Any = None
        self._slide: Any = None
        self._due = 0.0

    def start(self) -> None:
        """
        Listen, and let time run.

        Raises:
            CannotStart: The port is not to be had.
        """
        # the clock of a running gateway is its reactor, which is what listens
        endpoint: Any = server_endpoint(self._clock, self._address, self._settings.port)
        failed: list[Failure] = []
        endpoint.listen(self._factory).addCallbacks(self._listening, failed.append)
        if failed:
            self._refuse(failed[0])
        self._due = self._clock.seconds() + self._settings.ttl_s
        self._wait()

    def stop(self) -> Deferred[None] | None:
        """Close the port and all connections; the clock stands still."""
        if self._slide is not None:
            self._slide.cancel()
            self._slide = None
        self._factory.close()
        if self._port is None:
            return None
        port, self._port = self._port, None
        stopped: Deferred[None] | None = port.stopListening()
        return stopped

    def facts(self) -> Facts:
        """Tell operators how it is."""
        where = None if self._port is None else self._port.getHost()
        return {
            "listens_on": None if where is None else f"{where.host}:{where.port}",
            "connections": len(self._factory.connections),
            "added_since_start": self._factory.added,
            "made_for": self._settings.elements,
            "next_slide_s": round(max(0.0, self._due - self._clock.seconds()), 1),
        }

    def _listening(self, port: Any) -> None:
        self._port = port
        where = port.getHost()
        self._log.debug(f"{_NAME} Service registered successfully")
        self._log.info(f"{_NAME} Listening on {where.host}:{where.port}")

    def _refuse(self, failure: Failure) -> NoReturn:
        cause: Any = failure.value
        if not isinstance(cause, CannotListenError):
            raise cause
        number = getattr(cause.socketError, "errno", None)
        reason = os.strerror(number).lower() if number else str(cause.socketError)
        where = f"{self._address}:{self._settings.port}"
        why = f"{_NAME} listen tcp {where}: bind: {reason}"
        self._log.error(why)
        raise CannotStart(why)

    def _wait(self) -> None:
        self._slide = self._clock.callLater(max(0.0, self._due - self._clock.seconds()), self._tick)

    def _tick(self) -> None:
        """Slide once, however late it is: remembering for longer is the safe mistake."""
        self._filter.slide()
        late = self._clock.seconds() - self._due
        self._due += self._settings.ttl_s * (1 + int(late // self._settings.ttl_s))
        self._wait()


def revoker(settings: Revocation, placement: Placement, runtime: Runtime) -> ServicePart | None:
    """Make the part that runs once per node."""
    address = listen_address(placement.service, placement.problems)
    if placement.problems.fatal:  # the shape of the filters may be nonsense
        return None
    made = Revoker(settings, address, runtime)
    runtime.board.add(NAMESPACE, "", made.facts)
    return made


component = Component(namespace=NAMESPACE, settings=Revocation.read, node=revoker)
