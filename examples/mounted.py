"""
Make a gateway a part of a `twisted.web` site.

``python examples/mounted.py examples/basic.json`` serves the configuration's endpoints below
``/api`` and a page of its own at ``/``, all by a stock `twisted.web.server.Site`.  What the
site does itself, such as limits of connections and the access log, is then the site's.
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from gatekeeper.assembly import gateway
from gatekeeper.config.load import load
from gatekeeper.config.model import ServiceConfig
from gatekeeper.pipeline import implemented

__all__ = ["main", "site"]


class Welcome(Resource):
    """A page of the site itself."""

    def render_GET(self, request: Request) -> bytes:
        """Answer."""
        request.setHeader(b"Content-Type", b"text/plain; charset=utf-8")
        return b"the gateway is at /api\n"


def site(service: ServiceConfig, reactor: Any) -> Site:
    """Make a site with a gateway below ``/api``."""
    root: Any = Resource()
    root.putChild(b"", Welcome())
    root.putChild(b"api", gateway(service, reactor).resource)
    return Site(root, parsePOSTFormSubmission=False)


def main(file: str) -> None:
    """Serve until somebody presses Ctrl-C."""
    from twisted.internet import reactor

    running: Any = reactor
    service = load(file, implemented=implemented())
    running.listenTCP(service.server.port, site(service, running), interface="127.0.0.1")
    running.run()


if __name__ == "__main__":
    main(sys.argv[1])
