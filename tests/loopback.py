"""A whole gateway on loopback, in this process."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.tcp import Connection
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from gatekeeper import pipeline
from gatekeeper.alone import Alone
from gatekeeper.assembly import Loaded
from gatekeeper.config.load import load
from gatekeeper.config.model import Settings
from gatekeeper.errors import Problems
from gatekeeper.journal import open_journal
from gatekeeper.logging.stdout import Stdout
from gatekeeper.node.notify import Notify

__all__ = ["Gateway", "Got", "get", "start"]


@frozen
class Got:
    """What an HTTP server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@frozen
class Gateway:
    """
    One that listens.

    Attributes:
        port: On 127.0.0.1.
    """

    port: int

    def get(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        name: str = "127.0.0.1",
    ) -> Deferred[Got]:
        """Ask it, on a connection of its own; fails with `OSError` when that is refused."""
        return deferToThread(get, self.port, path, headers or {}, tls, name)


def get(
    port: int, path: str, headers: Mapping[str, str], tls: ssl.SSLContext | None, name: str
) -> Got:
    """Ask a server of this machine; blocks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.connect()
        if tls is not None:
            connection.sock = tls.wrap_socket(connection.sock, server_hostname=name)
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        body = response.read()
        return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, body)
    finally:
        connection.close()


def start(test: TestCase, given: Mapping[str, Any] | Path) -> Gateway:
    """Start a gateway; it ends with the test."""
    path = given if isinstance(given, Path) else _written(test, given)
    loaded = load(str(path), implemented=pipeline.implemented())
    server = evolve(loaded.server, port=0, listen_ip="127.0.0.1")
    silent = {"gatekeeper/admin": Settings({"disabled": True}, "/extra_config")}
    config = evolve(loaded, server=server, extra_config={**loaded.extra_config, **silent})
    journal = open_journal(config, Stdout(None), Problems())
    service = Alone(Loaded(config, ()), reactor, journal, Notify({})).service
    test.addCleanup(_tidy)
    service.startService()
    test.addCleanup(service.stopService)
    return Gateway(service.address.port)


def _written(test: TestCase, config: Mapping[str, Any]) -> Path:
    path = Path(test.mktemp()).with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 3, **config}))
    return path


def _tidy() -> None:
    """End at once what would end by itself: connections that say goodbye, idle timers."""
    world: Any = reactor
    for one in {*world.getReaders(), *world.getWriters()}:
        if isinstance(one, Connection):
            one.connectionLost(Failure(ConnectionDone()))
    for call in world.getDelayedCalls():
        call.cancel()
