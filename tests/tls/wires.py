"""Two ends of TLS with nothing but memory between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.test import iosim
from zope.interface import implementer

from gatekeeper.config.model import TLS, ClientTLS, KeyPair
from gatekeeper.tls.authority import Authority, Issued
from gatekeeper.tls.client import client_tls
from gatekeeper.tls.front import TLSFactory
from gatekeeper.tls.server import server_context
from gatekeeper.wire.deadlines import Deadlines

__all__ = ["AUTHORITY", "Folder", "Meeting", "Talker", "Wire"]

AUTHORITY = Authority("Test CA")


class Talker(Protocol):
    """Remembers what it heard, and why it ended."""

    def __init__(self) -> None:
        self.heard = b""
        self.lost: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason


class Folder:
    """Files of certificates."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, data: bytes) -> str:
        target = self.path / name
        target.write_bytes(data)
        return str(target)

    def pair(self, name: str, issued: Issued) -> KeyPair:
        return KeyPair(
            self.write(f"{name}.pem", issued.certificate), self.write(f"{name}.key", issued.key)
        )

    def ca(self, authority: Authority = AUTHORITY) -> str:
        return self.write("ca.pem", authority.certificate)


@implementer(IStreamClientEndpoint)
class Wire:
    """Connects to a factory in the same process."""

    def __init__(self, server_factory: Any) -> None:
        self.server_factory = server_factory
        self.pump: iosim.IOPump | None = None

    def flush(self) -> None:
        """Carry everything over."""
        assert self.pump is not None
        self.pump.flush()

    @property
    def closed(self) -> bool:
        """Whether the client's end is gone."""
        assert self.pump is not None
        return bool(self.pump.clientIO.disconnected)

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        server = self.server_factory.buildProtocol(None)
        client = protocolFactory.buildProtocol(None)
        self.pump = iosim.connect(
            server,
            iosim.makeFakeServer(server),
            client,
            iosim.makeFakeClient(client),
            greet=False,
        )
        result: Deferred[Any] = Deferred()
        result.callback(client)
        return result


class Meeting:
    """
    A server and a client that meet.

    Attributes:
        clock: Of both sides.
        server, client: The protocols that see clear text; the client's is there when the
            handshake was fine.
        error: Why it was not.
    """

    def __init__(
        self,
        tls: TLS,
        settings: ClientTLS,
        host: str = "shop.example",
        protocols: Sequence[bytes] = (b"http/1.1",),
    ) -> None:
        self.clock = Clock()
        deadlines = Deadlines(self.clock)
        self.server = Talker()
        self.client: Talker | None = None
        self.error: BaseException | None = None
        inner: Any = Factory.forProtocol(Talker)
        inner.protocol = lambda: self.server
        front = TLSFactory(server_context(tls, protocols=protocols), inner, deadlines)
        self.wire = Wire(front)
        plain: Any = self.wire
        wrapped: Any = client_tls(settings, deadlines)(plain, host)
        self.connecting: Deferred[Any] = wrapped.connect(Factory.forProtocol(Talker))
        self.connecting.addCallbacks(self._met, self._failed)
        self.flush()

    def flush(self) -> None:
        self.wire.flush()

    def _met(self, client: Any) -> None:
        self.client = client

    def _failed(self, failure: Failure) -> None:
        self.error = failure.value

    def say(self, words: bytes) -> bytes:
        """Send from the client to the server, give what the server has heard."""
        assert self.client is not None, self.error
        transport: Any = self.client.transport
        transport.write(words)
        self.flush()
        return self.server.heard
