"""
A small server for h2spec: ``python -m tests.conformance.h2server ENGINE [--tls FOLDER]``.

It prints its port.  Everything but the application is what a gateway uses.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gatekeeper.config.model import TLS, KeyPair
from gatekeeper.tls.authority import Authority
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.transport.endpoints import server_endpoint
from gatekeeper.transport.reactor import install
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.exchange import Exchange
from gatekeeper.wire.h2_engine import HTTP2, MakeEngine
from gatekeeper.wire.h2_hyper import HyperEngine
from gatekeeper.wire.h2_nghttp2 import NGHTTP2Engine
from gatekeeper.wire.limits import Limits

ENGINES: dict[str, MakeEngine] = {"nghttp2": NGHTTP2Engine, "h2": HyperEngine}


def hello(exchange: Exchange) -> None:
    """Answer at once."""
    exchange.respond(200, (("Content-Type", "text/plain"),), b"hello")


def identity(folder: Path) -> TLS:
    """Make a pair for the loopback."""
    issued = Authority("h2spec").server(["localhost"])
    certificate, key = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(issued.certificate)
    key.write_bytes(issued.key)
    return TLS(keys=[KeyPair(str(certificate), str(key))], min_version="TLS12")


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engine", choices=sorted(ENGINES))
    parser.add_argument("--tls", type=Path)
    chosen = parser.parse_args()
    install()
    from twisted.internet import reactor

    deadlines = Deadlines(reactor)  # type: ignore[arg-type]  # zope
    http2 = HTTP2(ENGINES[chosen.engine], clear=chosen.tls is None)
    factory: Any = HTTPFactory(hello, Limits(), deadlines, http2=http2)
    if chosen.tls is not None:
        connections: Any = server_context(identity(chosen.tls))
        factory = TLSFactory(connections, factory, deadlines)
    endpoint: Any = server_endpoint(reactor, "127.0.0.1", 0, 128)
    endpoint.listen(factory).addCallback(lambda port: print(port.getHost().port, flush=True))
    reactor.run()  # type: ignore[attr-defined]  # zope


if __name__ == "__main__":
    sys.exit(main())
