"""What only shows on real sockets, where a transport waits for its producer."""

from __future__ import annotations

from twisted.internet.task import Clock

from gatekeeper.config.model import TLS
from gatekeeper.errors import Problems
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.wire.channel import HTTPFactory
from gatekeeper.wire.deadlines import Deadlines
from gatekeeper.wire.limits import Limits
from tests.tls.wires import AUTHORITY, Folder
from tests.transport.loops import LoopTestCase, Makes


class PlainHTTPTests(LoopTestCase):
    """Plain HTTP on a port for HTTPS."""

    def test_told_and_closed(self) -> None:
        """The client is told so in words, and its connection is closed at once."""
        pair = Folder(self.mktemp()).pair("server", AUTHORITY.server(["localhost"]))
        problems, deadlines = Problems(), Deadlines(Clock())
        context = server_context(TLS((pair,)), problems)
        problems.check()
        assert context is not None
        http = HTTPFactory(lambda exchange: None, Limits(), deadlines)
        factory = TLSFactory(context, http, deadlines)

        async def run() -> None:
            client = await self.connect(await self.listen(factory), Makes())
            client.transport.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await self.until(lambda: client.ended)
            self.assertIn(b"Client sent an HTTP request to an HTTPS server.", client.heard)
            await self.end()

        self.run_now(run())
