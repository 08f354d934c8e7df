"""
Run the example: a gateway and its backend in one process, both on the loopback.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatekeeper import pipeline
from gatekeeper.application import Application, standard_output
from gatekeeper.config.load import load
from gatekeeper.config.model import ServiceConfig
from gatekeeper.demo.backend import shop
from gatekeeper.journal import Journal, plain_journal
from gatekeeper.logging.streams import occupy
from gatekeeper.service import GatewayService
from gatekeeper.tap import build, install_reactor
from gatekeeper.transport.endpoints import server_endpoint
from gatekeeper.untyped import untyped
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.limits import Limits

__all__ = ["demo", "run_demo"]

LOOPBACK = "127.0.0.1"


def read(backend: str, port: int) -> ServiceConfig:
    """
    Read the example.

    Args:
        backend: The origin of its backend.
        port: Where the gateway shall listen.
    """
    text = Path(__file__).with_name("krakend.json").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "krakend.json")
        path.write_text(text.replace("@BACKEND@", backend), "utf-8")
        environ = {"KRAKEND_LISTEN_IP": LOOPBACK}
        return load(str(path), environ, port=port, implemented=pipeline.implemented())


def run_demo(port: int, tell: Callable[[str], None], serve: Callable[[Application], int]) -> int:
    """
    Run the example until a signal stops it.

    Args:
        port: Where the gateway listens.
        tell: Takes what people read.
        serve: Starts an application and runs the reactor.
    """
    occupy()
    install_reactor()
    from twisted.internet import reactor

    journal = plain_journal(standard_output({}))
    application = Application(reactor, journal, {})
    untyped(demo(reactor, journal, port)).setServiceParent(application)
    tell(invitation(port))
    return serve(application)


def demo(reactor: Any, journal: Journal, port: int) -> GatewayService:
    """Build the gateway, and start the backend that it asks."""
    factory = HTTPFactory(shop, Limits(), Deadlines(reactor))
    backend: Any = server_endpoint(reactor, LOOPBACK, 0)
    listening: list[Any] = []
    backend.listen(factory).addCallback(listening.append)
    origin = f"http://{LOOPBACK}:{listening[0].getHost().port}"
    return build(read(origin, port), reactor, journal)


def invitation(port: int) -> str:
    """Say what to try."""
    paths = ("/users/7", "/shop/7", "/raw", "/__health")
    lines = [f"  curl -i http://{LOOPBACK}:{port}{path}" for path in paths]
    return "\n".join(["Try, in another terminal:", "", *lines, "", "Stop with Ctrl-C."])
